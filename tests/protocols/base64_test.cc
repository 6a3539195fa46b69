// Three bytes in four letters.
#include "protocols/base64.h"

#include <string>

#include "tests/support/catch.h"

namespace {

using namespace twx;

TEST_CASE("Base64 as RFC 4648, section 10, has it", "[base64]") {
  constexpr std::pair<char const*, char const*> all[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (auto const& [bytes, text] : all) {
    CHECK(base64_encoded(bytes) == text);
    CHECK(base64_decoded(text) == bytes);
  }
}

TEST_CASE("Base64 of any byte comes back", "[base64]") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(255 - i);
    CHECK(base64_decoded(base64_encoded(bytes)) == bytes);
  }
}

TEST_CASE("What nobody encoded is not decoded", "[base64]") {
  for (auto const* const text : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9", "Zm9v\n", "Z m9", "=",
                                 "====", "Zg==Zg==", "Zm9-"})
    CHECK_FALSE(base64_decoded(text));
}

}  // namespace
