#include "protocols/ctcp.h"

#include <algorithm>

namespace twx {
namespace {

constexpr char mark = '\x01';

void append_unmarked(std::string& out, std::string_view text) {
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return c != mark; });
}

}  // namespace

std::optional<CtcpMessage> ctcp_message(std::string_view text) {
  if (!text.starts_with(mark)) return std::nullopt;
  text.remove_prefix(1);
  text = text.substr(0, text.find(mark));
  auto const command = text.substr(0, text.find(' '));
  if (command.empty()) return std::nullopt;
  return CtcpMessage{.command = command,
                     .text = text.substr(std::min(text.size(), command.size() + 1))};
}

std::string ctcp_text(std::string_view command, std::string_view text) {
  std::string all(1, mark);
  append_unmarked(all, command);
  if (!text.empty()) append_unmarked(all += ' ', text);
  return all + mark;
}

}  // namespace twx
