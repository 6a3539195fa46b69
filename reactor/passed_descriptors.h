// Internal to reactor/. The descriptors that go over one unix socket in either direction, beside
// its bytes (unix(7), SCM_RIGHTS).
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "reactor/descriptor.h"

namespace twx {

class PassedDescriptors {
 public:
  // To leave with the byte at `position` of the output.
  void push(Descriptor descriptor, std::uint64_t position) {
    leaving_.push_back({std::move(descriptor), position});
  }
  // As sendmsg, from `position` of the output on; stops before a byte with descriptors of its own.
  ssize_t send(int fd, iovec const* pieces, int count, std::uint64_t position);

  void accept() { accepting_ = true; }
  bool accepting() const { return accepting_; }
  // As recv. What comes beside the bytes is added to `arrived`; where the system could not hand
  // over all, the rest is gone.
  ssize_t receive(int fd, std::span<std::byte> buffer, std::vector<Descriptor>& arrived);

 private:
  struct Leaving {
    Descriptor descriptor;
    std::uint64_t position;
  };
  std::deque<Leaving> leaving_;
  bool accepting_ = false;
};

}  // namespace twx
