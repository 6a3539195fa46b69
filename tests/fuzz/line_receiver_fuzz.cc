// Whatever the split and the pauses, the same lines and raw data come as a plain search finds, and
// never more than one line of the greatest length is kept.
//
// Input: delimiter, greatest length, split, every how many lines to pause; then the stream. A line
// "R." is followed by raw data, one byte and as many more as the second byte says.
#include <string>
#include <string_view>
#include <vector>

#include "protocols/line_receiver.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

struct Framing {
  std::string_view delimiter;
  bool any = false;
  std::size_t max_length = 0;
};

Framing framing(Input& input) {
  constexpr Framing all[] = {{"\r\n"}, {"\n"}, {"\n", true}, {"aab"}, {"abab"}, {";"}};
  auto chosen = all[input.number() % std::size(all)];
  chosen.max_length = input.number();
  return chosen;
}

// Of the stretch behind a line; 0: none follows.
std::size_t raw_size(std::string_view line) {
  if (line.size() < 2 || line[0] != 'R') return 0;
  return 1 + static_cast<unsigned char>(line[1]) % 64;
}

using Events = std::vector<std::string>;

void add_raw(Events& events, std::string_view data) {
  if (!events.back().starts_with("raw:")) events.emplace_back("raw:");
  events.back() += data;
}

// The plain way.
Events expected(Framing const& framing, std::string_view stream) {
  Events events;
  auto const limit = framing.max_length + framing.delimiter.size() + (framing.any ? 1 : 0);
  for (;;) {
    auto const end = stream.substr(0, limit).find(framing.delimiter);
    auto line = stream.substr(0, end);
    if (framing.any && end != line.npos && line.ends_with('\r')) line.remove_suffix(1);
    auto const too_long =
        end == line.npos ? stream.size() >= limit : line.size() > framing.max_length;
    if (too_long) events.emplace_back("exceeded");
    if (too_long || end == line.npos) return events;
    events.push_back("line:" + std::string(line));
    stream.remove_prefix(end + framing.delimiter.size());
    if (auto const size = raw_size(line)) {
      auto const data = stream.substr(0, size);
      if (!data.empty()) add_raw(events, data);
      if (data.size() < size) return events;
      stream.remove_prefix(size);
    }
  }
}

class Recording final : public LineReceiver {
 public:
  explicit Recording(Framing const& framing, std::size_t pause_every) : pause_every_(pause_every) {
    framing.any ? set_line_end(LineEnd::any) : set_delimiter(std::string(framing.delimiter));
    set_max_length(framing.max_length);
  }
  void line_received(std::string_view line) override {
    events.push_back("line:" + std::string(line));
    raw_left_ = raw_size(line);
    if (raw_left_ > 0) set_raw_mode();
    if (pause_every_ > 0 && events.size() % pause_every_ == 0) transport().pause_producing();
  }
  void raw_data_received(Bytes data) override {
    auto const here = std::min(raw_left_, data.size());
    add_raw(events, text(data.first(here)));
    raw_left_ -= here;
    if (raw_left_ == 0) set_line_mode(text(data.subspan(here)));
  }
  void line_length_exceeded(std::string_view rest) override {
    require(rest.size() > max_length(), "the rest holds the overlong line");
    events.emplace_back("exceeded");
    LineReceiver::line_length_exceeded(rest);
  }
  std::size_t kept() const { return buffer_.kept().size(); }

  Events events;

 private:
  std::size_t const pause_every_;
  std::size_t raw_left_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Input input(data, size);
  auto const chosen = framing(input);
  auto const split = input.number();
  Recording receiver(chosen, input.number());
  FakeTransport wire;
  wire.connect(receiver);
  deliver(wire, input.rest(), split, [&] {
    settle(wire);
    require(receiver.kept() <= chosen.max_length + chosen.delimiter.size(), "memory is bounded");
  });
  require(receiver.events == expected(chosen, input.rest()), "the events are the expected ones");
  return 0;
}
