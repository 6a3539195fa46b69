#include "tests/reactor/support/fail_allocation.h"

#include <execinfo.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/reactor/support/harness.h"

namespace twx::test {
namespace {

std::atomic<long> asked{0};
std::atomic<long> fail_from{0};
std::atomic<long> fail_to{0};  // not included
std::atomic<long> live{0};
std::atomic<bool> armed{false};
thread_local int own = 0;

bool refuse() {
  if (!armed || own > 0) return false;
  auto const number = ++asked;
  if (number < fail_from || number >= fail_to) return false;
  // For who looks for the place: addr2line -Cfipe PROGRAM ADDRESS...
  if (std::getenv("TWX_SHOW_FAILED_ALLOCATIONS")) {
    void* frames[24];
    ++own;
    backtrace_symbols_fd(frames, backtrace(frames, 24), 2);
    --own;
  }
  return true;
}

void* take(void* memory) {
  if (memory) ++live;
  return memory;
}

void give(void* memory) noexcept {
  if (memory) --live;
  std::free(memory);
}

void* allocate(std::size_t size) { return refuse() ? nullptr : take(std::malloc(size | 1)); }

void* allocate(std::size_t size, std::align_val_t alignment) {
  auto const step = static_cast<std::size_t>(alignment);
  return refuse() ? nullptr : take(std::aligned_alloc(step, (size + step - 1) / step * step));
}

void* checked(void* memory) {
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

FailAllocations::FailAllocations(long first, long count) {
  around_the_test = [](bool begins) { own += begins ? 1 : -1; };
  asked = 0;
  fail_from = first;
  fail_to = first + count;
  armed = true;
}

FailAllocations::~FailAllocations() { armed = false; }

bool FailAllocations::failed() const { return asked >= fail_from; }

long live_allocations() { return live; }

}  // namespace twx::test

using twx::test::allocate;
using twx::test::checked;
using twx::test::give;

void* operator new(std::size_t size) { return checked(allocate(size)); }
void* operator new[](std::size_t size) { return checked(allocate(size)); }
void* operator new(std::size_t size, std::nothrow_t const&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, std::nothrow_t const&) noexcept { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return checked(allocate(size, alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return checked(allocate(size, alignment));
}
void operator delete(void* memory) noexcept { give(memory); }
void operator delete[](void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::size_t) noexcept { give(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give(memory); }
void operator delete(void* memory, std::nothrow_t const&) noexcept { give(memory); }
void operator delete[](void* memory, std::nothrow_t const&) noexcept { give(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { give(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { give(memory); }
