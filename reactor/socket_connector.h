// Internal to reactor/. A Connector over TCP and unix sockets: look-up, race, stream.
#pragma once

#include "reactor/connector.h"
#include "reactor/loop.h"
#include "reactor/race.h"

namespace twx {

class SocketConnector final : public Connector, private StreamOwner {
 public:
  SocketConnector(Loop& loop, Endpoint destination, std::shared_ptr<ClientFactory> factory,
                  ConnectOptions options);
  ~SocketConnector() override;

 private:
  void start_attempt() override;
  void stop_attempt() override;
  void close_connection() override;
  Failure timeout_failure() const override;
  void stream_lost(Failure const&) override;
  void hold(bool busy) override;

  void look_up();
  void race(std::vector<Address>);
  void made(Descriptor, Address const& peer) noexcept;
  void take_descriptor(int fd);

  Loop& loop_;
  Deferred<void> lookup_ = succeed();
  std::optional<Race> race_;
  Stream* stream_ = nullptr;
  bool descriptor_used_ = false;
  DelayedCall later_;
};

}  // namespace twx
