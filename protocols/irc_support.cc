#include "protocols/irc_support.h"

#include <algorithm>

#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr std::size_t most_tokens = 512;

// What RFC 2812 has, for servers that do not say.
constexpr std::string_view usual_channel_modes = "beI,k,l,aimnpqrst";

constexpr auto npos = std::string_view::npos;

// \x20 and the like undone.
std::string unescaped(std::string_view value) {
  std::string text;
  while (!value.empty()) {
    unsigned code = 0;
    auto const digits = value.substr(std::min<std::size_t>(2, value.size()), 2);
    auto const escape =
        value.starts_with("\\x") && digits.size() == 2 && parse_number(digits, code, 16);
    text += escape ? static_cast<char>(code) : value[0];
    value.remove_prefix(escape ? 4 : 1);
  }
  return text;
}

std::optional<std::size_t> to_number(std::string_view text) {
  std::size_t number = 0;
  return parse_number(text, number) ? std::optional(number) : std::nullopt;
}

}  // namespace

void IrcSupport::take(IrcMessage const& reply) {
  auto const words = reply.parameters();
  for (std::size_t i = 1; i + 1 < words.size(); ++i) take_token(words[i]);
}

void IrcSupport::take_token(std::string_view token) {
  auto const removed = token.starts_with('-');
  if (removed) token.remove_prefix(1);
  auto const name = token.substr(0, token.find('='));
  if (name.empty()) return;
  auto const known = tokens_.find(name);
  auto const value = token.substr(std::min(token.size(), name.size() + 1));
  if (removed && known != tokens_.end()) tokens_.erase(known);
  if (!removed && known != tokens_.end()) known->second = unescaped(value);
  if (!removed && known == tokens_.end() && tokens_.size() < most_tokens)
    tokens_.emplace(name, unescaped(value));
  take_effect(name);
}

void IrcSupport::clear() { *this = IrcSupport(); }

std::optional<std::string_view> IrcSupport::value(std::string_view name) const {
  auto const token = tokens_.find(name);
  if (token == tokens_.end()) return std::nullopt;
  return token->second;
}

void IrcSupport::take_effect(std::string_view name) {
  if (name == "CASEMAPPING") case_mapping_ = irc_case_mapping(value(name).value_or("rfc1459"));
  if (name == "CHANTYPES") channel_types_ = value(name).value_or("#&");
  if (name == "PREFIX") read_prefix();
}

// "(ov)@+"; empty where members have no marks. What is neither counts as not said.
void IrcSupport::read_prefix() {
  constexpr std::string_view usual = "(ov)@+";
  auto text = value("PREFIX").value_or(usual);
  auto const end = text.find(')');
  auto const good = text.starts_with('(') && end != npos && text.size() - end == end;
  if (!good && !text.empty()) text = usual;
  prefix_modes_ =
      text.substr(std::min<std::size_t>(1, text.size()), text.size() / 2 - (text.empty() ? 0 : 1));
  prefix_signs_ = text.substr(text.size() - prefix_modes_.size());
}

std::string_view IrcSupport::without_status(std::string_view target) const {
  auto const signs = value("STATUSMSG").value_or("");
  auto bare = target;
  while (!bare.empty() && signs.find(bare.front()) != npos) bare.remove_prefix(1);
  return is_channel(bare) ? bare : target;
}

IrcModeKind IrcSupport::mode_kind(char mode) const {
  if (prefix_modes_.find(mode) != std::string::npos) return IrcModeKind::status;
  constexpr IrcModeKind kinds[] = {IrcModeKind::list, IrcModeKind::always, IrcModeKind::when_set,
                                   IrcModeKind::flag};
  std::size_t kind = 0;
  for (auto const c : value("CHANMODES").value_or(usual_channel_modes)) {
    if (c == ',')
      ++kind;
    else if (c == mode)
      return kind < std::size(kinds) ? kinds[kind] : IrcModeKind::unknown;
  }
  return IrcModeKind::unknown;
}

std::optional<std::size_t> IrcSupport::number(std::string_view name) const {
  return to_number(value(name).value_or(""));
}

std::size_t IrcSupport::line_length() const {
  return std::clamp<std::size_t>(number("LINELEN").value_or(512), 512, 8192);
}

std::optional<std::size_t> IrcSupport::modes() const {
  if (!has("MODES")) return 3;
  return number("MODES");
}

// "PRIVMSG:4,JOIN:"
std::optional<std::size_t> IrcSupport::target_max(std::string_view command) const {
  auto list = value("TARGMAX").value_or("");
  while (!list.empty()) {
    auto most = take_until(list, ',');
    if (take_until(most, ':') == command) return to_number(most);
  }
  return std::nullopt;
}

std::optional<char> IrcSupport::bot_mode() const {
  auto const letter = value("BOT").value_or("");
  if (letter.size() != 1) return std::nullopt;
  return letter.front();
}

}  // namespace twx
