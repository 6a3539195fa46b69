// The base of the servers' datagram protocols: what may be answered, and what must not be.
#pragma once

#include <functional>
#include <memory>

#include "reactor/datagram_protocol.h"

namespace twx {

// Whether a server may answer a datagram, whose sender may be forged: not to the system ports (0 to
// 1023, RFC 6335 section 6), where another server would answer back without end; not to the
// server's own port, where it would answer itself, at whatever address; not what went to a
// broadcast or multicast address, where one question would bring many answers; and not where there
// is no address to answer to. Servers at two other ports can still be set on each other. `asked` is
// the address that the datagram was sent to.
bool may_answer(Address const& from, Address const& asked, bool sent_to_many);

class ServedDatagrams : public DatagramProtocol {
 public:
  void datagram_received(Bytes data, Address const& from) final;
  void stop_protocol() final;

 protected:
  // Instead of datagram_received, for those that may be answered. What is written to `from` inside
  // it leaves from the address that was asked.
  virtual void asked(Bytes data, Address const& from) = 0;
};

// What declare_serve wants of a server that has a form for datagrams: P(args...) for each socket,
// the arguments copied once for all and passed by reference.
template <class P, class... Args>
std::function<std::unique_ptr<DatagramProtocol>()> datagrams_for(Args... args) {
  return [args = std::tuple<Args...>(std::move(args)...)] {
    return std::apply([](auto const&... each) { return std::make_unique<P>(each...); }, args);
  };
}

}  // namespace twx
