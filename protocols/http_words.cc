#include "protocols/http_words.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "protocols/http.h"

namespace twx {
namespace {

constexpr auto token_chars = [] {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  std::array<bool, 256> chars{};
  for (std::size_t i = 0; i < chars.size(); ++i) {
    auto const c = static_cast<char>(i);
    chars[i] = ascii::is_letter(c) || ascii::is_digit(c) || marks.find(c) != marks.npos;
  }
  return chars;
}();

// How much of it is a token.
std::size_t token_size(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_token_char(text[size])) ++size;
  return size;
}

}  // namespace

bool is_token_char(char c) { return token_chars[static_cast<unsigned char>(c)]; }

bool is_token(std::string_view word) { return !word.empty() && token_size(word) == word.size(); }

bool is_field_text(std::string_view value) { return std::ranges::all_of(value, is_field_char); }

bool add_field_line(HttpFields& fields, std::string_view line) {
  if (is_folded(line) && !fields.empty()) {
    auto& value = fields.back().value;
    auto const more = trimmed(line);
    if (!value.empty() && !more.empty()) value += ' ';
    value += more;
    return true;
  }
  auto& field = fields.emplace_back();
  auto const end = token_size(line);
  if (end == 0 || end == line.size() || line[end] != ':') return false;
  field.name.append(line.substr(0, end));
  field.value.append(trimmed(line.substr(end + 1)));
  return true;
}

bool is_idempotent(std::string_view method) {
  constexpr std::string_view all[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return std::ranges::find(all, method) != std::end(all);
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return same_word(text.substr(0, word.size()), word);
}

bool ends_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && same_word(text.substr(text.size() - word.size()), word);
}

}  // namespace twx
