// StringReceivers for tests: what came of a stream, however it was split.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocols/string_receiver.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/protocols/support/splits.h"

namespace twx::test {

using Strings = std::vector<std::string>;

// Keeps what it received.
template <class Base>
class Keeping : public Base {
 public:
  void string_received(std::string_view string) override {
    strings.emplace_back(string);
    if (on_string) on_string(string);
  }

  Strings strings;
  std::function<void(std::string_view)> on_string;
};

template <class Receiver>
struct StringsFixture {
  explicit StringsFixture(std::size_t max_length = 99999) {
    receiver.set_max_length(max_length);
    wire.connect(receiver);
  }
  // The strings that come of `pieces`, and whether the connection was given up.
  std::pair<Strings, bool> deliver(Pieces const& pieces) {
    for (auto const piece : pieces) wire.deliver(piece);
    return {receiver.strings, wire.disconnecting()};
  }

  Receiver receiver;
  FakeTransport wire;
};

// The strings of `stream` and whether it was refused at the end; throws if that depends on how it
// is split.
template <class Receiver>
std::pair<Strings, bool> parsed(std::string_view stream, std::size_t max_length = 99999) {
  auto const expected = StringsFixture<Receiver>(max_length).deliver({stream});
  for (auto const& pieces : splits(stream))
    if (StringsFixture<Receiver>(max_length).deliver(pieces) != expected)
      throw std::logic_error("it depends on how the stream is split");
  return expected;
}

}  // namespace twx::test
