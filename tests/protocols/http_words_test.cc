// What RFC 9110 calls the parts of a message.
#include "protocols/http_words.h"

#include <string>

#include "protocols/http.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

TEST_CASE("A token is made of what RFC 9110, section 5.6.2, lists", "[http_words]") {
  std::string all;
  for (int c = 0; c < 256; ++c)
    if (is_token_char(static_cast<char>(c))) all += static_cast<char>(c);
  CHECK(all == "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");
  CHECK(is_token(all));
  CHECK_FALSE(is_token(""));
  CHECK_FALSE(is_token("a b"));
}

TEST_CASE("The value of a field holds no control characters but tabs", "[http_words]") {
  CHECK(is_field_text(""));
  CHECK(is_field_text("a\t\xff"));
  for (auto const c : {'\0', '\n', '\r', '\x1f', '\x7f'})
    CHECK_FALSE(is_field_text(std::string("text") + c + "text"));
}

TEST_CASE("A line adds a field, or goes on with the value before", "[http_words]") {
  HttpFields fields;
  CHECK_FALSE(is_folded("A:b"));
  CHECK(add_field_line(fields, "A:"));
  for (auto const* const more : {" \t", "\tb ", " ", "  c"}) {
    CHECK(is_folded(more));
    CHECK(add_field_line(fields, more));
  }
  CHECK(add_field_line(fields, "a-1: \t d:\x01\xff \t"));
  CHECK(fields == HttpFields{{"A", "b c"}, {"a-1", "d:\x01\xff"}});
}

TEST_CASE("What is no field has no name", "[http_words]") {
  for (auto const* const line : {"", "A", ":", ": b", "A : b", "A b: c", "\x80: a", " A: b"}) {
    CAPTURE(line);
    HttpFields fields;
    CHECK_FALSE(add_field_line(fields, line));
    CHECK(add_field_line(fields, " c"));
    REQUIRE(fields.size() == 1);
    CHECK(fields.front().name.empty());
  }
}

TEST_CASE("What changes nothing or the same twice may be asked again", "[http_words]") {
  CHECK(is_idempotent("PUT"));
  CHECK_FALSE(is_idempotent("POST"));
  CHECK_FALSE(is_idempotent("get"));
}

TEST_CASE("Words are found at either end, whatever their case", "[http_words]") {
  CHECK(starts_with_word("x-AUTH-token", "X-Auth"));
  CHECK_FALSE(starts_with_word("X-Au", "X-Auth"));
  CHECK(ends_with_word("photo.JPG", ".jpg"));
  CHECK_FALSE(ends_with_word("jpg", ".jpg"));
}

}  // namespace
