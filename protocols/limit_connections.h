// Public. Limits on how many connections there may be at a time, in all and of one peer.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "protocols/wrapping.h"

namespace twx {

// Beyond the limit `overflow` builds the protocol; it may say why it closes. Without one, the
// connection is closed at once. Those of `overflow` count too. May be used by several threads
// (ReactorPool) if what it wraps may.
class LimitTotalConnectionsFactory final : public WrappingFactory {
 public:
  LimitTotalConnectionsFactory(std::shared_ptr<Factory> wrapped, std::size_t limit,
                               std::shared_ptr<Factory> overflow = nullptr);

  std::unique_ptr<Protocol> build_protocol(Address const& peer) override;
  void start_factory() override;
  void stop_factory() override;

  // How many there are.
  std::size_t connections() const { return *count_; }

 private:
  bool count_if_below_limit();

  std::size_t limit_;
  std::shared_ptr<Factory> overflow_;
  std::shared_ptr<std::atomic<std::size_t>> count_;
};

// Further connections of one peer are closed at once. A peer is an IP address, whatever the port;
// an IPv4 address is the same with and without IPv6 around it. Peers of unix sockets have no
// address and are not limited. As thread-safe as the other one.
class LimitConnectionsByPeer final : public WrappingFactory {
 public:
  explicit LimitConnectionsByPeer(std::shared_ptr<Factory> wrapped, std::size_t limit = 5);

  std::unique_ptr<Protocol> build_protocol(Address const& peer) override;

  // How many there are of this peer.
  std::size_t connections(Address const& peer) const;

 private:
  class Counts;

  std::size_t limit_;
  std::shared_ptr<Counts> counts_;
};

}  // namespace twx
