#include "tests/reactor/support/fail_calls.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "tests/reactor/support/harness.h"

namespace twx::test {
namespace {

thread_local CallPlan const* plan = nullptr;
thread_local CallPlan kept;
thread_local long seen = 0;
thread_local long hit = 0;
thread_local int own = 0;

// The effect on this call, if any.
bool strikes(std::string_view name) {
  if (!plan || own > 0) return false;
  auto const calls = " " + plan->calls + " ";
  if (calls.find(" " + std::string(name) + " ") == calls.npos) return false;
  auto const number = ++seen - plan->first;
  if (number < 0 || (number > 0 && (plan->every == 0 || number % plan->every != 0))) return false;
  ++hit;
  return true;
}

template <class Function>
Function* real(char const* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

ssize_t followed(ssize_t result) {
  auto const error = errno;
  ++own;
  plan->next();
  --own;
  errno = error;
  return result;
}

// Calls that move bytes: `short_call` is the same call for one byte.
template <class Call, class ShortCall>
ssize_t moving(char const* name, Call call, ShortCall short_call) {
  if (!strikes(name)) return call();
  if (plan->effect == Effect::short_) return short_call();
  if (plan->effect == Effect::followed) return followed(call());
  errno = plan->error;
  return -1;
}

template <class Call>
int plain(char const* name, Call call) {
  if (!strikes(name)) return call();
  errno = plan->error;
  return -1;
}

}  // namespace

FailCalls::FailCalls(CallPlan wanted) {
  around_the_test = [](bool begins) { own += begins ? 1 : -1; };
  kept = std::move(wanted);
  seen = hit = 0;
  plan = &kept;
}

FailCalls::~FailCalls() { plan = nullptr; }

long FailCalls::hits() const { return hit; }

}  // namespace twx::test

using twx::test::moving;
using twx::test::plain;
using twx::test::real;

extern "C" {

ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  static auto* const call = real<ssize_t(int, void*, size_t, int)>("recv");
  return moving(
      "recv", [=] { return call(fd, buffer, size, flags); },
      [=] { return call(fd, buffer, std::min<size_t>(size, 1), flags); });
}

ssize_t send(int fd, void const* buffer, size_t size, int flags) {
  static auto* const call = real<ssize_t(int, void const*, size_t, int)>("send");
  return moving(
      "send", [=] { return call(fd, buffer, size, flags); },
      [=] { return call(fd, buffer, std::min<size_t>(size, 1), flags); });
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  static auto* const call = real<ssize_t(int, msghdr*, int)>("recvmsg");
  auto const whole = [=] { return call(fd, message, flags); };
  return moving("recvmsg", whole, whole);
}

ssize_t sendmsg(int fd, msghdr const* message, int flags) {
  static auto* const call = real<ssize_t(int, msghdr const*, int)>("sendmsg");
  return moving(
      "sendmsg", [=] { return call(fd, message, flags); },
      [=] {
        iovec one{message->msg_iov->iov_base, 1};
        auto less = *message;
        less.msg_iov = &one;
        less.msg_iovlen = 1;
        return call(fd, &less, flags);
      });
}

ssize_t read(int fd, void* buffer, size_t size) {
  static auto* const call = real<ssize_t(int, void*, size_t)>("read");
  return moving(
      "read", [=] { return call(fd, buffer, size); },
      [=] { return call(fd, buffer, std::min<size_t>(size, 1)); });
}

ssize_t write(int fd, void const* buffer, size_t size) {
  static auto* const call = real<ssize_t(int, void const*, size_t)>("write");
  return moving(
      "write", [=] { return call(fd, buffer, size); },
      [=] { return call(fd, buffer, std::min<size_t>(size, 1)); });
}

ssize_t writev(int fd, iovec const* pieces, int count) {
  static auto* const call = real<ssize_t(int, iovec const*, int)>("writev");
  return moving(
      "writev", [=] { return call(fd, pieces, count); },
      [=] {
        iovec const one{pieces->iov_base, 1};
        return call(fd, &one, 1);
      });
}

ssize_t splice(int from, off_t* from_at, int to, off_t* to_at, size_t size, unsigned flags) {
  static auto* const call = real<ssize_t(int, off_t*, int, off_t*, size_t, unsigned)>("splice");
  return moving(
      "splice", [=] { return call(from, from_at, to, to_at, size, flags); },
      [=] { return call(from, from_at, to, to_at, 1, flags); });
}

int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  static auto* const call = real<int(int, sockaddr*, socklen_t*, int)>("accept4");
  return plain("accept4", [=] { return call(fd, address, size, flags); });
}

int socket(int family, int type, int protocol) {
  static auto* const call = real<int(int, int, int)>("socket");
  return plain("socket", [=] { return call(family, type, protocol); });
}

int connect(int fd, sockaddr const* address, socklen_t size) {
  static auto* const call = real<int(int, sockaddr const*, socklen_t)>("connect");
  return plain("connect", [=] { return call(fd, address, size); });
}

int epoll_ctl(int set, int what, int fd, epoll_event* event) {
  static auto* const call = real<int(int, int, int, epoll_event*)>("epoll_ctl");
  auto const* const name = what == EPOLL_CTL_ADD ? "epoll_add" : "epoll_other";
  return plain(name, [=] { return call(set, what, fd, event); });
}

int epoll_create1(int flags) {
  static auto* const call = real<int(int)>("epoll_create1");
  return plain("epoll_create1", [=] { return call(flags); });
}

int eventfd(unsigned value, int flags) {
  static auto* const call = real<int(unsigned, int)>("eventfd");
  return plain("eventfd", [=] { return call(value, flags); });
}

int pipe2(int* ends, int flags) {
  static auto* const call = real<int(int*, int)>("pipe2");
  return plain("pipe2", [=] { return call(ends, flags); });
}

int pidfd_send_signal(int handle, int number, siginfo_t* info, unsigned flags) noexcept {
  static auto* const call = real<int(int, int, siginfo_t*, unsigned)>("pidfd_send_signal");
  return plain("pidfd_send_signal", [=] { return call(handle, number, info, flags); });
}

}  // extern "C"
