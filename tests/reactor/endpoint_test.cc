#include "reactor/endpoint.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace twx;
using Catch::Matchers::ContainsSubstring;

Endpoint with_mode(Endpoint endpoint, unsigned mode) {
  endpoint.mode = mode;
  return endpoint;
}

Endpoint with_backlog(Endpoint endpoint, int backlog) {
  endpoint.backlog = backlog;
  return endpoint;
}

Endpoint inherited(int fd) {
  Endpoint endpoint;
  endpoint.kind = Endpoint::Kind::fd;
  endpoint.fd = fd;
  return endpoint;
}

TEST_CASE("Every form of an endpoint is understood and printed", "[endpoint][rule27]") {
  struct Row {
    char const* text;
    Endpoint endpoint;
    char const* printed;
  };
  auto const longest = "/" + std::string(106, 'x');
  for (auto const& row : std::vector<Row>{
           {"9000", Endpoint::tcp("", 9000), "*:9000"},
           {"0", Endpoint::tcp("", 0), "*:0"},
           {"65535", Endpoint::tcp("", 65535), "*:65535"},
           {":9000", Endpoint::tcp("", 9000), "*:9000"},
           {"*:9000", Endpoint::tcp("", 9000), "*:9000"},
           {"localhost:9000", Endpoint::tcp("localhost", 9000), "localhost:9000"},
           {"127.0.0.1:80", Endpoint::tcp("127.0.0.1", 80), "127.0.0.1:80"},
           {"[::1]:9000", Endpoint::tcp("::1", 9000), "[::1]:9000"},
           {"[::]:9000", Endpoint::tcp("::", 9000), "[::]:9000"},
           {"[fe80::1%lo]:9", Endpoint::tcp("fe80::1%lo", 9), "[fe80::1%lo]:9"},
           {"tcp://example.com:80", Endpoint::tcp("example.com", 80), "example.com:80"},
           {"tcp://example.com:80/", Endpoint::tcp("example.com", 80), "example.com:80"},
           {"tcp://[::1]:80", Endpoint::tcp("::1", 80), "[::1]:80"},
           {"tcp://:80", Endpoint::tcp("", 80), "*:80"},
           {"example.com:http", Endpoint::tcp("example.com", 80), "example.com:80"},
           {"/run/x.sock", Endpoint::unix("/run/x.sock"), "/run/x.sock"},
           {"./x.sock", Endpoint::unix("./x.sock"), "./x.sock"},
           {"@name", Endpoint::unix("@name"), "@name"},
           {"unix:///run/x.sock", Endpoint::unix("/run/x.sock"), "/run/x.sock"},
           {"unix:/run/x.sock", Endpoint::unix("/run/x.sock"), "/run/x.sock"},
           {"unix:@name", Endpoint::unix("@name"), "@name"},
           {"unix:./x.sock", Endpoint::unix("./x.sock"), "./x.sock"},
           {longest.c_str(), Endpoint::unix(longest), longest.c_str()},
           {"fd:3", inherited(3), "fd:3"},
           {"fd:0", inherited(0), "fd:0"},
           {"9000?backlog=64", with_backlog(Endpoint::tcp("", 9000), 64), "*:9000"},
           {"tcp://:9000?backlog=64", with_backlog(Endpoint::tcp("", 9000), 64), "*:9000"},
           {"/run/x?backlog=1", with_backlog(Endpoint::unix("/run/x"), 1), "/run/x"},
           {"/run/x?mode=660", with_mode(Endpoint::unix("/run/x"), 0660), "/run/x"},
           {"unix:///run/x?mode=0600", with_mode(Endpoint::unix("/run/x"), 0600), "/run/x"},
           {"udp://example.com:53", Endpoint::udp("example.com", 53), "udp://example.com:53"},
           {"udp://example.com:53/", Endpoint::udp("example.com", 53), "udp://example.com:53"},
           {"udp://:53", Endpoint::udp("", 53), "udp://*:53"},
           {"udp://[::1]:53", Endpoint::udp("::1", 53), "udp://[::1]:53"},
           {"udp://127.0.0.1:tftp", Endpoint::udp("127.0.0.1", 69), "udp://127.0.0.1:69"},
           {"unix-dgram:///run/x", Endpoint::unix_datagram("/run/x"), "unix-dgram:///run/x"},
           {"unix-dgram:/run/x", Endpoint::unix_datagram("/run/x"), "unix-dgram:///run/x"},
           {"unix-dgram:@name", Endpoint::unix_datagram("@name"), "unix-dgram:@name"},
       }) {
    INFO(row.text);
    auto parsed = Endpoint::parse(row.text);
    if (!parsed) INFO(parsed.failure().message());
    REQUIRE(parsed);
    CHECK(*parsed == row.endpoint);
    CHECK(parsed->to_string() == row.printed);
  }
}

