#include "cli/tls_options.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;
using Catch::Matchers::ContainsSubstring;

Endpoint endpoint(char const* text) { return Endpoint::parse(text).value(); }

std::string client(char const* text, TlsArguments const& values = {}) {
  return check_client_tls(endpoint(text), values);
}
std::string server(char const* text, TlsArguments const& values = {}) {
  auto const one = endpoint(text);
  return check_server_tls({&one, 1}, values);
}

}  // namespace

TEST_CASE("a setting that only the other side has a use for is refused", "[cli][tls]") {
  CHECK(server("tls://h:1?cacert=f") ==
        "h:1: a server has no use for the setting cacert; client-ca says who may sign the "
        "certificates of clients");
  CHECK_THAT(server("tls://h:1?servername=n"), ContainsSubstring("servername; "));
  CHECK_THAT(server("tls://h:1?cert=c&insecure"), ContainsSubstring("insecure; "));
  CHECK(client("tls://h:1?client-ca=f") ==
        "h:1: a client has no use for the setting client-ca; cacert says who may sign the "
        "certificate of the server");
  CHECK(client("h:1?backlog=5") == "h:1: a client has no use for the setting backlog");
  CHECK(client("/s?backlog=5") == "/s: a client has no use for the setting backlog");
  CHECK(server("tls://h:1?backlog=5&cert=c&key=k&alpn=x&client-ca=f").empty());
  CHECK(client("tls://h:1?cacert=f&cert=c&key=k&alpn=x&servername=n&insecure").empty());
}

TEST_CASE("all endpoints of a server are looked at", "[cli][tls]") {
  std::vector const both{endpoint("tls://h:1"), endpoint("tls://h:2?insecure")};
  CHECK_THAT(check_server_tls(both, {}), ContainsSubstring("h:2: "));
}

TEST_CASE("settings of TLS without TLS are refused", "[cli][tls]") {
  TlsArguments values;
  values.options.alpn = {"h2"};
  for (auto const& problem : {client("h:1", values), server("h:1", values)})
    CHECK_THAT(problem, ContainsSubstring("add --tls"));
  CHECK(client("tls://h:1", values).empty());
  values.wanted = true;
  CHECK(server("h:1", values).empty());
}

TEST_CASE("the option that asks for TLS where there is none is named", "[cli][tls]") {
  auto const named = [](TlsOptions options) {
    TlsArguments values;
    values.options = std::move(options);
    auto const problem = client("h:1", values);
    CHECK(server("h:1", values) == problem);
    return problem.substr(0, problem.find(": settings of TLS without TLS"));
  };
  CHECK(named({.trusted_file = "f"}) == "--cacert");
  CHECK(named({.certificate_file = "f"}) == "--cert");
  CHECK(named({.certificate_file = "f", .key_file = "f"}) == "--cert");
  CHECK(named({.pins = {"p"}}) == "--pin");
  CHECK(named({.server_name = "n"}) == "--servername");
  CHECK(named({.alpn = {"h2"}}) == "--alpn");
  CHECK(named({.client_trusted_file = "f"}) == "--client-ca");
  CHECK(named({.insecure = true}) == "--insecure");
  CHECK(named({.key_log_file = "f"}) == "--tls-key-log");
  CHECK(named({.key_file = "f"}) == "--key");
  CHECK(tls_option_given({}).empty());
}

TEST_CASE("a key wants its certificate, wherever that stands", "[cli][tls]") {
  TlsArguments values;
  values.wanted = true;
  values.options.key_file = "f";
  CHECK(client("h:1", values) == "--key 'f' is without its certificate; give --cert too");
  CHECK(server("h:1", values) == client("h:1", values));
  CHECK(server("tls://h:1?cert=c", values).empty());
  CHECK(client("tls://h:1?key=k") == "h:1: key is without its certificate; give cert too");
  values.options.certificate_file = "c";
  CHECK(client("h:1", values).empty());
}

TEST_CASE("a host that is verified must be ASCII", "[cli][tls]") {
  auto const* const host = "b\u00fccher:1";
  CHECK(client(host).empty());
  TlsArguments values;
  values.wanted = true;
  CHECK_THAT(client(host, values), ContainsSubstring("write it in its xn-- form"));
  values.options.server_name = "xn--bcher-kva";
  CHECK(client(host, values).empty());
}
