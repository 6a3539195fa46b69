// Public. Descriptor: owns a file descriptor, closes it unless released.
#pragma once

#include <unistd.h>

#include <utility>

namespace twx {

// Movable only; one that was moved from owns none.
class Descriptor {
 public:
  Descriptor() = default;  // none
  // Takes it over; -1 is none.
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }

  // -1 if there is none.
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  // Gives it to the caller, who closes it.
  int release() { return std::exchange(fd_, -1); }
  // Closes it.
  void reset() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

}  // namespace twx
