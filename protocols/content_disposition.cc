#include "protocols/content_disposition.h"

#include <algorithm>

#include "protocols/http.h"
#include "protocols/percent.h"

namespace twx {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
}

// The length of the UTF-8 character that `text` begins with; 0 if it begins with none (RFC 3629).
std::size_t character_length(std::string_view text) {
  auto const first = byte_at(text, 0);
  auto const second = byte_at(text, 1);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  std::size_t const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
  // Too long a form, a surrogate, or beyond U+10FFFF.
  auto const wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                     (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return wrong ? 0 : length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto const length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string from_latin1(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const c = byte_at(text, i);
    if (c < 0x80) {
      result += text[i];
    } else {
      result += static_cast<char>(0xc0U | c >> 6U);
      result += static_cast<char>(0x80 | (c & 0x3f));
    }
  }
  return result;
}

// C0, DEL and C1; U+200E, 200F, 2028 to 202E and 2066 to 2069.
bool is_control(std::string_view character) {
  auto const first = byte_at(character, 0);
  auto const second = byte_at(character, 1);
  auto const third = byte_at(character, 2);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  if (character.size() == 2) return first == 0xc2 && second < 0xa0;
  if (character.size() != 3 || first != 0xe2) return false;
  if (second == 0x80) return third == 0x8e || third == 0x8f || (third >= 0xa8 && third <= 0xae);
  return second == 0x81 && third >= 0xa6 && third <= 0xa9;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    auto const high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    auto const low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

// charset'language'value (RFC 8187, section 3.2).
std::optional<std::string> extended(std::string_view value) {
  auto const charset = value.substr(0, value.find('\''));
  auto const second = value.find('\'', std::min(charset.size() + 1, value.size()));
  if (second == value.npos) return std::nullopt;
  auto decoded = percent_decoded(value.substr(second + 1));
  if (!decoded || decoded->empty()) return std::nullopt;
  if (same_word(charset, "UTF-8") && is_utf8(*decoded)) return decoded;
  if (same_word(charset, "ISO-8859-1")) return from_latin1(*decoded);
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
    auto const character = name.substr(0, std::max<std::size_t>(character_length(name), 1));
    name.remove_prefix(character.size());
    if (is_control(character)) continue;
    if (safe.size() + character.size() > longest_file_name) break;
    safe += character;
  }
  if (safe.empty() || safe.front() == '.') return std::nullopt;
  return safe;
}

}  // namespace twx
