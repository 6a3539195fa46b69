// How many writes a message is.
#pragma once

#include "reactor/fakes/fake_transport.h"

namespace twx::test {

struct CountingTransport final : FakeTransport {
  using FakeTransport::write;
  void write(Bytes data) override {
    ++writes;
    FakeTransport::write(data);
  }
  void write_sequence(std::span<Bytes const> pieces) override {
    auto const before = writes;
    FakeTransport::write_sequence(pieces);
    writes = before + 1;
  }
  int writes = 0;
};

}  // namespace twx::test
