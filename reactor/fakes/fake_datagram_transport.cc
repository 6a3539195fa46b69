#include "reactor/fakes/fake_datagram_transport.h"

#include <algorithm>
#include <stdexcept>

#include "reactor/log.h"

namespace twx {
namespace {

// What UDP carries (RFC 768): the length that its header can tell, less the headers.
std::size_t most_bytes(Address const& host) {
  return host.family() == AF_INET ? 65507 : host.family() == AF_INET6 ? 65527 : 212992 - 32;
}

std::error_code error(std::errc code) { return std::make_error_code(code); }

std::string membership(Address const& group, std::string_view interface) {
  return group.host() + (interface.empty() ? "" : " on " + std::string(interface));
}

Failure cannot(std::string const& what) {
  return Failure::with_message(Error::cannot_join_group,
                               what + ": " + error(std::errc::address_not_available).message());
}

bool is_group(Address const& address) {
  sockaddr_storage storage{};
  address.copy_to(storage);
  if (address.family() == AF_INET)
    return IN_MULTICAST(ntohl(reinterpret_cast<sockaddr_in&>(storage).sin_addr.s_addr));
  return address.family() == AF_INET6 &&
         IN6_IS_ADDR_MULTICAST(&reinterpret_cast<sockaddr_in6&>(storage).sin6_addr);
}

}  // namespace

// --- its life ---

template <class Call>
bool FakeDatagramTransport::tell(Call call) {
  try {
    call();
    return true;
  } catch (...) {
    log_failure("a datagram protocol failed", Failure::from_current_exception());
    return false;
  }
}

void FakeDatagramTransport::start(DatagramProtocol& protocol) {
  if (protocol_ || stopped_) throw std::logic_error("a FakeDatagramTransport is for one protocol");
  protocol_ = &protocol;
  started_ = true;
  if (!tell([this] { protocol_->make_connection(*this); })) finish();
}

void FakeDatagramTransport::start(std::unique_ptr<DatagramProtocol> protocol) {
  auto& made = *protocol;
  if (!protocol_) owned_ = std::move(protocol);
  start(made);
}

Deferred<void> FakeDatagramTransport::stop_listening() {
  if (!listening_) return succeed();
  send_waiting();
  traffic_.dropped += waiting_.size();
  waiting_.clear();
  listening_ = false;
  Deferred<void> closed;
  closed_ = closed.promise();
  return closed;
}

void FakeDatagramTransport::finish() {
  if (std::exchange(stopped_, true)) return;
  listening_ = false;
  if (protocol_) tell([this] { protocol_->stop_protocol(); });
  protocol_ = nullptr;
  owned_.reset();
  auto closed = std::move(closed_);
  if (!closed.fired()) closed.callback();
}

bool FakeDatagramTransport::busy() const {
  if (stopped_) return false;
  return !listening_ || (!blocked_ && !waiting_.empty()) || (!paused_ && !inbox_.empty());
}

void FakeDatagramTransport::turn() {
  if (stopped_) return;
  if (!listening_) return finish();
  auto const waited = !waiting_.empty();
  send_waiting();
  if (waited && waiting_.empty() && protocol_) tell([this] { protocol_->resume_writing(); });
  // What is delivered on the way waits for the next turn.
  for (auto left = inbox_.size(); left > 0 && !paused_ && listening_; --left) {
    auto const next = std::move(inbox_.front());
    inbox_.pop_front();
    hand_over(next);
  }
}

// --- input ---

void FakeDatagramTransport::deliver(std::string_view data, Address const& from) {
  auto const any = host_ == Address::any(host_.port(), host_.family());
  arrive({std::string(data), from, any ? usual_host().with_port(host_.port()) : host_, false});
}

void FakeDatagramTransport::deliver_to(Address const& destination, std::string_view data,
                                       Address const& from) {
  arrive({std::string(data), from, destination, false});
}

void FakeDatagramTransport::deliver_to_many(Address const& destination, std::string_view data,
                                            Address const& from) {
  arrive({std::string(data), from, destination, true});
}

void FakeDatagramTransport::arrive(Incoming datagram) {
  if (in_hand_) throw std::logic_error("a FakeDatagramTransport is driven inside a callback");
  if (!listening_ || (connected() && !(datagram.from == peer_))) return;
  if (!started_ || paused_ || !inbox_.empty())
    inbox_.push_back(std::move(datagram));
  else
    hand_over(datagram);
}

void FakeDatagramTransport::hand_over(Incoming const& datagram) {
  auto const data = bytes(datagram.data).first(std::min(datagram.data.size(), options_.max_size));
  ++traffic_.received;
  traffic_.received_bytes += data.size();
  traffic_.cut += data.size() < datagram.data.size();
  in_hand_ = &datagram;
  tell([&] { protocol_->datagram_received(data, datagram.from); });
  in_hand_ = nullptr;
}

void FakeDatagramTransport::refuse() {
  if (listening_ && connected() && protocol_) tell([this] { protocol_->connection_refused(); });
}

// --- output ---

std::error_code FakeDatagramTransport::write(Bytes data) {
  if (!connected()) return drop(error(std::errc::destination_address_required));
  return send(data, peer_, {});
}

std::error_code FakeDatagramTransport::write(Bytes data, Address const& to) {
  auto const answers = in_hand_ && to == in_hand_->from && !in_hand_->to_many;
  return write(data, to, answers ? in_hand_->destination.with_port(0) : Address());
}

std::error_code FakeDatagramTransport::write(Bytes data, Address const& to, Address const& source) {
  if (to.family() != host_.family() && !(host_.family() == AF_INET6 && to.family() == AF_INET))
    return drop(error(std::errc::address_family_not_supported));
  if (connected() && !(to == peer_)) return drop(error(std::errc::already_connected));
  return send(data, to, source.family() == AF_UNSPEC ? source : source.with_port(0));
}

std::error_code FakeDatagramTransport::send(Bytes data, Address const& to, Address const& source) {
  if (!listening_) return drop(error(std::errc::bad_file_descriptor));
  if (next_error_) return drop(std::exchange(next_error_, {}));
  if (data.size() > most_bytes(host_)) return drop(error(std::errc::message_size));
  if ((blocked_ || !waiting_.empty()) && unsent() + data.size() > options_.queue_limit)
    return drop(error(std::errc::no_buffer_space));
  auto const behind_others = !waiting_.empty();  // they leave at turn()
  waiting_.push_back({std::string(text(data)), to, source});
  if (!behind_others) send_waiting();
  return {};
}

void FakeDatagramTransport::send_waiting() {
  for (; !blocked_ && !waiting_.empty(); waiting_.pop_front()) {
    ++traffic_.sent;
    traffic_.sent_bytes += waiting_.front().data.size();
    sent_.push_back(std::move(waiting_.front()));
  }
}

std::error_code FakeDatagramTransport::drop(std::error_code error) {
  ++traffic_.dropped;
  return error;
}

std::size_t FakeDatagramTransport::unsent() const {
  std::size_t sum = 0;
  for (auto const& each : waiting_) sum += each.data.size();
  return sum;
}

// --- options ---

Result<void> FakeDatagramTransport::connect(Address const& peer) {
  if (!listening_) return Failure(error(std::errc::bad_file_descriptor));
  if (connected()) return Failure(error(std::errc::already_connected));
  if (peer.family() != host_.family() && !(host_.family() == AF_INET6 && peer.family() == AF_INET))
    return Failure(error(std::errc::address_family_not_supported));
  peer_ = peer;
  return {};
}

Result<void> FakeDatagramTransport::join_group(Address const& group, std::string_view interface) {
  auto name = membership(group, interface);
  if (!is_group(group) || std::ranges::find(groups_, name) != groups_.end())
    return cannot("join " + name);
  groups_.push_back(std::move(name));
  return {};
}

Result<void> FakeDatagramTransport::leave_group(Address const& group, std::string_view interface) {
  auto const name = membership(group, interface);
  if (std::erase(groups_, name) == 0) return cannot("leave " + name);
  return {};
}

Result<void> FakeDatagramTransport::set_multicast_interface(std::string_view interface) {
  multicast_interface_ = interface;
  return {};
}

}  // namespace twx
