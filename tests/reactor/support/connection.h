// A protocol for tests: does what the test says and keeps what happened, in order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reactor/factory.h"
#include "reactor/protocol.h"

namespace twx::test {

// One connection as the test sees it. Shared with the protocol and there after its end.
struct Connection {
  // What the protocol does; where nothing is given, what Protocol does.
  std::function<void(Transport&)> on_made, on_eof, on_write_lost, on_pause, on_resume, on_secured;
  std::function<void(Transport&)> on_reading_resumed;  // if there is one it is in the story
  std::function<void(Transport&, Bytes)> on_data;
  std::function<void(Transport&, Failure const&)> on_lost;
  std::function<void(Transport&, std::uint64_t, Result<void> const&)> on_file;

  std::string story;  // "made secured data eof lost", neighbouring data only once
  std::string received;
  std::vector<Descriptor> descriptors;
  std::size_t largest_chunk = 0;
  std::optional<Failure> lost;
  bool made = false;
  bool destroyed = false;
  bool nested = false;  // a callback ran inside another one or inside calling()
  int depth = 0;
  Transport* transport = nullptr;  // from made to lost

  // Calls the transport as a user outside of any callback would.
  void calling(std::function<void(Transport&)> const& call);
  // What a person is told of the end.
  std::string reason() const { return lost ? lost->message() : "alive"; }
};

std::shared_ptr<Connection> make_connection();
std::unique_ptr<Protocol> protocol_for(std::shared_ptr<Connection>);
// Builds the protocol of `connection`; for one connection.
std::shared_ptr<Factory> factory_for(std::shared_ptr<Connection>);
std::shared_ptr<ClientFactory> client_factory_for(std::shared_ptr<Connection>);

// What Protocol does at the end of input, less: goes on.
inline void go_on(Transport&) {}
// Writes back what comes.
inline void echo(Transport& transport, Bytes data) { transport.write(data); }

}  // namespace twx::test
