#include "reactor/address.h"

#include <net/if.h>
#include <sys/un.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::string_literals;

// Through a system call's form and back.
Address round_trip(Address const& address) {
  sockaddr_storage storage;
  std::memset(&storage, 0xee, sizeof storage);
  auto const size = address.copy_to(storage);
  return Address::from(reinterpret_cast<sockaddr const*>(&storage), size);
}

TEST_CASE("IP literals of both families are addresses", "[address][rule26][rule27]") {
  struct Row {
    char const* literal;
    int family;
    char const* host;
    char const* text;
    char const* uri;
  };
  for (auto const& row : std::vector<Row>{
           {"127.0.0.1", AF_INET, "127.0.0.1", "127.0.0.1:80", "tcp://127.0.0.1:80"},
           {"0.0.0.0", AF_INET, "0.0.0.0", "0.0.0.0:80", "tcp://0.0.0.0:80"},
           {"255.255.255.255", AF_INET, "255.255.255.255", "255.255.255.255:80",
            "tcp://255.255.255.255:80"},
           {"::1", AF_INET6, "::1", "[::1]:80", "tcp://[::1]:80"},
           {"::", AF_INET6, "::", "[::]:80", "tcp://[::]:80"},
           {"2001:DB8:0:0::1", AF_INET6, "2001:db8::1", "[2001:db8::1]:80",
            "tcp://[2001:db8::1]:80"},
       }) {
    INFO(row.literal);
    auto const address = Address::ip(row.literal, 80);
    REQUIRE(address);
    CHECK(address->family() == row.family);
    CHECK(address->host() == row.host);
    CHECK(address->port() == 80);
    CHECK(address->to_string() == row.text);
    CHECK(address->uri() == row.uri);
    CHECK_FALSE(address->is_unix());
    CHECK(round_trip(*address) == *address);
  }
}

TEST_CASE("The URI of a datagram socket has a scheme of its own", "[address]") {
  CHECK(Address::ip("127.0.0.1", 53)->datagram_uri() == "udp://127.0.0.1:53");
  CHECK(Address::ip("::1", 53)->datagram_uri() == "udp://[::1]:53");
  CHECK(Address::unix("/run/x")->datagram_uri() == "unix-dgram:///run/x");
  CHECK(Address::unix("./x")->datagram_uri() == "unix-dgram:./x");
  CHECK(Address::unix("@name")->datagram_uri() == "unix-dgram:@name");
}

TEST_CASE("An IPv4 address can be spelled for a socket of both families", "[address]") {
  auto const mapped = Address::ip("192.0.2.7", 53)->mapped();
  CHECK(mapped == *Address::ip("::ffff:192.0.2.7", 53));
  CHECK(mapped.to_string() == "192.0.2.7:53");
  CHECK(round_trip(mapped) == mapped);
  for (auto const& other : {*Address::ip("::1", 53), *Address::unix("/x"), Address()})
    CHECK(other.mapped() == other);
}

TEST_CASE("What is no IP literal is no address", "[address]") {
  for (auto const* text :
       {"", "localhost", "example.com", "1", "0x7f000001", "256.1.1.1", "1.2.3.4.5", "[::1]",
        ":::", "1:2:3", "::1:80:", " 127.0.0.1", "/tmp/x"}) {
    INFO(text);
    CHECK_FALSE(Address::ip(text, 80));
  }
}

TEST_CASE("Shorthands of IPv4 that nobody means are no addresses", "[address]") {
  for (auto const* text : {"127.1", "0x7f.1", "010.0.0.1", "1.2.3"}) {
    INFO(text);
    CHECK_FALSE(Address::ip(text, 80));
  }
}

TEST_CASE("A scope is kept and printed by name", "[address][rule27]") {
  auto const loopback = if_nametoindex("lo");
  if (loopback == 0) return;  // a system without the interface
  auto const address = Address::ip("fe80::1%lo", 9000);
  REQUIRE(address);
  CHECK(address->host() == "fe80::1%lo");
  CHECK(address->to_string() == "[fe80::1%lo]:9000");
  CHECK(round_trip(*address) == *address);
  CHECK_FALSE(*address == *Address::ip("fe80::1", 9000));
  CHECK(Address::ip("fe80::1%" + std::to_string(loopback), 9000) == address);
}

