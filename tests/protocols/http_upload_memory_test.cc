// Each allocation of an upload fails in turn: it is told, or all of the body was sent.
#include <new>
#include <optional>

#include "protocols/http_client.h"
#include "protocols/http_form.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/reactor/support/fail_allocation.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Answer : HttpResponseReceiver {
  void head_received(HttpHead) override {}
  void body_received(Bytes) override {}
  void response_done() override {}
};

struct Upload {
  Upload() {
    auto protocol = std::make_unique<HttpClient>();
    client = protocol.get();
    wire.connect(std::move(protocol));
  }
  // Throws std::bad_alloc where the caller is told so.
  void run(HttpRequest const& request) {
    waiting = client->request(request, answer).add_both([this](Result<void> result) {
      done = static_cast<bool>(result);
    });
    while (wire.busy()) wire.turn();
    if (!wire.lost()) wire.deliver("HTTP/1.1 204 No Content\r\n\r\n");
    while (wire.busy()) wire.turn();
  }
  FakeTransport wire;
  HttpClient* client;
  Answer answer;
  Deferred<void> waiting = succeed();
  std::optional<bool> done;
};

TEST_CASE("An upload that runs out of memory says so", "[http][upload][memory]") {
  std::string const content(3 * HttpBody::piece_size, 'x');
  auto told = 0;
  for (long number = 1;; ++number) {
    Upload upload;
    HttpRequest const request{.method = "PUT",
                              .fields = {{"Transfer-Encoding", "chunked"}},
                              .body = sequence_body({memory_body("a"), memory_body(content)})};
    auto threw = false;
    auto failed = false;
    {
      FailAllocations const failing(number);
      try {
        upload.run(request);
      } catch (std::bad_alloc const&) {
        threw = true;
      }
      failed = failing.failed();
    }
    if (upload.done == true)
      CHECK(upload.wire.written().ends_with("\r\n0\r\n\r\n"));
    else
      CHECK((threw || upload.done == false));
    if (!failed) {
      CHECK(upload.done == true);
      break;
    }
    ++told;
  }
  CHECK(told > 5);
}

TEST_CASE("A form that runs out of memory throws", "[http][form][memory]") {
  auto const part = parse_form("a=b;type=x/y").value();
  for (auto [number, failed] = std::pair{1L, true}; failed; ++number) {
    auto made = false;
    auto threw = false;
    {
      FailAllocations const failing(number);
      try {
        made = static_cast<bool>(make_form({part}));
      } catch (std::bad_alloc const&) {
        threw = true;
      }
      failed = failing.failed();
    }
    CHECK(made != threw);
    CHECK(threw == failed);
  }
}

}  // namespace
