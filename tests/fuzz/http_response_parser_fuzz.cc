// Whole and split, a response tells the same story, ends at the same place and keeps to its limits.
//
// Input: method, split, whether the peer ends; then what it sends.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "protocols/http_response_parser.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

// Small, so that they are met.
constexpr HttpLimits limits{.line = 64, .heads = 256, .fields = 8, .trailers = 64};

struct Story : HttpResponseReceiver {
  void head_received(HttpHead head) override {
    require(!done && !final, "no head behind a final one");
    final = head.status / 100 != 1 || head.status == 101;
    heads += head.text.size();
    fields += head.fields.size();
    require(heads <= limits.heads && fields <= limits.fields, "heads keep to the limits");
    events += std::to_string(head.version) + " " + std::to_string(head.status) + head.reason + "\n";
    tell(head.fields);
  }
  void body_received(Bytes data) override {
    require(final && !done && !data.empty(), "a body is between head and end");
    body += text(data);
  }
  void trailer_received(HttpFields trailer) override {
    require(final && !done, "a trailer is before the end");
    tell(trailer);
  }
  void response_done() override {
    require(final && !done, "one end");
    done = true;
  }
  void tell(HttpFields const& told) {
    for (auto const& [name, value] : told) {
      auto const line = name + ":" + value;
      require(line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos, "fields are clean");
      events += line + "\n";
    }
  }

  std::string events;
  std::string body;
  std::size_t heads = 0;
  std::size_t fields = 0;
  bool final = false;
  bool done = false;
};

struct Outcome {
  std::string events;
  std::string body;
  std::error_code error;
  std::size_t used = 0;
  bool done = false;
  bool keep_alive = false;
  std::optional<std::uint64_t> length;

  bool operator==(Outcome const&) const = default;
};

Outcome receive(std::string_view method, std::string_view stream, std::size_t split, bool eof) {
  Story story;
  HttpResponseParser parser(story, limits);
  parser.expect(method);
  Outcome outcome;
  while (!parser.done() && !outcome.error && outcome.used < stream.size()) {
    auto const piece = stream.substr(outcome.used, split);
    auto const used = parser.put(bytes(piece));
    if (!used) outcome.error = used.failure().code();
    if (!used) break;
    require(*used <= piece.size(), "it takes no more than it got");
    require(parser.done() || *used == piece.size(), "it takes everything up to the end");
    outcome.used += *used;
  }
  if (!outcome.error && eof)
    if (auto const ended = parser.put_eof(); !ended) outcome.error = ended.failure().code();
  require(story.done == parser.done(), "the end is told");
  outcome.events = story.events;
  outcome.body = story.body;
  outcome.done = parser.done();
  if (outcome.error) outcome.used = 0;
  if (outcome.done) {
    outcome.keep_alive = parser.keep_alive();
    outcome.length = parser.content_length();
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  constexpr std::string_view methods[] = {"GET", "HEAD", "CONNECT"};
  Input input(data, size);
  auto const method = methods[input.number() % std::size(methods)];
  auto const split = 1 + input.number();
  auto const eof = input.number() % 2 == 1;
  auto const whole = receive(method, input.rest(), std::string_view::npos, eof);
  require(receive(method, input.rest(), 1, eof) == whole, "byte by byte it is the same");
  require(receive(method, input.rest(), split, eof) == whole, "in pieces it is the same");
  return 0;
}