TEST_CASE("A scope without a name is printed as its number", "[address][rule27]") {
  auto const address = Address::ip("fe80::1%4242", 80);
  REQUIRE(address);
  CHECK(address->host() == "fe80::1%4242");
}

TEST_CASE("An IPv4 peer of a listener for both families is printed as IPv4", "[address]") {
  auto const address = Address::ip("::ffff:192.168.1.1", 54321);
  REQUIRE(address);
  CHECK(address->family() == AF_INET6);
  CHECK(address->host() == "192.168.1.1");
  CHECK(address->to_string() == "192.168.1.1:54321");
  CHECK(address->uri() == "tcp://192.168.1.1:54321");
}

TEST_CASE("A port can be exchanged", "[address]") {
  for (auto const* literal : {"127.0.0.1", "::1"}) {
    auto const address = Address::ip(literal, 0)->with_port(65535);
    CHECK(address.port() == 65535);
    CHECK(address == *Address::ip(literal, 65535));
    CHECK_FALSE(address == *Address::ip(literal, 65534));
  }
}

TEST_CASE("The wildcard is that of its family", "[address]") {
  CHECK(Address::any(80).to_string() == "[::]:80");
  CHECK(Address::any(80) == *Address::ip("::", 80));
  CHECK(Address::any(80, AF_INET) == *Address::ip("0.0.0.0", 80));
  CHECK_FALSE(Address::any(80) == Address::any(80, AF_INET));
}

TEST_CASE("A path is an address of a unix socket", "[address]") {
  auto const address = Address::unix("/run/twx.sock");
  REQUIRE(address);
  CHECK(address->is_unix());
  CHECK(address->family() == AF_UNIX);
  CHECK(address->host() == "/run/twx.sock");
  CHECK(address->port() == 0);
  CHECK(address->to_string() == "/run/twx.sock");
  CHECK(address->uri() == "unix:///run/twx.sock");
  CHECK(round_trip(*address) == *address);
  CHECK_FALSE(*address == *Address::unix("/run/other.sock"));
}

TEST_CASE("An abstract name begins with @ for people and with NUL for the system", "[address]") {
  auto const address = Address::unix("@twx");
  REQUIRE(address);
  CHECK(address->host() == "@twx");
  CHECK(address->to_string() == "@twx");
  CHECK(address->uri() == "unix:@twx");
  sockaddr_storage storage{};
  CHECK(address->copy_to(storage) == offsetof(sockaddr_un, sun_path) + 4);
  auto const* const name = reinterpret_cast<sockaddr_un const&>(storage).sun_path;
  CHECK(std::string(name, 4) == "\0twx"s);
  CHECK(round_trip(*address) == *address);
}

TEST_CASE("A path may have 107 bytes", "[address]") {
  auto const longest = "/" + std::string(106, 'x');
  REQUIRE(Address::unix(longest));
  CHECK(round_trip(*Address::unix(longest)).host() == longest);
  CHECK_FALSE(Address::unix(longest + "x"));
  CHECK_FALSE(Address::unix(""));
}

TEST_CASE("A relative path can be printed and read again", "[address]") {
  auto const address = Address::unix("./twx.sock");
  REQUIRE(address);
  CHECK(address->to_string() == "./twx.sock");
}

TEST_CASE("An unnamed unix socket says what it is", "[address]") {
  sockaddr_un unnamed{};
  unnamed.sun_family = AF_UNIX;
  auto const address =
      Address::from(reinterpret_cast<sockaddr const*>(&unnamed), offsetof(sockaddr_un, sun_path));
  CHECK(address.is_unix());
  CHECK(address.host().empty());
  CHECK(address.to_string() == "unix socket");
}

TEST_CASE("No address is nowhere, and two of them are the same", "[address]") {
  CHECK(Address().family() == AF_UNSPEC);
  CHECK(Address().to_string() == "nowhere");
  CHECK(Address() == Address());
  CHECK_FALSE(Address() == Address::any(0));
}

}  // namespace
