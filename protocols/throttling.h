// Public. ThrottlingFactory: limits on connections and on bytes per second, for all connections of
// a factory together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include "protocols/wrapping.h"
#include "reactor/clock.h"

namespace twx {

// Connections at a time, and the bytes of all of them together.
struct ThrottlingLimits {
  std::size_t connections = std::numeric_limits<std::size_t>::max();
  std::optional<std::uint64_t> read = {};   // bytes per second, not 0
  std::optional<std::uint64_t> write = {};  // bytes per second, not 0
};

// Beyond so many connections further ones are closed at once, without a protocol. As long as there
// are any the bytes are counted and looked at each second: if there were more than the limit, all
// connections rest for bytes/limit - 1 seconds, so that the rate comes out right. So short bursts
// pass at full speed.
//
// Resting means for reading that the transport is paused. For writing it means pause_writing and
// resume_writing, or the like calls of a registered producer: what is written nevertheless is sent.
// What the protocol and the transport pause for reasons of their own stays paused meanwhile.
//
// For one thread, that of `clock`: not for the connections of a ReactorPool.
class ThrottlingFactory final : public WrappingFactory {
 public:
  // Throws std::invalid_argument for a limit of 0 bytes.
  ThrottlingFactory(Clock& clock, std::shared_ptr<Factory> wrapped, ThrottlingLimits limits);

  std::unique_ptr<Protocol> build_protocol(Address const& peer) override;

  // How many there are.
  std::size_t connections() const;

 private:
  class Throttle;
  class Throttled;

  std::size_t most_connections_;
  std::shared_ptr<Throttle> throttle_;  // shared with the connections, which may outlive this
};

}  // namespace twx
