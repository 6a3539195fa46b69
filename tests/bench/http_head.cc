// What it costs to read the head of a response and the URL before it, and the least that could do
// that work: lines cut at their ends and colons, parts copied, nothing checked.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "counted.h"
#include "protocols/http_response_parser.h"
#include "protocols/http_url.h"

namespace {

using bench::cost;
using bench::opaque;

constexpr std::size_t batch = 10'000;

// As nginx answers for a file.
constexpr std::string_view head =
    "HTTP/1.1 200 OK\r\n"
    "Server: nginx/1.22.1\r\n"
    "Date: Sat, 21 Nov 2026 22:30:33 GMT\r\n"
    "Content-Type: application/octet-stream\r\n"
    "Content-Length: 0\r\n"
    "Last-Modified: Sat, 21 Nov 2026 22:10:27 GMT\r\n"
    "Connection: keep-alive\r\n"
    "ETag: \"6b0216d3-400\"\r\n"
    "Accept-Ranges: bytes\r\n"
    "\r\n";
constexpr std::string_view url = "http://127.0.0.1:8099/page";

struct Receiver final : twx::HttpResponseReceiver {
  void head_received(twx::HttpHead received) override { fields += received.fields.size(); }
  void body_received(twx::Bytes) override {}
  void response_done() override {}

  std::size_t fields = 0;
};

void head_by_hand() {
  std::vector<std::pair<std::string, std::string>> fields;
  auto rest = head;
  opaque(&rest);
  rest.remove_prefix(rest.find('\n') + 1);
  while (rest.front() != '\r') {
    auto const line = rest.substr(0, rest.find('\r'));
    auto const colon = line.find(':');
    fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    rest.remove_prefix(line.size() + 2);
  }
  opaque(&fields);
}

void url_by_hand() {
  auto text = url;
  opaque(&text);
  auto const host = text.find("://") + 3;
  auto const port = text.find(':', host);
  auto const path = text.find('/', host);
  std::string parts[] = {std::string(text.substr(0, host - 3)),
                         std::string(text.substr(host, port - host)),
                         std::string(text.substr(port + 1, path - port - 1)),
                         std::string(text.substr(path))};
  opaque(&parts);
}

template <class Operation>
void measure(char const* prefix, char const* name, std::size_t batches, Operation operation) {
  auto const found = cost(batches, batch, operation);
  std::printf("%s\"%s ns\": %.1f, \"%s allocations\": %g", prefix, name, found.ns, name,
              found.allocations);
}

void measure_ours(std::size_t batches) {
  Receiver receiver;
  twx::HttpResponseParser parser(receiver);
  measure("{", "head", batches, [&] {
    parser.expect("GET");
    if (!parser.put(twx::bytes(head)) || !parser.done()) std::abort();
  });
  measure(", ", "URL", batches, [] {
    auto parsed = twx::HttpUrl::parse(url);
    opaque(&parsed);
  });
}

}  // namespace

// http_head twx|by_hand BATCHES
int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto const batches = static_cast<std::size_t>(std::atoi(argv[2]));
  if (std::string_view(argv[1]) == "by_hand") {
    measure("{", "head", batches, head_by_hand);
    measure(", ", "URL", batches, url_by_hand);
  } else {
    measure_ours(batches);
  }
  std::puts("}");
}
