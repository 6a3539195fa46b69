// Internal to reactor/. Datagrams that wait until the system takes them, in order, within a limit
// of memory.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <utility>

#include "reactor/address.h"
#include "reactor/bytes.h"

namespace twx {

class DatagramQueue {
 public:
  struct Datagram {
    std::string data;
    std::optional<Address> to;
    std::optional<Address> source;
  };

  explicit DatagramQueue(std::size_t limit) : limit_(limit) {}

  bool empty() const { return datagrams_.empty(); }
  std::size_t count() const { return datagrams_.size(); }
  std::size_t bytes() const { return bytes_; }
  Datagram const& front() const { return datagrams_.front(); }

  // Copies a datagram; nullptr as for send_datagram. False if there is no room. Throws
  // std::bad_alloc and changes nothing.
  bool push(Bytes data, Address const* to, Address const* source) {
    if (used_ + cost(data.size()) > limit_) return false;
    datagrams_.push_back({std::string(text(data)), optional(to), optional(source)});
    bytes_ += data.size();
    used_ += cost(data.size());
    return true;
  }
  // Puts what the other holds in front, whatever the limit says, and leaves that empty.
  void prepend(DatagramQueue& other) noexcept {
    datagrams_.splice(datagrams_.begin(), other.datagrams_);
    bytes_ += std::exchange(other.bytes_, 0);
    used_ += std::exchange(other.used_, 0);
  }
  void pop() {
    bytes_ -= front().data.size();
    used_ -= cost(front().data.size());
    datagrams_.pop_front();
  }

 private:
  static std::size_t cost(std::size_t size) { return size + sizeof(Datagram); }
  static std::optional<Address> optional(Address const* address) {
    return address ? std::optional(*address) : std::nullopt;
  }

  std::list<Datagram> datagrams_;
  std::size_t bytes_ = 0;
  std::size_t used_ = 0;  // of the limit
  std::size_t limit_;
};

}  // namespace twx
