// A client of HTTP on a fake transport, and what becomes of one request.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "protocols/http_client.h"
#include "reactor/fakes/fake_transport.h"

namespace twx::test {

constexpr auto piece = HttpBody::piece_size;
inline std::string const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

struct Answer : HttpResponseReceiver {
  void head_received(HttpHead received) override { heads.push_back(received.status); }
  void body_received(Bytes data) override { body += text(data); }
  void response_done() override {}
  std::vector<int> heads;
  std::string body;
};

struct Wired {
  Wired() {
    wire.connect(*client);
    wire.turn();
  }
  void put(std::shared_ptr<HttpBody> body, HttpFields fields = {}) {
    ask({.method = "PUT", .fields = std::move(fields), .body = std::move(body)});
  }
  void ask(HttpRequest const& request) {
    outcome.reset();
    waiting = client->request(request, answer).add_both([this](Result<void> result) {
      outcome = result ? "done" : result.failure().message();
      if (!result) code = result.failure().code();
    });
  }
  // What is sent until nothing moves any more, without the head.
  std::string body() {
    for (auto i = 0; i < 100 && wire.busy(); ++i) wire.turn();
    auto const all = wire.take();
    auto const end = all.find("\r\n\r\n");
    return head_seen++ ? all : all.substr(end + 4);
  }
  FakeTransport wire;
  Answer answer;
  Deferred<void> waiting = succeed();
  std::optional<std::string> outcome;
  std::error_code code;
  int head_seen = 0;
  std::unique_ptr<HttpClient> client = std::make_unique<HttpClient>();  // goes first
};

inline HttpFields const chunked{{"Transfer-Encoding", "chunked"}};
inline HttpFields length(std::size_t size) { return {{"Content-Length", std::to_string(size)}}; }

}  // namespace twx::test
