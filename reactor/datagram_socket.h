// Internal to reactor/. A datagram socket that is bound: reads several datagrams per wake-up, sends
// at once where the system takes them, lets them wait where it does not.
#pragma once

#include <memory>
#include <system_error>

#include "reactor/bound_socket.h"
#include "reactor/complaints.h"
#include "reactor/datagram_candidates.h"
#include "reactor/datagram_message.h"
#include "reactor/datagram_protocol.h"
#include "reactor/datagram_queue.h"
#include "reactor/descriptor.h"
#include "reactor/epoll_set.h"
#include "reactor/log.h"

namespace twx {

class Datagrams;
class Loop;

class DatagramSocket final : public DatagramTransport, public Watched {
 public:
  DatagramSocket(Loop& loop, Datagrams& owner, Descriptor socket,
                 std::unique_ptr<DatagramProtocol> protocol, DatagramOptions const& options);
  ~DatagramSocket() override;

  // Waits for datagrams; start_protocol comes in a later turn.
  Result<void> open();
  // Where to go on to if the peer refuses before anything has come from it.
  void set_candidates(std::unique_ptr<DatagramCandidates> all) { candidates_ = std::move(all); }
  // Closes and calls stop_protocol now; in the reactor's own turn.
  void finish();

  using DatagramTransport::write;
  std::error_code write(Bytes data, Address const& to) override;
  std::error_code write(Bytes data, Address const& to, Address const& source) override;
  std::error_code write(Bytes data) override;
  std::size_t unsent() const override { return queue_.bytes(); }
  Address destination() const override;
  bool sent_to_many() const override { return in_hand_ && in_hand_->sent_to_many; }
  Result<void> connect(Address const& peer) override;
  Address peer() const override { return peer_; }
  Address host() const override { return host_; }
  Deferred<void> stop_listening() override;
  bool listening() const override { return static_cast<bool>(socket_); }
  void pause_producing() override;
  void resume_producing() override;
  void set_broadcast(bool) override;
  Result<void> join_group(Address const& group, std::string_view interface) override;
  Result<void> leave_group(Address const& group, std::string_view interface) override;
  void set_multicast_ttl(std::uint8_t) override;
  void set_multicast_loopback(bool) override;
  Result<void> set_multicast_interface(std::string_view interface) override;
  DatagramTraffic traffic() const override { return traffic_; }

 private:
  void ready(std::uint32_t events) override;
  template <class Call>
  bool tell(Call call);
  void start();
  bool connected() const { return peer_.family() != AF_UNSPEC; }
  bool is_unix() const { return host_.is_unix(); }
  bool reading() const { return socket_ && !paused_ && !resting_.active(); }

  void read();
  void received(Bytes data, Arrival const&);
  void take_error();
  void input_failed(int error);
  void tell_refusal();
  bool move_on();
  bool move_to(Descriptor);
  void settle() noexcept;
  std::error_code send_to(Address const& to, Bytes data, Address const* source);
  std::error_code send(Bytes data, Address const* to, Address const* source);
  int send_now(Bytes data, Address const* to, Address const* source);
  std::error_code enqueue(Bytes data, Address const* to, Address const* source);
  void send_waiting();
  void send_queue();
  void drop(std::size_t count, int error, Level);
  void update_interest();
  void close_socket();

  Loop& loop_;
  Datagrams& owner_;
  Descriptor socket_;
  std::unique_ptr<DatagramProtocol> protocol_;
  DatagramOptions options_;
  DatagramQueue queue_;
  Address host_;
  Address peer_;
  ino_t file_ = 0;                                  // of a unix socket
  std::unique_ptr<DatagramCandidates> candidates_;  // none: it stays with its peer
  Arrival const* in_hand_ = nullptr;
  DatagramTraffic traffic_;
  DelayedCall later_;  // the start or the end
  DelayedCall resting_;
  Promise<void> closed_;  // of stop_listening
  Complaints complaints_;
  bool started_ = false;
  bool paused_ = false;
  bool refused_ = false;  // to be told
};

}  // namespace twx
