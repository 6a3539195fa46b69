// Whole and split, a response tells the same story, ends at the same place and keeps to its limits.
//
// Input: method and leniency, split, whether the peer ends; then what it sends.
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
    bare = head.version == 9;
    events += std::to_string(head.version) + " " + std::to_string(head.status) + head.reason + "\n";
    tell(head.fields);
  }
  void body_received(Bytes data) override {
    require(final && !done && !data.empty(), "a body is between head and end");
    body += text(data);
  }
  void trailer_received(HttpFields const& trailer) override {
    require(final && !done && !raw, "a trailer is before the end");
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

  bool raw = false;
  std::string events;
  std::string body;
  std::size_t heads = 0;
  std::size_t fields = 0;
  bool final = false;
  bool bare = false;
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
  std::string codings;

  bool operator==(Outcome const&) const = default;
};

struct Asked {
  std::string_view method;
  HttpLeniency leniency;
};

// Three methods; then a bit for each leniency.
Asked asked(std::size_t number) {
  constexpr std::string_view methods[] = {"GET", "HEAD", "CONNECT"};
  auto const bits = number / std::size(methods);
  return {methods[number % std::size(methods)],
          {.http09 = (bits & 1) != 0,
           .ignore_length = (bits & 2) != 0,
           .raw = (bits & 4) != 0,
           .transfer_codings = (bits & 8) != 0}};
}

Outcome receive(Asked const& asked, std::string_view stream, std::size_t split, bool eof) {
  auto const& lenient = asked.leniency;
  Story story;
  story.raw = lenient.raw;
  HttpResponseParser parser(story, limits);
  parser.expect(asked.method, lenient);
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
  outcome.codings = parser.transfer_codings();
  require(!story.bare || lenient.http09, "a head");
  require(!story.bare || story.body == stream, "without a head everything is the body");
  require(outcome.codings.empty() || (lenient.transfer_codings && !lenient.raw), "no codings");
  require(!lenient.ignore_length || !parser.content_length(), "no length");
  require(!lenient.raw || story.body.empty() || stream.find(story.body) != stream.npos,
          "a raw body is as it came");
  if (outcome.error) outcome.used = 0;
  if (outcome.done) {
    outcome.keep_alive = parser.keep_alive();
    outcome.length = parser.content_length();
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Input input(data, size);
  auto const how = asked(input.number());
  auto const split = 1 + input.number();
  auto const eof = input.number() % 2 == 1;
  auto const whole = receive(how, input.rest(), std::string_view::npos, eof);
  require(receive(how, input.rest(), 1, eof) == whole, "byte by byte it is the same");
  require(receive(how, input.rest(), split, eof) == whole, "in pieces it is the same");
  return 0;
}
