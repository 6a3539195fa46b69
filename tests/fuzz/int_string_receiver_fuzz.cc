// Whatever the split and the pauses, the same strings come, then the same refusal, and never more
// is kept than the longest of them.
//
// Input: size of the prefix, greatest length, split, every how many strings to pause; then the
// stream.
#include <string>
#include <string_view>
#include <vector>

#include "protocols/int_string_receiver.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

struct Outcome {
  std::vector<std::string> strings;
  std::size_t refused = 0;  // the length that was
  bool operator==(Outcome const&) const = default;
};

// The plain way, on the whole stream.
Outcome expected(std::string_view stream, std::size_t prefix, std::size_t max_length) {
  Outcome outcome;
  while (stream.size() >= prefix) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < prefix; ++i)
      length = length * 256 + static_cast<unsigned char>(stream[i]);
    if (length > max_length) {
      outcome.refused = length;
      break;
    }
    if (stream.size() < prefix + length) break;
    outcome.strings.emplace_back(stream.substr(prefix, length));
    stream.remove_prefix(prefix + length);
  }
  return outcome;
}

template <class Base>
class Recording final : public Base {
 public:
  explicit Recording(std::size_t max_length, std::size_t pause_every) : pause_every_(pause_every) {
    this->set_max_length(max_length);
  }
  void string_received(std::string_view string) override {
    outcome.strings.emplace_back(string);
    if (pause_every_ > 0 && outcome.strings.size() % pause_every_ == 0)
      this->transport().pause_producing();
  }
  void length_limit_exceeded(std::size_t length) override {
    require(outcome.refused == 0, "one refusal");
    outcome.refused = length;
    if (pause_every_ % 2 == 0) Base::length_limit_exceeded(length);
  }
  std::size_t kept() const { return this->buffer_.kept().size(); }

  Outcome outcome;

 private:
  std::size_t const pause_every_;
};

template <class Receiver>
void run(std::size_t prefix, Input& input) {
  auto const max_length = input.number();
  auto const split = input.number();
  Recording<Receiver> receiver(max_length, input.number());
  FakeTransport wire;
  wire.connect(receiver);
  deliver(wire, input.rest(), split, [&] {
    settle(wire);
    require(receiver.kept() <= std::max(prefix, max_length), "memory is bounded");
  });
  require(receiver.outcome == expected(input.rest(), prefix, max_length),
          "the strings are the expected ones");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Input input(data, size);
  switch (input.number() % 3) {
    case 0: run<Int8StringReceiver>(1, input); break;
    case 1: run<Int16StringReceiver>(2, input); break;
    default: run<Int32StringReceiver>(4, input); break;
  }
  return 0;
}
