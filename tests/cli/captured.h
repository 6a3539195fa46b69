// Standard output and error of a call, for tests.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace twx::test {

// While it lives, what is written to a descriptor goes into memory.
class Captured {
 public:
  explicit Captured(int descriptor)
      : descriptor_(descriptor), saved_(::dup(descriptor)), memory_(::memfd_create("test", 0)) {
    std::fflush(nullptr);
    ::dup2(memory_, descriptor_);
  }
  ~Captured() {
    ::dup2(saved_, descriptor_);
    ::close(saved_);
    ::close(memory_);
  }
  Captured(Captured const&) = delete;
  Captured& operator=(Captured const&) = delete;

  std::string text() const {
    std::string all(static_cast<std::size_t>(::lseek(memory_, 0, SEEK_END)), '\0');
    all.resize(static_cast<std::size_t>(::pread(memory_, all.data(), all.size(), 0)));
    return all;
  }

 private:
  int descriptor_, saved_, memory_;
};

}  // namespace twx::test
