// Public test double. FakeTransport: a Transport without a network. It keeps what a protocol
// writes; the test plays the peer and the network.
//
//   FakeTransport wire;
//   wire.connect(std::make_unique<Shout>());  // connection_made
//   wire.deliver("he");                       // data_received
//   CHECK(wire.take().empty());
//   wire.deliver("llo\r\n");
//   CHECK(wire.take() == "hello!\r\n");
//   wire.deliver_eof();                       // eof_received, which calls lose_connection
//   wire.turn();                              // connection_lost
//
// Nothing is encrypted: with TLS what is delivered and taken is what the two ends mean.
//
// The promises of transport.h hold as on a socket. No call that a protocol makes here runs a
// callback: what such calls cause comes in turn(), which stands for the end of a turn of a reactor.
// resume_producing after lose_connection does nothing, where Twisted's StringTransport throws:
// Protocol::resume_writing makes that call when the last output has drained.
// A protocol that makes its own connection, make_connection(wire), is recorded too, but nothing
// calls it back.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reactor/function.h"
#include "reactor/protocol.h"
#include "reactor/tls.h"
#include "reactor/transport.h"

namespace twx {

// For one connection. Connecting, delivering, losing and turning throw std::logic_error inside a
// callback of its protocol: no network could do it.
class FakeTransport : public Transport {
 public:
  // What the protocol has made of its input.
  enum class Reading { producing, paused, stopped };  // stopped: for good
  // For set_capacity: the network takes everything.
  static constexpr auto no_limit = std::numeric_limits<std::size_t>::max();
  // Of a transport whose test names no others.
  static Address usual_peer() { return address("192.168.1.1", 54321); }
  static Address usual_host() { return address("10.0.0.1", 12345); }
  static TlsInfo usual_tls() { return {.version = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384"}; }

  // `clock` is what set_idle_timeout counts on; without one time never passes. It must live longer.
  explicit FakeTransport(Clock* clock = nullptr) : clock_(clock) {}
  ~FakeTransport() override = default;
  FakeTransport(FakeTransport const&) = delete;
  FakeTransport& operator=(FakeTransport const&) = delete;

  // --- the connection ---
  // Calls connection_made. The protocol must live until connection_lost; if owned, it is destroyed
  // after that. No protocol: connection_lost with Error::no_protocol to when_lost, at turn().
  void connect(Protocol&);
  void connect(std::unique_ptr<Protocol>);
  // The peer sends. Handed over in pieces of at most 65,536 bytes, one a turn: what was caused by
  // the piece before, or by connection_made, comes first. Kept for later while reading is paused,
  // dropped once it has stopped.
  void deliver(Bytes);
  void deliver(std::string_view data) { deliver(bytes(data)); }
  // The peer passes a descriptor: descriptor_received, or nothing if the protocol has not asked for
  // any.
  void deliver(Descriptor);
  // Copies of what the protocol has passed.
  std::vector<Descriptor>& passed() { return passed_; }
  // The peer will send no more: eof_received, after all that was delivered.
  void deliver_eof();
  // The network ends the connection: connection_lost, with `reason` or with what went wrong before:
  // an abort, an exception, a failed write. Nothing if it is over.
  void lose(Failure const& reason = Error::connection_lost);
  // The end of a turn: sends, tells the water marks, asks a pull producer, closes; then hands over
  // what was delivered while reading was paused, if it goes on.
  void turn();
  // turn() has something to do.
  bool busy() const { return !lost() && (dirty_ || input_waits()); }
  // Called after the protocol's connection_lost, as the reactor's own code is.
  void when_lost(Function<void(Failure const&)> call) { when_lost_ = std::move(call); }

  // --- TLS ---
  // What the protocol gave to start_tls; nothing before. From then on, until finish_handshake, what
  // was written before is sent and what follows is not, and what is delivered is kept: it came
  // encrypted. What had been delivered before and not been handed over came in clear, and ends the
  // connection with Error::tls_handshake, as does the end of input.
  struct StartedTls {
    std::shared_ptr<TlsContext> context;
    std::string peer_name;
  };
  std::optional<StartedTls> const& started_tls() const { return started_tls_; }
  bool securing() const { return securing_ && !lost(); }
  // The handshake is done: handshake_completed at turn(), and tls() is `info`. Throws
  // std::logic_error if none is under way or words in clear are still unsent. One that fails is
  // lose(failure); with a clock the context's time-out ends it.
  void finish_handshake(TlsInfo info = usual_tls());
  // Before connect(): TLS from the start.
  void set_tls(TlsInfo info) { tls_ = std::move(info); }

  // --- what was written ---
  // All that has been sent since the last take(). Counts what would be sent at the end of the turn.
  std::string written() const;
  // The same, and forgets it.
  std::string take();
  // The messages that came as SharedBytes since the last take(); their bytes are in written() too.
  std::vector<SharedBytes> const& shared_messages() const { return shared_; }

  // --- a network that is slow or broken ---
  // The network takes so many bytes more, until drain() makes room. No limit at first.
  void set_capacity(std::size_t bytes) { room_ = bytes; }
  // Makes room for `bytes` more and ends the turn, from which resume_writing or the producer's
  // calls may come.
  void drain(std::size_t bytes);
  void drain() { drain(unsent()); }
  // Lets `passing` writes pass; the one after them fails. As on a socket what is written from then
  // on is dropped, reading goes on, and the end comes with `failure`: when the protocol closes or
  // the input ends.
  void fail_write(unsigned passing, Failure failure = std::make_error_code(std::errc::broken_pipe));
  // That has happened.
  bool write_failed() const { return write_failure_.has_value(); }

  // --- state ---
  bool lost() const { return reason_.has_value(); }
  // Why it was lost; nothing before.
  std::optional<Failure> const& reason() const { return reason_; }
  bool aborted() const { return aborted_; }
  // The peer has been told that no more comes, by the end of the connection at the latest.
  bool write_closed() const { return output_shut_ || lost(); }
  // deliver_eof was called, whether or not the protocol has heard of it.
  bool input_ended() const { return eof_ || eof_waits_; }
  Reading reading_state() const;
  Duration idle_timeout() const { return idle_limit_; }
  Producer* producer() const { return producer_; }
  // Others than the usual ones.
  void set_peer(Address peer) { peer_ = std::move(peer); }
  void set_host(Address host) { host_ = std::move(host); }

  // --- Transport ---
  Result<void> start_tls(std::shared_ptr<TlsContext>, std::string const& peer_name = {}) override;
  std::optional<TlsInfo> tls() const override { return tls_; }
  using Transport::write;
  void write(Bytes) override;
  void write(SharedBytes) override;
  void lose_write_connection() override;
  void lose_connection() override;
  void abort_connection() override;
  bool disconnecting() const override { return (closing_ || give_up_) && !lost(); }
  void pause_producing() override;
  void resume_producing() override;
  bool paused() const override { return paused_; }
  void register_producer(Producer&, bool streaming) override;
  void unregister_producer() override;
  void set_water_marks(WaterMarks marks) override { marks_ = marks; }
  std::size_t unsent() const override { return queue_.size(); }
  Traffic traffic() const override { return traffic_; }
  void set_idle_timeout(Duration) override;
  bool forward_to(Transport&) override { return false; }
  Address peer() const override { return peer_; }
  Address host() const override { return host_; }
  void set_tcp_no_delay(bool on) override { no_delay_ = on; }
  bool tcp_no_delay() const override { return no_delay_; }
  void set_tcp_keep_alive(bool on) override { keep_alive_ = on; }
  bool tcp_keep_alive() const override { return keep_alive_; }
  Result<void> send_descriptor(int descriptor) override;
  Result<void> receive_descriptors() override;

 private:
  static Address address(std::string_view literal, std::uint16_t port) {
    return Address::ip(literal, port).value_or(Address());
  }
  template <class Call>
  void tell(Call call);
  void refuse_inside_callback() const;
  bool reading() const {
    return !paused_ && !eof_ && !closing_ && !give_up_ && !securing_ && !lost();
  }
  bool input_waits() const { return reading() && (!inbox_.empty() || eof_waits_); }
  bool writable() const {
    if (lost() || write_failure_ || give_up_ || output_shut_) return false;
    return (!closing_ && !output_closing_) || producer_;  // closing waits for a producer
  }
  void mark_dirty() { dirty_ = true; }
  void touch();
  void check_idle();
  bool has_room();
  bool take_in(std::string_view data);
  void drop(std::size_t count);
  void drop_output();
  void give_up(Failure reason);
  void finish(Failure const& reason);
  void read_inbox();
  void read_piece();
  void end_input();
  std::size_t sendable() const;
  void send_queue();
  void secured();
  void flush();
  void report_write_failure(Failure const& failure);
  void tell_resumed();
  void tell_marks();
  void drained();

  Clock* clock_;
  Address peer_ = usual_peer();
  Address host_ = usual_host();
  std::string inbox_;  // delivered, not yet handed over
  std::string queue_;  // written, not yet sent
  std::string sent_;
  std::vector<SharedBytes> shared_;
  std::vector<Descriptor> passed_;
  bool accepts_descriptors_ = false;
  std::size_t room_ = no_limit;
  WaterMarks marks_;
  Traffic traffic_;
  std::optional<unsigned> passing_writes_;
  Failure failure_to_come_ = Error::connection_lost;
  std::optional<Failure> write_failure_;
  std::optional<Failure> give_up_;  // the end comes at turn()
  std::optional<Failure> reason_;
  Producer* producer_ = nullptr;
  Duration idle_limit_{};
  Time last_active_{};
  DelayedCall idle_timer_;
  Function<void(Failure const&)> when_lost_;
  std::optional<StartedTls> started_tls_;
  std::optional<TlsInfo> agreed_;  // to be told at turn()
  std::optional<TlsInfo> tls_;
  DelayedCall handshake_limit_;
  std::size_t left_in_clear_ = 0;  // of the queue, while securing_
  bool securing_ = false;          // from start_tls to handshake_completed
  bool streaming_ = false;         // the producer pushes
  bool dirty_ = false;             // turn() has output or an end to see to
  bool told_in_turn_ = false;      // something from the network: the next comes in another turn
  bool in_callback_ = false;
  bool paused_ = false;
  bool resumed_ = false;    // the protocol has not been told yet
  bool eof_waits_ = false;  // behind the inbox
  bool eof_ = false;
  bool closing_ = false;  // lose_connection
  bool aborted_ = false;
  bool output_closing_ = false;  // lose_write_connection
  bool output_shut_ = false;
  bool output_dead_ = false;  // write_failure_ has been acted on
  bool full_ = false;         // pause_writing was called
  bool owes_resume_ = false;  // to the protocol, since a producer took over while full
  bool no_delay_ = false;
  bool keep_alive_ = false;
  Protocol* protocol_ = nullptr;
  std::unique_ptr<Protocol> owned_;  // last: destroyed while all the rest is there
};

// Plays the network between two ends: ends the turn of each, carries what it sent to the other,
// then the end of its output or its loss; a handshake is finished when both have started TLS.
// Returns true if anything moved, so that
//   while (pump(client, server)) {}
// runs until both are silent.
bool pump(FakeTransport& one, FakeTransport& other);

}  // namespace twx
