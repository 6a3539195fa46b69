#include "cli/certificate_names.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace {

using namespace twx;

std::vector<std::string> names(std::vector<Endpoint> const& endpoints) {
  return certificate_names(endpoints);
}

bool has(std::vector<std::string> const& all, std::string_view name) {
  return std::ranges::count(all, name) == 1;
}

// What names() has for a unix socket, and then these.
std::vector<std::string> usual_and(std::vector<std::string> const& more) {
  auto all = names({Endpoint::unix("/socket")});
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("a certificate is always for localhost, this host and loopback", "[cli][tls]") {
  auto const usual = usual_and({});
  CHECK(usual.front() == "localhost");
  CHECK(has(usual, "127.0.0.1"));
  CHECK(has(usual, "::1"));
}

TEST_CASE("a certificate is for the host of each endpoint, once", "[cli][tls]") {
  CHECK(names({Endpoint::tcp("192.0.2.7", 1), Endpoint::tcp("a.example", 1),
               Endpoint::tcp("192.0.2.7", 2), Endpoint::tcp("localhost", 1),
               Endpoint::tcp("2001:DB8:0::7", 1), Endpoint::tcp("2001:db8::7", 2)}) ==
        usual_and({"192.0.2.7", "a.example", "2001:db8::7"}));
}

TEST_CASE("a certificate has names as clients verify them", "[cli][tls]") {
  CHECK(names({Endpoint::tcp("b.example.", 1), Endpoint::tcp("fe80::1%lo", 1),
               Endpoint::tcp("b\u00fccher.example", 1)}) == usual_and({"b.example", "fe80::1"}));
}

TEST_CASE("an endpoint on all interfaces adds addresses, not the wildcard", "[cli][tls]") {
  for (auto const* host : {"", "0.0.0.0", "::", "0::0"}) {
    auto const all = names({Endpoint::tcp(host, 1)});
    CHECK_FALSE(has(all, host));
    CHECK_FALSE(has(all, "::"));
    for (auto const& name : all) CHECK(std::ranges::count(all, name) == 1);
  }
}

TEST_CASE("a descriptor that is no socket adds no name", "[cli][tls]") {
  Endpoint endpoint;
  endpoint.kind = Endpoint::Kind::fd;
  endpoint.fd = 1'000'000;
  CHECK(names({endpoint}) == usual_and({}));
}
