// Public test double. FakeDatagramTransport: a datagram socket without a network. It keeps what a
// protocol writes; the test plays the peers and the network.
//
//   FakeDatagramTransport wire;
//   wire.start(std::make_unique<Shout>());  // start_protocol
//   wire.deliver("hello");                  // datagram_received
//   CHECK(wire.take().at(0).data == "hello!");
//   wire.stop_listening().release();
//   wire.turn();                            // stop_protocol
//
// The promises of datagram_transport.h hold as on a socket. No call that a protocol makes here runs
// a callback: what such calls cause comes in turn(), which stands for a turn of a reactor.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "reactor/datagram_protocol.h"

namespace twx {

class FakeDatagramTransport : public DatagramTransport {
 public:
  // A datagram as it was written, and to whom.
  struct Sent {
    std::string data;
    Address to;
    Address source;  // what it leaves from; nowhere: the system's choice
  };
  // Where it is and whom it hears, unless a test says otherwise.
  static Address usual_peer() { return address("192.168.1.1", 54321); }
  static Address usual_host() { return address("10.0.0.1", 12345); }

  explicit FakeDatagramTransport(DatagramOptions options = {}) : options_(options) {}
  FakeDatagramTransport(FakeDatagramTransport const&) = delete;
  FakeDatagramTransport& operator=(FakeDatagramTransport const&) = delete;

  // --- the network ---
  // Calls start_protocol; after a failure of that, stop_protocol. The protocol must live until
  // stop_protocol; if owned, it is destroyed after that.
  void start(DatagramProtocol&);
  void start(std::unique_ptr<DatagramProtocol>);
  // A datagram arrives for host(), for the usual one if that is all interfaces, or for
  // `destination`. While reading is paused it waits for a turn() after that; on a connected socket
  // one of anybody but the peer is lost.
  void deliver(std::string_view data, Address const& from = usual_peer());
  void deliver_to(Address const& destination, std::string_view data,
                  Address const& from = usual_peer());
  // As deliver_to, for a group or a broadcast address.
  void deliver_to_many(Address const& destination, std::string_view data,
                       Address const& from = usual_peer());
  // Nobody listens at the peer: connection_refused.
  void refuse();
  // The system takes no more datagrams: they wait. Unblocked, they leave at turn(), and
  // resume_writing comes.
  void set_blocked(bool blocked) { blocked_ = blocked; }
  // The next write fails with this.
  void fail_write(std::error_code error) { next_error_ = error; }
  // A turn of the reactor: the end if it was asked for, what waits to be sent or to be read.
  void turn();
  // turn() has something to do.
  bool busy() const;
  // The reactor shuts down: the end now.
  void finish();

  // --- what was done ---
  // All that was sent since the last take(), which forgets it.
  std::vector<Sent> take() { return std::exchange(sent_, {}); }
  bool started() const { return started_; }
  bool stopped() const { return stopped_; }  // stop_protocol has come
  bool paused() const { return paused_; }
  bool broadcast() const { return broadcast_; }
  // "224.0.0.251" or "224.0.0.251 on eth0", for each group that it is a member of.
  std::vector<std::string> const& groups() const { return groups_; }
  std::uint8_t multicast_ttl() const { return multicast_ttl_; }
  bool multicast_loopback() const { return multicast_loopback_; }
  std::string const& multicast_interface() const { return multicast_interface_; }
  DatagramOptions const& options() const { return options_; }
  // Others than the usual one, and none.
  void set_host(Address host) { host_ = std::move(host); }
  void set_peer(Address peer) { peer_ = std::move(peer); }

  // --- DatagramTransport ---
  using DatagramTransport::write;
  std::error_code write(Bytes data, Address const& to) override;
  std::error_code write(Bytes data, Address const& to, Address const& source) override;
  std::error_code write(Bytes data) override;
  std::size_t unsent() const override;
  Address destination() const override { return in_hand_ ? in_hand_->destination : Address(); }
  bool sent_to_many() const override { return in_hand_ && in_hand_->to_many; }
  Result<void> connect(Address const& peer) override;
  Address peer() const override { return peer_; }
  Address host() const override { return host_; }
  Deferred<void> stop_listening() override;
  bool listening() const override { return listening_; }
  void pause_producing() override { paused_ = true; }
  void resume_producing() override { paused_ = false; }
  void set_broadcast(bool on) override { broadcast_ = on; }
  Result<void> join_group(Address const& group, std::string_view interface = {}) override;
  Result<void> leave_group(Address const& group, std::string_view interface = {}) override;
  void set_multicast_ttl(std::uint8_t hops) override { multicast_ttl_ = hops; }
  void set_multicast_loopback(bool on) override { multicast_loopback_ = on; }
  Result<void> set_multicast_interface(std::string_view interface) override;
  DatagramTraffic traffic() const override { return traffic_; }

 private:
  struct Incoming {
    std::string data;
    Address from;
    Address destination;
    bool to_many = false;
  };
  static Address address(std::string_view literal, std::uint16_t port) {
    return Address::ip(literal, port).value_or(Address());
  }
  template <class Call>
  bool tell(Call call);
  void arrive(Incoming);
  void hand_over(Incoming const&);
  void send_waiting();
  bool connected() const { return peer_.family() != AF_UNSPEC; }
  std::error_code send(Bytes data, Address const& to, Address const& source);
  std::error_code drop(std::error_code error);

  DatagramOptions options_;
  Address host_ = usual_host();
  Address peer_;
  std::vector<Sent> sent_;
  std::deque<Sent> waiting_;
  std::deque<Incoming> inbox_;
  Incoming const* in_hand_ = nullptr;
  std::error_code next_error_;
  DatagramTraffic traffic_;
  std::vector<std::string> groups_;
  std::string multicast_interface_;
  std::uint8_t multicast_ttl_ = 1;
  bool multicast_loopback_ = true;
  bool broadcast_ = false;
  bool blocked_ = false;
  bool paused_ = false;
  bool started_ = false;
  bool listening_ = true;
  bool stopped_ = false;
  Promise<void> closed_;
  DatagramProtocol* protocol_ = nullptr;
  std::unique_ptr<DatagramProtocol> owned_;  // last: destroyed while all the rest is there
};

}  // namespace twx
