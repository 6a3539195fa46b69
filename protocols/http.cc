#include "protocols/http.h"

#include <algorithm>

#include "reactor/ascii.h"

namespace twx {
namespace {

struct Category final : std::error_category {
  char const* name() const noexcept override { return "http"; }
  std::string message(int value) const override {
    switch (static_cast<HttpError>(value)) {
      case HttpError::malformed: return "The answer is not valid HTTP";
      case HttpError::not_http: return "The answer is not HTTP/1";
      case HttpError::head_too_large: return "The head of the answer is too large";
      case HttpError::bad_chunk: return "The chunks of the answer are broken";
      case HttpError::bad_transfer_coding: return "The answer has an unknown transfer coding";
      case HttpError::bad_content_coding:
        return "The answer has an unknown or broken content coding";
      case HttpError::truncated: return "The connection ended before the answer";
      case HttpError::no_answer: return "The server gave no answer";
      case HttpError::body_too_large: return "The body is too large";
      case HttpError::too_many_redirects: return "Too many redirects";
      case HttpError::bad_url: return "The URL cannot be fetched";
      case HttpError::status: return "The server answered with an error";
      case HttpError::range_refused: return "The server does not go on where the file ends";
      case HttpError::wrong_checksum: return "The checksum is not the expected one";
      case HttpError::refused: return "The request cannot be sent";
      case HttpError::cannot_rewind: return "The body of the request cannot be sent again";
    }
    return "Unknown error";
  }
};

bool lists_word(std::string_view list, std::string_view word) {
  for (;;) {
    auto const comma = list.find(',');
    if (same_word(trimmed(list.substr(0, comma)), word)) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

std::error_category const& http_category() noexcept {
  static Category const category;
  return category;
}

std::error_code make_error_code(HttpError error) noexcept {
  return {static_cast<int>(error), http_category()};
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), ascii::lower);
  return result;
}

bool detail::same_letters(std::string_view a, std::string_view b) {
  return a == b || std::ranges::equal(a, b, {}, ascii::lower, ascii::lower);
}

std::string_view trimmed(std::string_view text) {
  auto const is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string const* HttpFields::find(std::string_view name) const {
  auto const found = std::ranges::find_if(*this, [name](HttpField const& field) {
    return same_word(field.name, name);
  });
  return found == end() ? nullptr : &found->value;
}

std::string_view HttpFields::value(std::string_view name) const {
  auto const* const found = find(name);
  return found ? std::string_view(*found) : std::string_view();
}

bool HttpFields::lists(std::string_view name, std::string_view word) const {
  return std::ranges::any_of(*this, [&](HttpField const& field) {
    return same_word(field.name, name) && lists_word(field.value, word);
  });
}

}  // namespace twx
