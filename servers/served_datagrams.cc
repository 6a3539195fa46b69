#include "servers/served_datagrams.h"

#include <string>

#include "reactor/log.h"

namespace twx {
namespace {

constexpr int system_ports = 1024;

void tell(Address const& from, std::size_t size, bool answered) {
  log(Level::debug, "datagram of " + std::to_string(size) + " bytes from " + from.to_string() +
                        (answered ? "" : " is not answered"));
}

}  // namespace

bool may_answer(Address const& from, Address const& asked, bool sent_to_many) {
  if (sent_to_many || from.family() == AF_UNSPEC) return false;
  // This machine has many addresses (all of 127.0.0.0/8), and a server bound to all interfaces gets
  // what it sends to any of them: the port alone tells that it is its own.
  return from.is_unix() || (from.port() >= system_ports && from.port() != asked.port());
}

void ServedDatagrams::datagram_received(Bytes data, Address const& from) {
  auto const answered = may_answer(from, transport().destination(), transport().sent_to_many());
  if (log_enabled(Level::debug)) tell(from, data.size(), answered);
  if (answered) asked(data, from);
}

void ServedDatagrams::stop_protocol() {
  if (!log_enabled(Level::info)) return;
  auto const traffic = transport().traffic();
  log(Level::info, "datagrams at " + transport().host().datagram_uri() + ": sent " +
                       std::to_string(traffic.sent) + ", received " +
                       std::to_string(traffic.received) + ", not sent " +
                       std::to_string(traffic.dropped));
}

}  // namespace twx
