#include "cli/foreign_endpoint.h"

#include "reactor/endpoint.h"
#include "tests/support/catch.h"

namespace {

using twx::foreign_endpoint;

// What is said behind "'TEXT' is no endpoint: ".
std::string told(std::string const& text, bool serving = false) {
  auto const message = foreign_endpoint(text, serving);
  auto const begin = "'" + text + "' is no endpoint: ";
  CHECK((message.empty() || message.starts_with(begin)));
  return message.empty() ? "" : message.substr(begin.size());
}

}  // namespace

TEST_CASE("socat's addresses are told in our spelling", "[cli]") {
  struct Row {
    char const* text;
    char const* ours;
  };
  for (auto const& [text, ours] : std::vector<Row>{
           {"TCP:localhost:80", "tcp://localhost:80"},
           {"tcp4:localhost:80,crnl", "tcp://localhost:80"},
           {"TCP:[::1]:80", "tcp://[::1]:80"},
           {"UDP:localhost:53", "udp://localhost:53"},
           {"OPENSSL:localhost:443,verify=0", "tls://localhost:443"},
           {"UNIX-CONNECT:/run/x", "unix:///run/x"},
           {"UNIX:/run/x", "unix:///run/x"},
           {"ABSTRACT-CONNECT:x", "unix:@x"},
       }) {
    INFO(text);
    CHECK(told(text) == "write " + std::string(ours));
    CHECK(twx::Endpoint::parse(ours));
    CHECK(foreign_endpoint(ours, false).empty());
  }
  CHECK(told("TCP-LISTEN:9000,reuseaddr,fork", true) == "write tcp://:9000");
  CHECK(told("OPENSSL-LISTEN:9443,cert=a.pem", true) == "write tls://:9443");
  CHECK(told("UNIX-LISTEN:/run/x,fork", true) == "write unix:///run/x");
  CHECK(told("TCP-LISTEN:9000") == "servers are 'twx serve NAME ENDPOINT'");
}

TEST_CASE("what socat takes for no place on a network is told so", "[cli]") {
  for (auto const* text : {"EXEC:/bin/sh", "system:date,pty", "shell:ls"})
    CHECK_THAT(told(text), Catch::Matchers::ContainsSubstring("no programs are started"));
  CHECK_THAT(told("-"), Catch::Matchers::ContainsSubstring("standard input and output"));
  CHECK_THAT(told("FILE:/etc/passwd"), Catch::Matchers::ContainsSubstring("<FILE"));
}

TEST_CASE("Twisted's descriptions are told in our spelling", "[cli]") {
  CHECK(told("tcp:9000", true) == "write tcp://:9000");
  CHECK(told("tcp:9000:interface=127.0.0.1", true) == "write tcp://:9000");
  CHECK(told("ssl:9443:privateKey=a.key:certKey=a.pem", true) == "write tls://:9443");
  CHECK(told("tcp:localhost:9000") == "write tcp://localhost:9000");
}

TEST_CASE("URLs are told from endpoints", "[cli]") {
  CHECK(told("http://localhost/x") ==
        "that is a URL, for 'twx fetch'; write HOST PORT or HOST:PORT");
  CHECK(told("HTTPS://localhost") == told("http://localhost"));
  CHECK(told("http://:80", true) == "that is a URL; write 9000 or host:9000");
  CHECK(told("irc://irc.example/chan") == "write tcp://irc.example:PORT");
  CHECK(told("ircs://irc.example:6697") == "write tls://irc.example:6697");
  CHECK(told("ssl://localhost:443") == "write tls://localhost:443");
  CHECK(told("TCP://localhost:80") == "write tcp://localhost:80");
  CHECK(told("tcp:/localhost:80") == "write tcp://localhost:80");
}

TEST_CASE("what may be an endpoint, or a host and a port, is left alone", "[cli]") {
  for (auto const* text : {"",
                           "9000",
                           ":9000",
                           "localhost:9000",
                           "[::1]:9000",
                           "*:9000",
                           "/run/x",
                           "./x",
                           "@x",
                           "tcp://:9000",
                           "tls://host:1?cert=a=b",
                           "udp://host:1",
                           "unix:///x",
                           "unix:/x",
                           "unix:@x",
                           "unix-dgram:/x",
                           "fd:3",
                           "irc:6667",
                           "shell:514",
                           "shell",
                           "file",
                           "exec:",
                           "file:80",
                           "localhost",
                           "tcp",
                           "ftp://x"}) {
    INFO(text);
    CHECK(foreign_endpoint(text, false).empty());
    CHECK(foreign_endpoint(text, true).empty());
  }
}
