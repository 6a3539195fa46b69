#include "protocols/http_tunnel.h"

#include <memory>
#include <string>
#include <vector>

#include "protocols/proxy_error.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

HttpRequest const request{.method = "CONNECT",
                          .target = "example.org:443",
                          .fields = {{"Host", "example.org:443"}}};

struct Tunnel {
  // "done" and what was not taken, or the failure.
  std::string put(std::string_view answer, std::size_t piece = std::string_view::npos) {
    while (!answer.empty() && !tunnel->done()) {
      auto const used = tunnel->put(bytes(answer.substr(0, piece)));
      if (!used) {
        code = used.failure().code();
        return used.failure().message();
      }
      answer.remove_prefix(*used);
    }
    return tunnel->done() ? "done " + std::string(answer) : "more";
  }
  std::vector<int> statuses;
  std::error_code code;
  std::unique_ptr<HttpTunnel> tunnel = HttpTunnel::begin(request, [this](HttpHead const& head) {
                                         statuses.push_back(head.status);
                                       }).value();
};

// Whole and byte by byte.
std::string answered(std::string_view answer, std::vector<int> const& statuses = {}) {
  Tunnel whole;
  Tunnel split;
  auto const result = whole.put(answer);
  CHECK(split.put(answer, 1) == result);
  CHECK(whole.statuses == split.statuses);
  if (!statuses.empty()) CHECK(whole.statuses == statuses);
  if (whole.code) CHECK(whole.code == ProxyError::tunnel);
  return result;
}

TEST_CASE("CONNECT is sent once", "[http][proxy]") {
  Tunnel f;
  CHECK(f.tunnel->take_output() ==
        "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n");
  CHECK(f.tunnel->take_output().empty());
}

TEST_CASE("Any 2xx opens the tunnel, at the end of its head", "[http][proxy]") {
  CHECK(answered("HTTP/1.1 200 OK\r\n\r\nabc", {200}) == "done abc");
  CHECK(answered("HTTP/1.0 299 Fine\r\nVia: x\r\n\r\n", {299}) == "done ");
  CHECK(answered("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", {100, 200}) == "done ");
}

TEST_CASE("A length in the answer that opens a tunnel means nothing", "[http][proxy]") {
  CHECK(answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde") == "done abcde");
  CHECK(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n") == "done 5\r\n");
}

TEST_CASE("Any other status refuses, with or without a body", "[http][proxy]") {
  CHECK(answered("HTTP/1.1 407 No\r\nContent-Length: 9\r\n\r\n", {407}) ==
        "CONNECT tunnel failed, response 407");
  CHECK(answered("HTTP/1.1 502 Bad Gateway\r\n\r\n") == "CONNECT tunnel failed, response 502");
  CHECK(answered("HTTP/1.1 101 Switching\r\n\r\n") == "CONNECT tunnel failed, response 101");
  CHECK(answered("HTTP/1.1 302 Found\r\nLocation: http://other/\r\n\r\n") ==
        "CONNECT tunnel failed, response 302");
}

TEST_CASE("A broken answer is refused, and an endless one", "[http][proxy]") {
  CHECK(answered("SSH-2.0-x\r\n").starts_with("CONNECT tunnel failed, The answer is not"));
  CHECK(answered("HTTP/1.1 200 OK\r\na b: c\r\n\r\n").starts_with("CONNECT tunnel failed, "));
  CHECK(answered("HTTP/1.1 200 OK\r\nA: " + std::string(400 * 1024, 'a'))
            .starts_with("CONNECT tunnel failed, The head"));
  CHECK(Tunnel().tunnel->ended().code() == ProxyError::tunnel);
}

TEST_CASE("What cannot be sent is not", "[http][proxy][fetch14]") {
  CHECK_FALSE(HttpTunnel::begin({.method = "CONNECT", .target = "a b:1"}));
  CHECK_FALSE(
      HttpTunnel::begin({.method = "CONNECT", .target = "a:1", .fields = {{"A", "b\r\nC: d"}}}));
}

}  // namespace
