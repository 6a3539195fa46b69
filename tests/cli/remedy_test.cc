#include "cli/remedy.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/catch.h"

namespace {

using namespace twx;

Failure failure(std::errc code) { return std::make_error_code(code); }

}  // namespace

TEST_CASE("a port that only root may take is told apart from other refusals", "[cli]") {
  auto const denied = failure(std::errc::permission_denied);
  auto const told = "; ports below 1024 are for root; take another, or give CAP_NET_BIND_SERVICE";
  CHECK(remedy(denied, Endpoint::tcp("", 80), AF_UNSPEC) == told);
  CHECK(remedy(denied, Endpoint::udp("", 1023), AF_UNSPEC) == told);
  CHECK(remedy(denied, Endpoint::tcp("", 1024), AF_UNSPEC).empty());
  CHECK(remedy(denied, Endpoint::unix("/run/x"), AF_UNSPEC).empty());
  CHECK(remedy(failure(std::errc::address_in_use), Endpoint::tcp("", 80), AF_UNSPEC).empty());
}

TEST_CASE("an address of the other family than was asked for is told", "[cli]") {
  Failure const unknown = Error::name_not_found;
  CHECK(remedy(unknown, Endpoint::tcp("::1", 80), AF_INET) ==
        "; with -4 it must be an IPv4 address");
  CHECK(remedy(unknown, Endpoint::tcp("127.0.0.1", 80), AF_INET6) ==
        "; with -6 it must be an IPv6 address");
  CHECK(remedy(unknown, Endpoint::tcp("name", 80), AF_INET6).empty());
  CHECK(remedy(unknown, Endpoint::tcp("::1", 80), AF_INET6).empty());
  CHECK(remedy(unknown, Endpoint::tcp("::1", 80), AF_UNSPEC).empty());
}

TEST_CASE("a path that refuses since it is no socket is told", "[cli]") {
  auto const refused = failure(std::errc::connection_refused);
  CHECK(remedy(refused, Endpoint::unix("/"), AF_UNSPEC) == "; it is a file, but no socket");
  CHECK(remedy(refused, Endpoint::unix_datagram("/"), AF_UNSPEC) ==
        "; it is a file, but no socket");
  CHECK(remedy(refused, Endpoint::unix("/not/there"), AF_UNSPEC).empty());
  CHECK(remedy(refused, Endpoint::tcp("127.0.0.1", 80), AF_UNSPEC).empty());
}
