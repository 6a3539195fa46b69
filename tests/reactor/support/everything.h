// All that can happen to a Protocol, so that a layer which keeps something back is found out.
#pragma once

#include <unistd.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include "reactor/fakes/fake_transport.h"
#include "tests/reactor/support/connection.h"

namespace twx::test {

// For a protocol that everything is to happen to: tells all, and answers none of it.
inline std::shared_ptr<Connection> attentive_connection() {
  auto connection = make_connection();
  connection->on_eof = connection->on_pause = connection->on_resume = go_on;
  connection->on_reading_resumed = go_on;
  return connection;
}

// Makes everything happen on `wire`, to which the connection's protocol is connected, perhaps
// through layers; the story of it.
inline std::string story_of_everything(FakeTransport& wire, Connection& connection) {
  auto& inside = *connection.transport;
  wire.deliver("data");
  wire.turn();
  static_cast<void>(inside.receive_descriptors());
  wire.deliver(Descriptor(dup(0)));
  inside.pause_producing();
  inside.resume_producing();
  wire.turn();
  wire.set_capacity(0);
  inside.write(std::string(70000, 'x'));
  wire.turn();
  wire.drain();
  static_cast<void>(inside.start_tls(nullptr));
  wire.turn();
  wire.finish_handshake();
  wire.turn();
  inside.lose_write_connection();
  wire.turn();
  wire.deliver_eof();
  wire.turn();
  return connection.story;
}
// What it is where nothing stands between.
inline constexpr auto everything =
    "made data descriptor resumed pause resume secured write-lost eof lost";


// Of the one event that takes a real socket to happen: what `outermost` is told reaches the
// connection's own protocol.
inline bool hears_of_files(Protocol& outermost, Connection const& connection) {
  outermost.file_forwarded(1, {});
  return connection.story == "file";
}

// How many events Protocol has, by the layout of a table of virtual functions: a pointer to one
// tells its place (Itanium C++ ABI, section 2.3), and the destructor takes the first two.
inline std::size_t events_of_protocol() {
  struct Longer : Protocol {
    virtual void one_more() {}
  };
  using Pointer = std::array<std::uintptr_t, 2>;
  return std::bit_cast<Pointer>(&Longer::one_more)[0] / sizeof(void*) - 2;
}

}  // namespace twx::test
