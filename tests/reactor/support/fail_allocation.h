// Replaces operator new and delete in the program it is linked into: allocations can be made to
// fail.
#pragma once

namespace twx::test {

// While it lives, the allocations number `first` to `first + count - 1`, counted from 1 over all
// threads, throw std::bad_alloc; or those of OpenSSL, which has no operator new, are refused.
class FailAllocations {
 public:
  explicit FailAllocations(long first, long count = 1, bool of_openssl = false);
  ~FailAllocations();
  FailAllocations(FailAllocations const&) = delete;
  FailAllocations& operator=(FailAllocations const&) = delete;

  // Whether it came to that.
  bool failed() const;
};

// Blocks that are allocated now.
long live_allocations();

}  // namespace twx::test
