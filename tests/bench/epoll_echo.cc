// The limit for echo and for connection rate: what a hand-written epoll loop costs, no library.
//
// A connection is either read (EPOLLIN) or, when the peer does not take its bytes, written
// (EPOLLOUT), never both. So nothing is unsent when a half-close is read, and an idle connection
// needs no memory of its own: only the unlucky ones have an entry in unsent_.

#include <sys/epoll.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <unordered_map>

#include "greeting.h"
#include "net.h"

namespace {

using bench::check;
using bench::io_buffer;

class EchoServer {
 public:
  explicit EchoServer(int listener) : listener_(listener) {
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  }
  [[noreturn]] void run();

 private:
  void dispatch(epoll_event const& event);
  void accept_one();
  void echo(int fd);
  void flush(int fd);
  void keep(int fd, std::string_view rest);
  void drop(int fd);
  void watch(int operation, int fd, std::uint32_t events);

  int listener_;
  int epoll_ = check(epoll_create1(0), "epoll_create1");
  std::unordered_map<int, std::string> unsent_;
};

void EchoServer::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    int const count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) bench::die("epoll_wait");
    for (int i = 0; i < count; ++i) dispatch(events[static_cast<std::size_t>(i)]);
  }
}

void EchoServer::dispatch(epoll_event const& event) {
  if (event.data.fd == listener_) return accept_one();
  if (event.events & EPOLLIN) return echo(event.data.fd);
  flush(event.data.fd);
}

void EchoServer::accept_one() {
  int const fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
  if (fd >= 0) return watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  if (errno != EAGAIN && errno != ECONNABORTED) bench::die("accept");
}

// Reads once: whatever is left wakes a level-triggered epoll again.
void EchoServer::echo(int fd) {
  ssize_t const got = recv(fd, io_buffer.data(), io_buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return drop(fd);
  ssize_t const sent = send(fd, io_buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
  if (sent == got) return;
  if (sent < 0 && errno != EAGAIN) return drop(fd);
  std::string_view const data(io_buffer.data(), static_cast<std::size_t>(got));
  keep(fd, data.substr(sent > 0 ? static_cast<std::size_t>(sent) : 0));
}

void EchoServer::keep(int fd, std::string_view rest) {
  unsent_.emplace(fd, rest);
  watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

void EchoServer::flush(int fd) {
  auto const entry = unsent_.find(fd);
  if (entry == unsent_.end()) return drop(fd);
  auto& rest = entry->second;
  ssize_t const sent = send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno == EAGAIN) return;
  if (sent < 0) return drop(fd);
  rest.erase(0, static_cast<std::size_t>(sent));
  if (!rest.empty()) return;
  unsent_.erase(entry);
  watch(EPOLL_CTL_MOD, fd, EPOLLIN);
}

void EchoServer::drop(int fd) {
  unsent_.erase(fd);
  close(fd);
}

void EchoServer::watch(int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  check(epoll_ctl(epoll_, operation, fd, &event), "epoll_ctl");
}

void greet_waiting(int listener) {
  int fd;
  while ((fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0) {
    send(fd, bench::greeting.data(), bench::greeting.size(), MSG_NOSIGNAL);
    close(fd);
  }
}

[[noreturn]] void greet(int listener) {
  int const epoll = check(epoll_create1(0), "epoll_create1");
  epoll_event event{};
  event.events = EPOLLIN;
  check(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
  for (;;) {
    if (epoll_wait(epoll, &event, 1, -1) > 0) greet_waiting(listener);
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool const greeter = argc == 3 && std::string_view(argv[2]) == "greet";
  if (argc != 2 && !greeter) bench::fail("usage: epoll_echo PORT [greet]");
  bench::raise_descriptor_limit();
  int const listener = bench::listen_on(bench::parse_port(argv[1]), SOCK_NONBLOCK);
  if (greeter) greet(listener);
  EchoServer(listener).run();
}
