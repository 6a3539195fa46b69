// A text that does not stay in memory.
#include "protocols/secret.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "tests/support/catch.h"

namespace {

using namespace twx;

bool all_zero(char const* at, std::size_t size) {
  return std::all_of(at, at + size, [](char c) { return c == 0; });
}

TEST_CASE("Wiping overwrites what was there, and empties it", "[secret]") {
  std::string text = "a password that is longer than a short string";
  auto const* const at = text.data();
  auto const size = text.size();
  text.resize(5);
  wipe(text);
  CHECK(text.empty());
  CHECK(all_zero(at, size));
}

TEST_CASE("A secret that has moved leaves nothing behind", "[secret]") {
  Secret one("short");
  Secret const other(std::move(one));
  CHECK(other.text() == "short");
  std::string bytes(sizeof one, '\0');
  std::memcpy(bytes.data(), static_cast<void const*>(&one), sizeof one);
  CHECK(bytes.find("short") == bytes.npos);
}

TEST_CASE("So does one that is assigned or cleared", "[secret]") {
  Secret one("first");
  one = Secret("second");
  CHECK(one.text() == "second");
  auto const copy = one;
  one.clear();
  CHECK(one.empty());
  CHECK(copy.text() == "second");
}

TEST_CASE("A secret wipes itself when it goes", "[secret]") {
  alignas(Secret) static char room[sizeof(Secret)];
  auto* const secret = ::new (room) Secret("short");
  secret->~Secret();
  CHECK(std::string_view(room, sizeof room).find("short") == std::string_view::npos);
}

}  // namespace
