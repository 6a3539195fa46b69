// Public. Transport: what a protocol sees of its connection, the same for TCP, unix sockets,
// standard input and output, with or without TLS.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/clock.h"
#include "reactor/tls.h"

namespace twx {

// Something that makes output for a transport, for code that is written in Twisted's producer
// style; a Protocol's pause_writing and resume_writing say the same more plainly.
class Producer {
 public:
  virtual ~Producer() = default;
  // Writes more: one piece if it is registered to be pulled, else until pause_producing.
  virtual void resume_producing() = 0;
  // Writes nothing more until resume_producing. Called on streaming producers only.
  virtual void pause_producing() {}
  // The transport is lost; no other call follows.
  virtual void stop_producing() {}
};

// registerProducer with one registered: a programming error.
struct ProducerRegistered : std::logic_error {
  ProducerRegistered() : std::logic_error("a producer is registered already") {}
};

// How much unsent output is too much, in bytes.
struct WaterMarks {
  std::size_t high = 65536;  // above it: pause_writing
  std::size_t low = 0;       // back at or below it: resume_writing
  // A write that finds more queued, though the system was offered it, aborts the connection:
  // Error::output_overflow. So this and one message wait at most, and no message is too large.
  std::size_t limit = 16 * 1024 * 1024;
};

// Of one connection so far.
struct Traffic {
  std::uint64_t sent = 0;      // bytes that the system has taken
  std::uint64_t received = 0;  // bytes handed to the protocol or forwarded
  std::uint64_t dropped = 0;   // bytes written that will never be sent
};

// No call here runs a callback of the protocol: what it causes comes later in the same turn of the
// reactor, or in a later one. Valid from connection_made until connection_lost returns. For use in
// the reactor's thread only.
class Transport {
 public:
  virtual ~Transport() = default;

  // Takes `data` for sending, in the order of calls; copies what it cannot send at once. All that
  // one turn writes leaves in one system call where it fits. Dropped in silence after the end, and
  // after lose_connection and lose_write_connection unless a producer is registered.
  virtual void write(Bytes data) = 0;
  void write(std::string_view data) { write(bytes(data)); }
  // The same for a message that goes to many: no copy, the message is shared until all have sent
  // it.
  virtual void write(SharedBytes message) = 0;
  // write() of each, in order.
  virtual void write_sequence(std::span<Bytes const> pieces) {
    for (auto const piece : pieces) write(piece);
  }

  // Half-close: sends what is queued, then tells the peer that no more comes. Reading goes on.
  // Protocol::write_connection_lost follows.
  virtual void lose_write_connection() = 0;
  // Stops reading, sends what is queued (waits for a registered producer to unregister), closes.
  // connection_lost(Error::connection_done) follows. Twice is the same as once.
  virtual void lose_connection() = 0;
  // Drops what is queued and resets the connection; connection_lost(Error::connection_aborted)
  // follows. Works during lose_connection.
  virtual void abort_connection() = 0;
  // lose_connection or abort_connection was called, or a callback has failed, and the end has not
  // come yet.
  virtual bool disconnecting() const = 0;

  // Stops and restarts reading; the peer is slowed down by the network's own means. Each
  // resume_producing is followed by Protocol::reading_resumed, before anything is read.
  virtual void pause_producing() = 0;
  virtual void resume_producing() = 0;
  // pause_producing was called, and resume_producing not since.
  virtual bool paused() const = 0;

  // Streaming (push): pause_producing above the high mark, resume_producing at the low one, instead
  // of the protocol's calls. Otherwise (pull): resume_producing at the end of each turn in which
  // nothing is queued. Throws ProducerRegistered. On a lost transport the producer is stopped at
  // once. Not owned.
  virtual void register_producer(Producer&, bool streaming) = 0;
  virtual void unregister_producer() = 0;

  // For what is written from now on; what is queued already counts when more is written or sent.
  virtual void set_water_marks(WaterMarks) = 0;
  // Bytes written that the system has not taken yet.
  virtual std::size_t unsent() const = 0;
  virtual Traffic traffic() const = 0;
  // Ends the connection with Error::idle_timeout when no byte has moved either way for so long.
  // Zero is for ever, as at the start.
  virtual void set_idle_timeout(Duration) = 0;

  // Moves the input of this transport to the output of `sink` by splice(2), without data_received,
  // until the input ends; pauses as needed. Returns false and does nothing where the two are no
  // plain descriptors (TLS, a fake): then the protocol passes the bytes on itself. `sink` must live
  // longer.
  virtual bool forward_to(Transport& sink) = 0;

  // Moves the next `count` bytes of input, one at least, to `file`, behind its offset, as cheaply
  // as can be and without data_received; what follows is received as ever. Pauses as this does.
  // Protocol::file_forwarded follows, once, also where all of it cannot be done. `file` is a
  // regular file or /dev/null; a copy of the descriptor is kept meanwhile. Returns false and does
  // nothing where this is no plain descriptor (TLS, a fake), while it forwards already, or after
  // the end.
  virtual bool forward_to_file(int /*file*/, std::uint64_t /*count*/) { return false; }

  // Goes over to TLS on the live connection: what was written before leaves in clear, what follows
  // is encrypted, and nothing is read until Protocol::handshake_completed. The side is the
  // context's. `peer_name`: the name to verify, where the context has none. What was received
  // before but not looked at must be dropped: it came from anybody (CVE-2011-0411). Fails with
  // std::errc::operation_not_supported where there is no socket, std::errc::already_connected with
  // TLS, std::errc::not_connected after the end. Later failures end the connection.
  virtual Result<void> start_tls(std::shared_ptr<TlsContext>, std::string const& peer_name = {});
  // Nothing without TLS, or before the handshake is done.
  virtual std::optional<TlsInfo> tls() const { return std::nullopt; }

  // Passes a copy of `descriptor`, made at once, to the process at the other end, with the next
  // byte that is written: it is lost if none is (unix(7), SCM_RIGHTS). A byte takes 64 of them,
  // what is more goes with those after it. Fails with std::errc::operation_not_supported on all but
  // unix sockets in clear, std::errc::not_connected after the end, or the system's error where it
  // makes no copy.
  virtual Result<void> send_descriptor(int descriptor);
  // From now on Protocol::descriptor_received is called for each one that the peer passes. Without
  // this the system drops them, for a peer could fill our table; so it does while input is
  // forwarded. Fails as send_descriptor does.
  virtual Result<void> receive_descriptors();

  virtual Address peer() const = 0;  // valid in connection_lost too
  virtual Address host() const = 0;  // this side's own address

  // TCP only, without meaning elsewhere. Off at first; TLS switches no-delay on, or what follows
  // its handshake would wait for the peer's acknowledgement, 40 ms.
  virtual void set_tcp_no_delay(bool) = 0;
  virtual bool tcp_no_delay() const = 0;
  virtual void set_tcp_keep_alive(bool) = 0;
  virtual bool tcp_keep_alive() const = 0;
};

}  // namespace twx
