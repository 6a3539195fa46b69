#include "protocols/socks_handshake.h"

#include <set>
#include <string>
#include <vector>

#include "protocols/proxy_error.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::string_literals;

std::string const granted4 = "\0\x5a\0\0\0\0\0\0"s;
std::string const granted5 = "\5\0\0\1\0\0\0\0\0\0"s;

// What was sent, "|" where the proxy was waited for, and how it ended: "done N", N being what was
// taken of the last answer, or the failure.
std::string talk(SocksRequest request, std::vector<std::string> const& answers,
                 std::size_t piece = std::string::npos) {
  auto begun = SocksHandshake::begin(std::move(request));
  if (!begun) return begun.failure().message();
  auto& handshake = *begun;
  auto story = handshake.take_output();
  for (auto const& answer : answers) {
    std::size_t used = 0;
    while (used < answer.size() && !handshake.done()) {
      auto const taken = handshake.put(bytes(std::string_view(answer).substr(used, piece)));
      if (!taken) {
        REQUIRE(taken.failure().code() == ProxyError::handshake);
        return story + "|" + taken.failure().message();
      }
      used += *taken;
    }
    story += "|" + handshake.take_output();
    if (handshake.done()) return story + "done " + std::to_string(used);
  }
  return story;
}

// Whole and byte by byte it must be the same.
std::string said(SocksRequest const& request, std::vector<std::string> const& answers) {
  auto const whole = talk(request, answers);
  CHECK(talk(request, answers, 1) == whole);
  return whole;
}

TEST_CASE("SOCKS5 sends a name as a name", "[socks][fetch36]") {
  SocksRequest const request{.host = "example.org", .port = 443};
  CHECK(said(request, {"\5\0"s, granted5}) ==
        "\5\1\0|\5\1\0\3\x0b"
        "example.org\1\xbb|done 10"s);
}

TEST_CASE("SOCKS5 sends addresses as addresses", "[socks]") {
  CHECK(said({.host = "192.0.2.1", .port = 80}, {"\5\0"s, granted5}) ==
        "\5\1\0|\5\1\0\1\xc0\0\2\1\0\x50|done 10"s);
  CHECK(said({.host = "2001:db8::1", .port = 80}, {"\5\0"s, granted5}) ==
        "\5\1\0|\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x50|done 10"s);
}

TEST_CASE("SOCKS5 logs in where the proxy wants it", "[socks]") {
  SocksRequest const request{.host = "h", .port = 1, .user = "me", .password = "pw"};
  auto const asked = "\5\1\0\3\1h\0\1"s;
  CHECK(said(request, {"\5\2"s, "\1\0"s, granted5}) ==
        "\5\2\0\2|\1\2me\2pw|"s + asked + "|done 10");
  CHECK(said(request, {"\5\0"s, granted5}) == "\5\2\0\2|"s + asked + "|done 10");
  CHECK(said(request, {"\5\2"s, "\1\1"s}) ==
        "\5\2\0\2|\1\2me\2pw|SOCKS: the proxy refused the login (1)"s);
}

TEST_CASE("A login is only offered if there is one", "[socks]") {
  CHECK(said({.host = "h"}, {"\5\xff"s}) == "\5\1\0|SOCKS: the proxy wants a login"s);
  CHECK(said({.host = "h"}, {"\5\2"s}) ==
        "\5\1\0|SOCKS: the proxy chose a way to log in that it was not offered"s);
  CHECK(said({.host = "h", .user = "u"}, {"\5\xff"s}) ==
        "\5\2\0\2|SOCKS: the proxy takes neither the login nor none"s);
}

TEST_CASE("All kinds of bound addresses are skipped, and no more is taken", "[socks]") {
  SocksRequest const request{.host = "h", .port = 1};
  for (auto const& address :
       {"\1abcd"s, "\4abcdefghijklmnop"s, "\3\3abc"s, "\3\0"s, "\3\xff"s + std::string(255, 'x')}) {
    auto const reply = "\5\0\0"s + address + "\0\0"s;
    CHECK(
        said(request, {"\5\0"s, reply + "more"}).ends_with("done " + std::to_string(reply.size())));
  }
}

