#include "tests/reactor/support/fail_allocation.h"

#include <execinfo.h>
#include <openssl/crypto.h>

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
enum class Armed { no, ours, openssl };
std::atomic<Armed> armed{Armed::no};
thread_local int own = 0;

bool refuse(Armed whose = Armed::ours) {
  if (armed != whose || own > 0) return false;
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

void* openssl_malloc(std::size_t size, char const*, int) {
  return refuse(Armed::openssl) ? nullptr : std::malloc(size);
}
void* openssl_realloc(void* memory, std::size_t size, char const*, int) {
  return refuse(Armed::openssl) ? nullptr : std::realloc(memory, size);
}
void openssl_free(void* memory, char const*, int) { std::free(memory); }
// Before OpenSSL allocates anything.
auto const openssl_replaced =
    CRYPTO_set_mem_functions(&openssl_malloc, &openssl_realloc, &openssl_free);

void* checked(void* memory) {
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

FailAllocations::FailAllocations(long first, long count, bool of_openssl) {
  around_the_test = [](bool begins) { own += begins ? 1 : -1; };
  asked = 0;
  fail_from = first;
  fail_to = first + count;
  armed = of_openssl ? Armed::openssl : Armed::ours;
}

FailAllocations::~FailAllocations() { armed = Armed::no; }

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