TEST_CASE("What is printed can be read again", "[endpoint]") {
  for (auto const* text :
       {"9000", "localhost:9000", "[::1]:9000", "/run/x.sock", "@name", "fd:3", "udp://:53",
        "udp://[::1]:53", "unix-dgram:///run/x", "unix-dgram:./x", "unix-dgram:@name"}) {
    INFO(text);
    auto first = Endpoint::parse(text);
    REQUIRE(first);
    auto second = Endpoint::parse(first->to_string());
    REQUIRE(second);
    CHECK(*first == *second);
  }
}

TEST_CASE("Endpoints of datagrams are told apart from those of streams", "[endpoint]") {
  CHECK(Endpoint::udp("host", 1).datagram());
  CHECK(Endpoint::unix_datagram("/x").datagram());
  CHECK_FALSE(Endpoint::tcp("host", 1).datagram());
  CHECK_FALSE(Endpoint::unix("/x").datagram());
  CHECK_FALSE(Endpoint::udp("host", 1) == Endpoint::tcp("host", 1));
}

TEST_CASE("A complaint repeats what was written and says what would be right",
          "[endpoint][rule153]") {
  struct Row {
    std::string text;
    char const* complaint;
  };
  for (auto const& row : std::vector<Row>{
           {"",
            "use 9000, host:9000, [::1]:9000, /path/to.sock, tcp://host:port, tls://host:port, "
            "udp://host:port, unix:///path or fd:3"},
           {"example.com", "use 9000, host:9000"},
           {"localhost", "use 9000, host:9000"},
           {"65536", "use 0 to 65535"},
           {"-1", "use 9000, host:9000"},
           {"host:", "use 0 to 65535"},
           {"host:65536", "use 0 to 65535"},
           {"host:+80", "use 0 to 65535"},
           {"host:80x", "use 0 to 65535"},
           {"host: 80", "use 0 to 65535"},
           {"::1", "write an IPv6 address in brackets: [::1]:9000"},
           {"::1:80", "write an IPv6 address in brackets: [::1]:80"},
           {"127.0.0.1", "the port is missing: 127.0.0.1:9000"},
           {"http", "write :http for the port of that service"},
           {"host 80", "it has a blank; are two words quoted as one?"},
           {"host:http:80", "it has more than one colon"},
           {"host:htpp", "use 0 to 65535 or the name of a service"},
           {"me@host:22", "'me@host' is no host, for it has a '@'; write what is behind it"},
           {"tcp//host:80", "'tcp//host' is no host, for it has a '/'"},
           {"my host:80", "'my host' is no host, for it has a blank"},
           {"@", "a unix socket is unix:///path or unix:@abstract"},
           {"fe80::1:80", "write an IPv6 address in brackets: [fe80::1]:80"},
           {"[::1]", "the port is missing"},
           {"[localhost]:80", "'localhost' is no IPv6 address"},
           {"[127.0.0.1]:80", "'127.0.0.1' is no IPv6 address"},
           {"[::g]:80", "'::g' is no IPv6 address"},
           {"tcp://example.com", "the port is missing"},
           {"tcp://", "the port is missing"},
           {"tcp://9000", "the port is missing; if 9000 is one, write a colon before it"},
           {"tcp://host:80/path", "use 0 to 65535"},
           {"http://host:80",
            "there is no scheme 'http'; there are: tcp, tls, udp, unix, unix-dgram, fd"},
           {"ssl://host:80", "there are: tcp, tls, udp, unix, unix-dgram, fd"},
           {"unix:", "a unix socket is unix:///path or unix:@abstract"},
           {"unix://", "a unix socket is unix:///path or unix:@abstract"},
           {"unix:name", "a unix socket is unix:///path or unix:@abstract"},
           {"/" + std::string(107, 'x'), "the path is longer than 107 bytes"},
           {"fd:", "an inherited socket is fd:NUMBER"},
           {"fd:-1", "an inherited socket is fd:NUMBER"},
           {"fd:three", "an inherited socket is fd:NUMBER"},
           {"fd:3x", "an inherited socket is fd:NUMBER"},
           {"9000?timeout=3", "there is no setting 'timeout'; there is: backlog"},
           {"9000?backlog=1&backlog=2", "backlog is given twice"},
           {"9000?backlog", "backlog: '' is not a whole number from 1 on"},
           {"9000?backlog=", "backlog: '' is not a whole number from 1 on"},
           {"9000?backlog=0", "backlog: '0' is not a whole number from 1 on"},
           {"9000?backlog=many", "backlog: 'many' is not a whole number from 1 on"},
           {"9000?", "there is: backlog"},
           {"9000?mode=660", "there is no setting 'mode'; there is: backlog"},
           {"/run/x?mod=660", "there is no setting 'mod'; there are: backlog, mode"},
           {"/run/x?mode=", "mode: '' is not an octal number up to 777"},
           {"/run/x?mode=680", "mode: '680' is not an octal number up to 777"},
           {"/run/x?mode=1777", "mode: '1777' is not an octal number up to 777"},
           {"/run/x?mode=rw", "mode: 'rw' is not an octal number up to 777"},
           {"udp://9000", "the port is missing"},
           {"udp://host:http/x", "is no port; use 0 to 65535"},
           {"udp://:9?backlog=1", "an endpoint for datagrams has no settings"},
           {"unix-dgram:name", "a unix socket is unix-dgram:///path or unix-dgram:@abstract"},
           {"9000?b%zz", "the settings after '?' are malformed"},
       }) {
    INFO(row.text);
    auto const parsed = Endpoint::parse(row.text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.failure().code() == std::errc::invalid_argument);
    CHECK_THAT(parsed.failure().message(), ContainsSubstring("'" + row.text + "'"));
    CHECK_THAT(parsed.failure().message(), ContainsSubstring(row.complaint));
  }
}

