// Large bodies over real sockets, to a server that reads slowly or not at all.
#include <fstream>

#include "protocols/http_client.h"
#include "reactor/client_creator.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

constexpr std::size_t size = 8 * 1024 * 1024 + 3;

struct Answer : HttpResponseReceiver {
  void head_received(HttpHead received) override { status = received.status; }
  void body_received(Bytes) override {}
  void response_done() override {}
  int status = 0;
};

// Pauses after each reading, for a turn.
struct Slow : Protocol {
  explicit Slow(Reactor& reactor_of, std::string& all, bool refusing)
      : reactor(reactor_of), received(all), refuses(refusing) {}

  void data_received(Bytes data) override {
    received += text(data);
    if (refuses) {
      transport().pause_producing();
      transport().write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    if (received.size() >= size && received.ends_with("END\r\n0\r\n\r\n"))
      return transport().write("HTTP/1.1 204 No Content\r\n\r\n");
    transport().pause_producing();
    later = reactor.call_later(Duration::zero(), [this] { transport().resume_producing(); });
  }

  Reactor& reactor;
  std::string& received;
  bool refuses;
  DelayedCall later;
};

struct Site {
  explicit Site(bool refusing = false) {
    auto factory = make_factory(
        [this, refusing] { return std::make_unique<Slow>(*reactor, received, refusing); });
    port = reactor->listen_tcp(0, std::move(factory), {}, "127.0.0.1").value()->host().port();
    std::ofstream(directory.path("file"), std::ios::binary) << std::string(size - 3, 'x') << "END";
  }
  Deferred<void> put() {
    client = co_await connect_protocol(*reactor, Endpoint::tcp("127.0.0.1", port),
                                       std::make_unique<HttpClient>());
    HttpRequest const request{.method = "PUT",
                              .fields = {{"Transfer-Encoding", "chunked"}},
                              .body = file_body(directory.path("file")).value()};
    co_await client->request(request, answer);
    complete = client->body_complete();
    co_await client->close();
    done = true;
  }

  ScratchDirectory directory;
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::string received;
  std::uint16_t port = 0;
  HttpClient* client = nullptr;
  Answer answer;
  bool complete = false;
  bool done = false;
};

TEST_CASE("A large file goes to a server that reads slowly", "[http][upload]") {
  Site f;
  auto const waiting = f.put();
  REQUIRE(run_until(*f.reactor, [&] { return f.done; }));
  CHECK(f.answer.status == 204);
  CHECK(f.complete);
  CHECK(f.client);
  CHECK(f.received.size() > size);
}

TEST_CASE("A server that refuses and reads no more ends the upload", "[http][upload]") {
  Site f(true);
  auto const waiting = f.put();
  REQUIRE(run_until(*f.reactor, [&] { return f.done; }));
  CHECK(f.answer.status == 413);
  CHECK_FALSE(f.complete);
  CHECK(f.received.size() < size);
}

}  // namespace
