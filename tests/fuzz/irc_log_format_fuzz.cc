// Whatever an event consists of, its line is one line of valid UTF-8 without anything that moves a
// cursor or turns the direction, and one of JSON is one object.
//
// Input: form, kind, style and time in a byte each, then the texts, with FE between them.
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "clients/irc_log_format.h"
#include "reactor/utf8.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

bool may_be_shown(char32_t c, bool tabs) {
  if (c == '\t') return tabs;
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;
  auto const turns = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                     (c >= 0x2066 && c <= 0x2069);
  return c != 0x2028 && c != 0x2029 && !turns;
}

void check_line(std::string_view line, bool tabs) {
  require(!line.empty() && line.find('\n') == line.size() - 1, "it is one line");
  line.remove_suffix(1);
  while (!line.empty()) {
    auto const length = utf8_length(line);
    require(length > 0, "it is UTF-8");
    require(may_be_shown(utf8_code_point(line.substr(0, length)), tabs), "it can be shown");
    line.remove_prefix(length);
  }
}

// Strings end where they seem to, and braces match.
void check_json(std::string_view line) {
  int depth = 0;
  bool inside = false;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    if (inside && line[i] == '\\') {
      ++i;
      require(line[i] == '"' || line[i] == '\\', "only two characters are escaped");
    } else if (line[i] == '"') {
      inside = !inside;
    } else if (!inside) {
      depth += line[i] == '{' ? 1 : line[i] == '}' ? -1 : 0;
      require(depth > 0 || i + 2 == line.size(), "it is one object");
    }
  }
  require(depth == 0 && !inside, "it ends");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Input input(data, size);
  auto const form = static_cast<IrcLogForm>(input.number() % 4);
  auto const kind = static_cast<IrcLogKind>(input.number() % 19);
  auto const style = input.number();
  auto const time = static_cast<IrcLogTime>(input.number() % 3);
  auto rest = input.rest();
  IrcLogEvent event{.kind = kind};
  for (auto* const text : {&event.network, &event.channel, &event.nick, &event.prefix,
                           &event.user_host, &event.account, &event.target, &event.text})
    *text = next_text(rest);
  event.tags = rest;
  event.history = size % 2 == 1;
  event.server_time = IrcLogEvent::Time(std::chrono::milliseconds(size * 100000007));
  IrcLogStamps stamps(time);
  auto const format = irc_log_format(form, {.label = static_cast<IrcLogLabel>(style % 3),
                                            .encoding = static_cast<IrcEncoding>(style / 3 % 3)});
  std::string line;
  format->append(line, event, stamps.of(event));
  check_line(line, form == IrcLogForm::weechat);
  if (form == IrcLogForm::jsonl) check_json(line);
  return 0;
}
