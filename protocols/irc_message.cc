#include "protocols/irc_message.h"

#include <algorithm>
#include <cstring>

#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr auto npos = std::string_view::npos;

// The first `byte` of `text`. A word is short, so that memchr comes out dearer.
std::size_t find_byte(std::string_view text, char byte) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == byte) return i;
  return npos;
}

void skip_spaces(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

// Up to the next space, which is taken too, and those after it.
std::string_view take_word(std::string_view& text) {
  auto const end = std::min(find_byte(text, ' '), text.size());
  auto const word = text.substr(0, end);
  text.remove_prefix(end);
  skip_spaces(text);
  return word;
}

int number_of(std::string_view command) {
  unsigned number = 0;
  return command.size() == 3 && parse_number(command, number) ? static_cast<int>(number) : 0;
}

char unescaped(char c) {
  switch (c) {
    case ':': return ';';
    case 's': return ' ';
    case 'r': return '\r';
    case 'n': return '\n';
    default: return c;
  }
}

void append_escaped(std::string& out, std::string_view value) {
  for (auto const c : value) {
    switch (c) {
      case ';': out += "\\:"; break;
      case ' ': out += "\\s"; break;
      case '\\': out += "\\\\"; break;
      case '\r': out += "\\r"; break;
      case '\n': out += "\\n"; break;
      default: out += c;
    }
  }
}

bool has_any(std::string_view text, std::string_view bytes) {
  return text.find_first_of(bytes) != npos;
}

constexpr std::string_view line_enders("\r\n\0", 3);
constexpr std::string_view word_enders("\r\n\0 ", 4);

bool is_word(std::string_view text) { return !text.empty() && !has_any(text, word_enders); }

bool is_tag(IrcTag const& tag) {
  return is_word(tag.name) && !has_any(tag.name, ";=") && tag.value.find('\0') == npos;
}

bool can_be_sent(IrcParts const& parts) {
  auto const& words = parts.parameters;
  if (!is_irc_word(parts.command) || parts.command.front() == '@') return false;
  if (!parts.source.empty() && !is_word(parts.source)) return false;
  if (words.size() > IrcLimits::parameters) return false;
  if (!std::all_of(parts.tags.begin(), parts.tags.end(), is_tag)) return false;
  if (words.empty()) return true;
  return std::all_of(words.begin(), words.end() - 1, is_irc_word) &&
         !has_any(words.back(), line_enders);
}

}  // namespace

IrcSource IrcSource::split(std::string_view source) {
  IrcSource parts{.nick = source};
  if (auto const at = source.find('@'); at != npos) {
    parts.host = source.substr(at + 1);
    parts.nick = source.substr(0, at);
  }
  if (auto const mark = parts.nick.find('!'); mark != npos) {
    parts.user = parts.nick.substr(mark + 1);
    parts.nick = parts.nick.substr(0, mark);
  }
  return parts;
}

void IrcTag::append_value(std::string& out) const {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\')
      out += value[i];
    else if (++i < value.size())
      out += unescaped(value[i]);
  }
}

void IrcTags::Iterator::step() {
  tag_ = {};
  while (!rest_.empty() && tag_.name.empty()) {
    auto value = take_until(rest_, ';');
    auto const name = take_until(value, '=');
    tag_ = {.name = name, .value = value};
  }
  if (tag_.name.empty()) tag_ = {};
}

std::optional<std::string_view> IrcTags::find(std::string_view name) const {
  std::optional<std::string_view> found;
  for (auto const& tag : *this)
    if (tag.name == name) found = tag.value;
  return found;
}

std::string IrcTags::value(std::string_view name) const {
  std::string value;
  if (auto const found = find(name)) IrcTag{.name = name, .value = *found}.append_value(value);
  return value;
}

std::optional<IrcMessage> IrcMessage::parse(std::string_view line) {
  std::optional<IrcMessage> message(std::in_place);
  if (!message->read(line)) message.reset();
  return message;
}

bool IrcMessage::read(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  line_ = line;
  skip_spaces(line);
  if (line.starts_with('@')) {
    auto const size = line.find(' ');
    if (size == npos || size + 1 > IrcLimits::tags) return false;
    tags_ = IrcTags(line.substr(1, size - 1));
    line.remove_prefix(size);
    skip_spaces(line);
  }
  if (line.size() > IrcLimits::body) return false;
  if (line.starts_with(':')) source_ = take_word(line).substr(1);
  command_ = take_word(line);
  number_ = number_of(command_);
  read_parameters(line);
  return !command_.empty();
}

void IrcMessage::read_parameters(std::string_view rest) {
  while (!rest.empty()) {
    auto const last = count_ + 1 == parameters_.size();
    if (rest.front() == ':' || last) {
      if (rest.front() == ':') rest.remove_prefix(1);
      parameters_[count_++] = rest;
      return;
    }
    parameters_[count_++] = take_word(rest);
  }
}

bool is_irc_word(std::string_view text) { return is_word(text) && text.front() != ':'; }

Result<std::string> irc_line(IrcParts const& parts) {
  if (!can_be_sent(parts)) return Failure(IrcError::bad_part);
  std::string line;
  for (auto const& tag : parts.tags) {
    (line += line.empty() ? '@' : ';') += tag.name;
    if (!tag.value.empty()) append_escaped(line += '=', tag.value);
  }
  if (!line.empty()) line += ' ';
  if (!parts.source.empty()) ((line += ':') += parts.source) += ' ';
  line += parts.command;
  for (auto const& word : parts.parameters) {
    auto const last = &word == &parts.parameters.back();
    line += last && (parts.colon || !is_irc_word(word)) ? " :" : " ";
    line += word;
  }
  return line;
}

Result<std::string> irc_line(std::string_view command,
                             std::initializer_list<std::string_view> parameters, bool colon) {
  return irc_line({.command = command,
                   .parameters = std::span(parameters.begin(), parameters.size()),
                   .colon = colon});
}

}  // namespace twx
