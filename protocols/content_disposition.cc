#include "protocols/content_disposition.h"

#include <algorithm>

#include "protocols/http.h"
#include "protocols/percent.h"
#include "reactor/ascii.h"
#include "reactor/utf8.h"

namespace twx {
namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto const length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string from_latin1(std::string_view text) {
  std::string result;
  for (auto const c : text) append_utf8(result, static_cast<unsigned char>(c));
  return result;
}

// Nothing where a "%" stands without its two digits.
std::optional<std::string> decoded(std::string_view text) {
  for (auto i = text.find('%'); i != text.npos; i = text.find('%', i + 1))
    if (text.size() - i < 3 || !ascii::is_hex_digit(text[i + 1]) ||
        !ascii::is_hex_digit(text[i + 2]))
      return std::nullopt;
  return percent_decoded(text);
}

// charset'language'value (RFC 8187, section 3.2).
std::optional<std::string> extended(std::string_view value) {
  auto const charset = value.substr(0, value.find('\''));
  auto const second = value.find('\'', std::min(charset.size() + 1, value.size()));
  if (second == value.npos) return std::nullopt;
  auto text = decoded(value.substr(second + 1));
  if (!text || text->empty()) return std::nullopt;
  if (same_word(charset, "UTF-8") && is_utf8(*text)) return text;
  if (same_word(charset, "ISO-8859-1")) return from_latin1(*text);
  return std::nullopt;
}

// Takes parameters from the front of a list of them.
class Parameters {
 public:
  explicit Parameters(std::string_view list) : left_(list) {}

  struct Parameter {
    std::string_view name;  // empty: a word that is no parameter
    std::string value;
  };
  std::optional<Parameter> next() {
    if (left_.empty()) return std::nullopt;
    Parameter parameter;
    auto const end = left_.find_first_of("=;");
    if (end != left_.npos && left_[end] == '=') {
      parameter.name = trimmed(left_.substr(0, end));
      left_ = left_.substr(end + 1);
      left_.remove_prefix(std::min(left_.find_first_not_of(" \t"), left_.size()));
      parameter.value = left_.starts_with('"') ? quoted() : std::string(trimmed(word()));
    }
    word();  // what should not be there
    left_.remove_prefix(std::min<std::size_t>(1, left_.size()));
    return parameter;
  }

 private:
  // Up to the semicolon.
  std::string_view word() {
    auto const word = left_.substr(0, left_.find(';'));
    left_.remove_prefix(word.size());
    return word;
  }
  // A quoted-string (RFC 9110, section 5.6.4); its end may be missing.
  std::string quoted() {
    std::string result;
    std::size_t i = 1;
    for (; i < left_.size() && left_[i] != '"'; ++i) {
      if (left_[i] == '\\' && i + 1 < left_.size()) ++i;
      result += left_[i];
    }
    left_.remove_prefix(std::min(i + 1, left_.size()));
    return result;
  }

  std::string_view left_;
};

}  // namespace

std::optional<std::string> disposition_name(std::string_view value) {
  std::optional<std::string> plain;
  std::optional<std::string> better;
  Parameters parameters(value);
  while (auto parameter = parameters.next()) {
    if (!better && same_word(parameter->name, "filename*")) better = extended(parameter->value);
    if (!plain && same_word(parameter->name, "filename")) plain = std::move(parameter->value);
  }
  if (better) return better;
  if (plain && !is_utf8(*plain)) plain = from_latin1(*plain);
  return plain;
}

std::optional<std::string> safe_file_name(std::string_view name) {
  if (auto const slash = name.find_last_of("/\\"); slash != name.npos)
    name.remove_prefix(slash + 1);
  std::string safe;
  while (!name.empty()) {
    auto const length = utf8_length(name);
    auto const character = name.substr(0, std::max<std::size_t>(length, 1));
    name.remove_prefix(character.size());
    if (length > 0 && is_unprintable(utf8_code_point(character))) continue;
    if (safe.size() + character.size() > longest_file_name) break;
    safe += character;
  }
  if (safe.empty() || safe.front() == '.') return std::nullopt;
  return safe;
}

}  // namespace twx