std::string complaint(std::string const& text) {
  auto const parsed = Endpoint::parse(text);
  return parsed ? "" : parsed.failure().message();
}

TEST_CASE("Each setting of TLS reaches the member that it stands for", "[endpoint][tls]") {
  std::string const pin(64, 'a'), other(64, 'B');
  auto parsed = Endpoint::parse(
      "tls://:1?cacert=ca&cert=c&key=k&servername=a.example&alpn=h2,http/1.1&client-ca=cc&insecure"
      "&pin=" +
      pin + "&pin=" + other + "&alpn=x");
  REQUIRE(parsed);
  TlsOptions expected;
  expected.trusted_file = "ca";
  expected.certificate_file = "c";
  expected.key_file = "k";
  expected.pins = {pin, other};
  expected.server_name = "a.example";
  expected.alpn = {"h2", "http/1.1", "x"};
  expected.client_trusted_file = "cc";
  expected.insecure = true;
  CHECK(parsed->tls == expected);
}

TEST_CASE("A plus in a setting is a plus, and what is encoded is decoded", "[endpoint][tls]") {
  auto parsed = Endpoint::parse("tls://:1?cert=/c++/a+b.pem&key=a%2Bb%26c%20d");
  REQUIRE(parsed);
  CHECK(parsed->tls->certificate_file == "/c++/a+b.pem");
  CHECK(parsed->tls->key_file == "a+b&c d");
}

