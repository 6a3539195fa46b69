// What the benchmarks of the library's own parts share: CPU time per operation, allocations, one
// line of JSON. Include it in one file of a program: it replaces operator new.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>

namespace bench {

inline std::size_t allocations = 0;

// Hides from the compiler where `pointer` leads, so that the work on it is really done.
inline void* opaque(void* pointer) {
  asm volatile("" : "+r"(pointer) : : "memory");
  return pointer;
}

// Of this thread: other programs do not count.
inline double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

struct Cost {
  double ns = 0;           // of the quickest batch: the others were disturbed
  double allocations = 0;  // of one operation
};

template <class Operation>
Cost cost(std::size_t batches, std::size_t batch, Operation operation) {
  Cost best{1e18, 0};
  for (std::size_t round = 0; round < batches; ++round) {
    auto const before = allocations;
    auto const start = cpu_ns();
    for (std::size_t i = 0; i < batch; ++i) operation();
    auto const count = static_cast<double>(batch);
    best.ns = std::min(best.ns, (cpu_ns() - start) / count);
    best.allocations = static_cast<double>(allocations - before) / count;
  }
  return best;
}

}  // namespace bench

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++bench::allocations;
  if (void* at = std::malloc(size | 1)) return at;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept { std::free(at); }