TEST_CASE("Every refusal of SOCKS5 has its sentence, before the rest of the reply", "[socks]") {
  std::set<std::string> sentences;
  for (char code = 1; code <= 9; ++code) {
    auto const story = said({.host = "h"}, {"\5\0"s, "\5"s + code});
    CHECK(story.ends_with("(" + std::to_string(code) + ")"));
    sentences.insert(story);
  }
  CHECK(sentences.size() == 9);
}

TEST_CASE("What is not SOCKS5 is refused at its first byte", "[socks]") {
  SocksRequest const request{.host = "h", .user = "u"};
  CHECK(said(request, {"H"}).ends_with("the proxy does not speak version 5"));
  CHECK(said(request, {"\5\2"s, "\5"}).ends_with("the proxy's answer to the login is none"));
  CHECK(said(request, {"\5\0"s, "\4"}).ends_with("the proxy's answer is not of version 5"));
  CHECK(said(request, {"\5\0"s, "\5\0\0\2"s}).ends_with("the proxy's answer has no address"));
}

TEST_CASE("SOCKS4 takes an address, SOCKS4a a name as well", "[socks]") {
  CHECK(said({.version = SocksVersion::v4, .host = "192.0.2.1", .port = 80, .user = "me"},
             {granted4}) == "\4\1\0\x50\xc0\0\2\1me\0|done 8"s);
  CHECK(said({.version = SocksVersion::v4a, .host = "example.org", .port = 80}, {granted4 + "x"}) ==
        "\4\1\0\x50\0\0\0\1\0example.org\0|done 8"s);
  CHECK(said({.version = SocksVersion::v4a, .host = "192.0.2.1", .port = 80}, {granted4}) ==
        "\4\1\0\x50\xc0\0\2\1\0|done 8"s);
  CHECK(said({.version = SocksVersion::v4, .host = "::1"}, {}) ==
        "SOCKS: version 4 takes nothing but IPv4 addresses");
  CHECK(said({.version = SocksVersion::v4, .host = "name"}, {}) ==
        "SOCKS: version 4 takes nothing but IPv4 addresses");
}

TEST_CASE("Every refusal of SOCKS4 has its sentence", "[socks]") {
  std::set<std::string> sentences;
  for (char code = 91; code <= 94; ++code) {
    auto const story = said({.version = SocksVersion::v4, .host = "127.0.0.1"}, {"\0"s + code});
    CHECK(story.ends_with("(" + std::to_string(code) + ")"));
    sentences.insert(story);
  }
  CHECK(sentences.size() == 4);
  CHECK(said({.version = SocksVersion::v4, .host = "127.0.0.1"}, {"\4"})
            .ends_with("the proxy does not speak version 4"));
}

TEST_CASE("What one byte cannot count is refused before anything is sent", "[socks][fetch36]") {
  std::string const most(255, 'a');
  auto const more = most + "a";
  CHECK(SocksHandshake::begin({.host = most, .user = most, .password = most}));
  CHECK(said({.host = more}, {}) == "SOCKS: the host's name is longer than 255 bytes");
  CHECK(said({.version = SocksVersion::v4a, .host = more}, {}) ==
        "SOCKS: the host's name is longer than 255 bytes");
  CHECK(said({.host = "h", .user = more}, {}) == "SOCKS: the user's name is longer than 255 bytes");
  CHECK(said({.host = "h", .password = more}, {}) ==
        "SOCKS: the password is longer than 255 bytes");
  CHECK(said({.host = ""}, {}) == "SOCKS: the host is no name");
  CHECK(said({.host = "a\0b"s}, {}) == "SOCKS: the host is no name");
  CHECK(said({.version = SocksVersion::v4a, .host = "h", .user = "a\0b"s}, {}) ==
        "SOCKS: a NUL in the user's name");
}

TEST_CASE("A proxy that goes away has refused", "[socks]") {
  auto const handshake = SocksHandshake::begin({.host = "h"}).value();
  CHECK(handshake.ended().code() == ProxyError::handshake);
}

}  // namespace
