// Internal to reactor/. The addresses that a connected datagram socket may have for its peer, in
// order, and what was sent to those that it has left: the next one gets it again.
#pragma once

#include <span>
#include <vector>

#include "reactor/connector.h"
#include "reactor/datagram_queue.h"
#include "reactor/descriptor.h"

namespace twx {

class DatagramCandidates {
 public:
  // Of what is held, at most. The longest datagram has room.
  static constexpr std::size_t most_bytes = 64 * 1024;
  static constexpr std::size_t most_datagrams = 256;

  DatagramCandidates(std::span<Address const> all, ConnectOptions const& options)
      : all_(all.begin(), all.end()), options_(options) {}

  // A socket that is connected to the next one that the system has a route to. None and errno if
  // there is none.
  Descriptor next();
  bool more() const { return next_ < all_.size(); }

  // Copies what was sent. False if it is too much by now: nothing is to be sent again.
  bool hold(Bytes data) noexcept;
  DatagramQueue& held() { return held_; }

 private:
  std::vector<Address> all_;
  ConnectOptions options_;
  std::size_t next_ = 0;
  DatagramQueue held_{most_bytes + most_datagrams * sizeof(DatagramQueue::Datagram)};
};

}  // namespace twx
