#include "protocols/http_words.h"

#include <algorithm>
#include <iterator>

#include "protocols/http.h"

namespace twx {

bool is_token_char(char c) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return ascii::is_letter(c) || ascii::is_digit(c) || marks.find(c) != marks.npos;
}

bool is_token(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, is_token_char);
}

// Looks at each character whatever the others are, so that many are looked at at once.
bool is_field_text(std::string_view value) {
  unsigned wrong = 0;
  for (auto const c : value) wrong |= is_field_char(c) ? 0U : 1U;
  return wrong == 0;
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
