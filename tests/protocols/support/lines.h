// A LineReceiver for tests: does what the test says and keeps what happened, in order.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocols/line_receiver.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/protocols/support/splits.h"

namespace twx::test {

using Events = std::vector<std::string>;

// "hello" for a line, "raw:..." for raw data (in one piece where it came in several after each
// other), "exceeded", "eof", "lost".
class Lines final : public LineReceiver {
 public:
  using Transport = twx::Transport;

  std::function<void(std::string_view)> on_line;
  std::function<void(Bytes)> on_raw;
  std::function<void(std::string_view)> on_exceeded;  // instead of closing
  Events events;
  std::string rest;     // of the last line_length_exceeded
  bool nested = false;  // a callback ran inside another or inside calling()

  Transport& wire() const { return transport(); }
  // Calls as a user outside of any callback would.
  void calling(std::function<void()> const& call) {
    Depth const depth(*this);
    call();
  }

  void line_received(std::string_view line) override {
    Depth const depth(*this);
    events.emplace_back(line);
    if (on_line) on_line(line);
  }
  void raw_data_received(Bytes data) override {
    Depth const depth(*this);
    if (!events.empty() && events.back().starts_with("raw:"))
      events.back() += text(data);
    else
      events.push_back("raw:" + std::string(text(data)));
    if (on_raw) on_raw(data);
  }
  void line_length_exceeded(std::string_view line) override {
    Depth const depth(*this);
    events.emplace_back("exceeded");
    rest = line;
    on_exceeded ? on_exceeded(line) : LineReceiver::line_length_exceeded(line);
  }
  void eof_received() override {
    events.emplace_back("eof");
    LineReceiver::eof_received();
  }
  void connection_lost(Failure const&) override { events.emplace_back("lost"); }

 private:
  struct Depth {
    explicit Depth(Lines& owner) : lines(owner) {
      if (lines.depth_++ > 0) lines.nested = true;
    }
    ~Depth() { --lines.depth_; }
    Depth(Depth const&) = delete;
    Depth& operator=(Depth const&) = delete;
    Lines& lines;
  };
  int depth_ = 0;
};

struct LinesFixture {
  LinesFixture() { wire.connect(lines); }
  void deliver(Pieces const& pieces) {
    for (auto const piece : pieces) wire.deliver(piece);
  }

  Lines lines;
  FakeTransport wire;
};

// What comes of `stream` however it is split; throws if that depends on it. `prepare` is called
// first with each receiver.
inline Events events_of(std::string_view stream, std::function<void(Lines&)> const& prepare = {}) {
  Events expected;
  for (auto const& pieces : splits(stream)) {
    LinesFixture f;
    if (prepare) prepare(f.lines);
    f.deliver(pieces);
    f.wire.turn();
    if (expected.empty()) expected = f.lines.events;
    if (f.lines.events != expected || f.lines.nested)
      throw std::logic_error("it depends on how the stream is split");
  }
  return expected;
}

}  // namespace twx::test
