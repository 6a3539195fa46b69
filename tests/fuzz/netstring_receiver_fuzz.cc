// Whatever the split and the pauses, the same netstrings come, then the same refusal, and never
// more is kept than the longest of them.
//
// Input: greatest length, split, every how many strings to pause; then the stream.
#include <string>
#include <string_view>
#include <vector>

#include "protocols/netstring_receiver.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

struct Outcome {
  std::vector<std::string> strings;
  bool broken = false;
  bool operator==(Outcome const&) const = default;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The plain way, on the whole stream.
Outcome expected(std::string_view stream, std::size_t max_length) {
  Outcome outcome;
  while (!stream.empty()) {
    std::size_t digits = 0;
    std::size_t length = 0;
    for (; digits < stream.size() && is_digit(stream[digits]) && digits < 10; ++digits)
      length = length * 10 + static_cast<std::size_t>(stream[digits] - '0');
    outcome.broken = length > max_length || (digits > 1 && stream[0] == '0') ||
                     (digits < stream.size() && (digits == 0 || stream[digits] != ':'));
    if (outcome.broken || digits == stream.size()) return outcome;
    stream.remove_prefix(digits + 1);
    if (stream.size() <= length) return outcome;
    outcome.broken = stream[length] != ',';
    if (outcome.broken) return outcome;
    outcome.strings.emplace_back(stream.substr(0, length));
    stream.remove_prefix(length + 1);
  }
  return outcome;
}

class Recording final : public NetstringReceiver {
 public:
  explicit Recording(std::size_t max_length, std::size_t pause_every) : pause_every_(pause_every) {
    set_max_length(max_length);
  }
  void string_received(std::string_view string) override {
    strings.emplace_back(string);
    if (pause_every_ > 0 && strings.size() % pause_every_ == 0) transport().pause_producing();
  }
  std::size_t kept() const { return buffer_.kept().size(); }

  std::vector<std::string> strings;

 private:
  std::size_t const pause_every_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Input input(data, size);
  auto const max_length = input.number();
  auto const split = input.number();
  Recording receiver(max_length, input.number());
  FakeTransport wire;
  wire.connect(receiver);
  deliver(wire, input.rest(), split, [&] {
    settle(wire);
    require(receiver.kept() <= max_length, "memory is bounded");
  });
  Outcome const outcome{receiver.strings, receiver.broken_peer()};
  require(outcome == expected(input.rest(), max_length), "the strings are the expected ones");
  require(wire.lost() == receiver.broken_peer(), "a broken peer loses the connection");
  return 0;
}
