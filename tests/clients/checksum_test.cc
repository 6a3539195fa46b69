#include "clients/checksum.h"

#include <fstream>

#include "protocols/http.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

Result<void> checked(std::string_view expected, std::string_view body) {
  auto checksum = Checksum::parse(expected).value();
  checksum.add(bytes(body));
  return checksum.check();
}

constexpr auto abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

}  // namespace

TEST_CASE("each known checksum of \"abc\" is found right", "[clients]") {
  for (auto const* const known :
       {abc, "MD5:900150983cd24fb0d6963f7d28e17f72",
        "sha1:A9993E364706816ABA3E25717850C26C9CD0D89D",
        "sha224:23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        "sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
        "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"}) {
    CAPTURE(known);
    CHECK(checked(known, "abc"));
    CHECK(checked(known, "abd").failure().code() == HttpError::wrong_checksum);
  }
}

TEST_CASE("a wrong checksum tells what it is and what it should be", "[clients]") {
  auto const failure =
      checked("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", "")
          .failure();
  CHECK(failure.message() ==
        "the sha256 is e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 instead "
        "of ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a checksum that makes no sense is refused before anything happens", "[clients]") {
  for (auto const* const bad :
       {"", "sha256", "sha256:", "sha256:12", "crc32:12345678", "ba7816bf",
        "md5:900150983cd24fb0d6963f7d28e17f7g", "md5:900150983cd24fb0d6963f7d28e17f7200"}) {
    CAPTURE(bad);
    auto const parsed = Checksum::parse(bad);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.failure().code() == std::errc::invalid_argument);
  }
  CHECK(Checksum::parse("sha1:12").failure().message() == "a sha1 has 40 hexadecimal digits");
}

TEST_CASE("what a file holds already counts", "[clients]") {
  test::ScratchDirectory const scratch;
  auto const path = scratch.path("part");
  auto checksum = Checksum::parse(abc).value();
  REQUIRE(checksum.add_file(path));
  std::ofstream(path) << "ab";
  REQUIRE(checksum.add_file(path));
  checksum.add(bytes("c"));
  CHECK(checksum.check());
  CHECK(checksum.add_file("/").failure().code() == Error::cannot_read);
}

TEST_CASE("a checksum begins anew with another attempt", "[clients]") {
  auto checksum = Checksum::parse(abc).value();
  checksum.add(bytes("ab and then it broke"));
  checksum.restart();
  checksum.add(bytes("abc"));
  CHECK(checksum.check());
}
