// What fuzz targets have in common: an input is a few bytes that choose, then the stream.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "reactor/ascii.h"
#include "reactor/fakes/fake_transport.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace twx::fuzz {

// What must hold, with a sanitizer or without.
inline void require(bool holds, char const* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

class Input {
 public:
  Input(std::uint8_t const* data, std::size_t size)
      : left_(reinterpret_cast<char const*>(data), size) {}

  // The next byte, 0 at the end.
  std::size_t number() {
    if (left_.empty()) return 0;
    auto const first = static_cast<unsigned char>(left_.front());
    left_.remove_prefix(1);
    return first;
  }
  std::string_view rest() const { return left_; }

 private:
  std::string_view left_;
};

// The next of several texts, with FE between them.
inline std::string_view next_text(std::string_view& rest) { return take_until(rest, '\xfe'); }

// Delivers `stream` as `seed` wants it split: 0 whole, 1 byte by byte. `after` is called after each
// piece.
template <class After>
void deliver(FakeTransport& wire, std::string_view stream, std::size_t seed, After after) {
  std::uint32_t random = static_cast<std::uint32_t>(seed);
  auto const most = seed == 0 ? stream.size() + 1 : 1 + (seed - 1) / 2;
  while (!stream.empty() && !wire.lost()) {
    random = random * 1664525 + 1013904223;
    auto const size = seed == 0 ? stream.size() : 1 + (random >> 16) % most;
    wire.deliver(stream.substr(0, size));
    stream.remove_prefix(std::min(size, stream.size()));
    after();
  }
}

// Ends turns, and pauses that the protocol made, until nothing is left to do.
inline void settle(FakeTransport& wire) {
  while (wire.busy() || wire.paused()) {
    if (wire.paused()) wire.resume_producing();
    wire.turn();
  }
}

}  // namespace twx::fuzz