TEST_CASE("A setting of TLS with a bad value is refused", "[endpoint][tls]") {
  for (auto const* key : {"cacert", "cert", "key", "client-ca"}) {
    CHECK_THAT(complaint("tls://:1?" + std::string(key) + "="),
               ContainsSubstring(std::string(key) + ": the value is empty"));
    CHECK_THAT(complaint("tls://:1?" + std::string(key) + "=a%00b"), ContainsSubstring("NUL"));
  }
  for (auto const& list : {std::string(), std::string("h2,"), std::string(",h2"),
                           std::string("h2,,x"), std::string(256, 'x')})
    CHECK_THAT(complaint("tls://:1?alpn=" + list), ContainsSubstring("it has 1 to 255 bytes"));
  CHECK(complaint("tls://:1?alpn=" + std::string(255, 'x')) == "");
  CHECK_THAT(complaint("tls://:1?pin=abc"), ContainsSubstring("it has 64 hex digits"));
  CHECK_THAT(complaint("tls://:1?insecure=yes"), ContainsSubstring("insecure: it takes no value"));
  CHECK_THAT(complaint("tls://:1?key=a&key=b"), ContainsSubstring("key is given twice"));
  CHECK_THAT(complaint("tls://:1?keys=a"),
             ContainsSubstring("there is no setting 'keys'; there are: backlog, cacert, cert, key, "
                               "pin, servername, alpn, client-ca, insecure"));
  CHECK_THAT(complaint("tcp://:1?cert=a"),
             ContainsSubstring("there is no setting 'cert'; there is: backlog"));
}

TEST_CASE("A server name is a host name or an address", "[endpoint][tls]") {
  auto const label = std::string(63, 'a');
  auto const longest = label + "." + label + "." + label + "." + label.substr(0, 61);
  for (auto const& name : {std::string("localhost"), std::string("a.example."),
                           std::string("xn--bcher-kva.example"), std::string("_a._b.example"),
                           std::string("127.0.0.1"), std::string("::1"), longest, longest + "."}) {
    INFO(name);
    CHECK(complaint("tls://:1?servername=" + name) == "");
  }
  for (auto const& name :
       {std::string(), std::string("."), std::string(".example"), std::string("a..example"),
        std::string("a.example.."), label + "a.example", longest + "a", std::string("a%20b"),
        std::string("a%00.example"), std::string("a.example:443"), std::string("*.example")}) {
    INFO(name);
    CHECK_THAT(complaint("tls://:1?servername=" + name), ContainsSubstring("is no host name"));
  }
  CHECK_THAT(complaint("tls://:1?servername=b%C3%BCcher.example"),
             ContainsSubstring("write it in its xn-- form"));
}

TEST_CASE("A host and a port as two words need no brackets", "[endpoint]") {
  struct Row {
    char const* host;
    char const* port;
    Endpoint endpoint;
  };
  for (auto const& row : std::vector<Row>{
           {"localhost", "9000", Endpoint::tcp("localhost", 9000)},
           {"::1", "9000", Endpoint::tcp("::1", 9000)},
           {"[::1]", "9000", Endpoint::tcp("::1", 9000)},
           {"example.com", "http", Endpoint::tcp("example.com", 80)},
       }) {
    INFO(row.host << ' ' << row.port);
    auto parsed = Endpoint::parse(row.host, row.port);
    REQUIRE(parsed);
    CHECK(*parsed == row.endpoint);
  }
}

TEST_CASE("Two words are complained about one by one", "[endpoint]") {
  auto const no_port = Endpoint::parse("localhost", "never-heard-of-it");
  REQUIRE_FALSE(no_port);
  CHECK_THAT(no_port.failure().message(), ContainsSubstring("'never-heard-of-it' is no port"));
  CHECK_THAT(no_port.failure().message(), ContainsSubstring("use 0 to 65535"));
  auto const no_host = Endpoint::parse("", "80");
  REQUIRE_FALSE(no_host);
  CHECK_THAT(no_host.failure().message(), ContainsSubstring("the host is missing"));
  auto const blank = Endpoint::parse(" localhost", "80");
  REQUIRE_FALSE(blank);
  CHECK(blank.failure().message() == "' localhost' is no host, for it has a blank");
}

}  // namespace
