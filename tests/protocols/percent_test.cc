#include "protocols/percent.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;

TEST_CASE("Letters, digits and four marks stay; every other byte is encoded", "[percent]") {
  CHECK(percent_encoded("azAZ09-._~") == "azAZ09-._~");
  CHECK(percent_encoded(" +&=%/\"") == "%20%2B%26%3D%25%2F%22");
  CHECK(percent_encoded(std::string_view("\0\n\xc3\xa4", 4)) == "%00%0A%C3%A4");
  CHECK(percent_encoded("").empty());
}

TEST_CASE("Forms have a plus for a space", "[percent]") {
  CHECK(form_encoded("a b+c") == "a+b%2Bc");
}

TEST_CASE("Decoding undoes it, and leaves what is no code", "[percent]") {
  std::string every;
  for (auto i = 0; i < 256; ++i) every += static_cast<char>(i);
  CHECK(percent_decoded(percent_encoded(every)) == every);
  CHECK(percent_decoded("%4a%4A%") == "JJ%");
  CHECK(percent_decoded("%4%zz%-1% 1+") == "%4%zz%-1% 1+");
}

}  // namespace
