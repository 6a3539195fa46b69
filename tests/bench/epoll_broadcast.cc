// The limit for fan-out: a hand-written epoll loop in which what one client sends goes to all
// others, everything that came in one turn by one system call each.

#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "net.h"

namespace {

using bench::check;
using bench::io_buffer;

struct Client {
  int fd;
  std::string unsent;
};

class Broadcaster {
 public:
  explicit Broadcaster(int listener) : listener_(listener) {
    watch(EPOLL_CTL_ADD, listener, EPOLLIN);
  }
  [[noreturn]] void run();

 private:
  struct Message {
    int from;
    std::string text;
  };

  void dispatch(epoll_event const& event);
  void receive(int fd);
  void send_turn(Client& client);
  void flush(int fd);
  void drop(int fd);
  void watch(int operation, int fd, std::uint32_t events);

  int listener_;
  int epoll_ = check(epoll_create1(0), "epoll_create1");
  std::vector<Client> clients_;
  std::vector<Message> turn_;
};

void Broadcaster::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    int const count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) bench::die("epoll_wait");
    for (int i = 0; i < count; ++i) dispatch(events[static_cast<std::size_t>(i)]);
    if (turn_.empty()) continue;
    for (auto& client : clients_) send_turn(client);
    turn_.clear();
  }
}

void Broadcaster::dispatch(epoll_event const& event) {
  if (event.data.fd != listener_)
    return event.events & EPOLLIN ? receive(event.data.fd) : flush(event.data.fd);
  int const fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
  if (fd < 0) return;
  clients_.push_back({fd, {}});
  watch(EPOLL_CTL_ADD, fd, EPOLLIN);
}

void Broadcaster::receive(int fd) {
  ssize_t const got = recv(fd, io_buffer.data(), io_buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return drop(fd);
  turn_.push_back({fd, {io_buffer.data(), static_cast<std::size_t>(got)}});
}

void Broadcaster::send_turn(Client& client) {
  std::array<iovec, 64> pieces{};
  std::size_t count = 0;
  std::size_t size = 0;
  for (auto& message : turn_) {
    if (message.from == client.fd || count == pieces.size()) continue;
    pieces[count++] = {message.text.data(), message.text.size()};
    size += message.text.size();
  }
  if (count == 0) return;
  ssize_t sent = -1;
  if (client.unsent.empty()) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    sent = sendmsg(client.fd, &message, MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(size)) return;
  }
  auto skip = sent > 0 ? static_cast<std::size_t>(sent) : 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::string_view const piece(static_cast<char*>(pieces[i].iov_base), pieces[i].iov_len);
    client.unsent += piece.substr(std::min(skip, piece.size()));
    skip -= std::min(skip, piece.size());
  }
  watch(EPOLL_CTL_MOD, client.fd, EPOLLIN | EPOLLOUT);
}

void Broadcaster::flush(int fd) {
  for (auto& client : clients_) {
    if (client.fd != fd) continue;
    ssize_t const sent = send(fd, client.unsent.data(), client.unsent.size(), MSG_NOSIGNAL);
    if (sent > 0) client.unsent.erase(0, static_cast<std::size_t>(sent));
    if (client.unsent.empty()) watch(EPOLL_CTL_MOD, fd, EPOLLIN);
  }
}

void Broadcaster::drop(int fd) {
  std::erase_if(clients_, [fd](auto const& client) { return client.fd == fd; });
  close(fd);
}

void Broadcaster::watch(int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  check(epoll_ctl(epoll_, operation, fd, &event), "epoll_ctl");
}

}  // namespace

int main(int argc, char** argv) {
  bench::raise_descriptor_limit();
  Broadcaster(bench::listen_on(argc > 1 ? bench::parse_port(argv[1]) : 0, SOCK_NONBLOCK)).run();
}
