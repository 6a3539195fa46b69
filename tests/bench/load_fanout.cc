#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <string>
#include <string_view>
#include <unordered_set>

#include "load.h"
#include "net.h"

namespace {

using bench::check;

// One line of a chat, 64 bytes as it is sent.
std::string make_line() { return std::string(62, 'x') + "\r\n"; }

std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

// Says who it is and reads to the end of the answer, "Welcome, NAME!".
void give_name(int fd, std::size_t number) {
  auto const name = "n" + std::to_string(number) + "\r\n";
  check(static_cast<int>(send(fd, name.data(), name.size(), MSG_NOSIGNAL)), "send");
  std::string heard;
  while (heard.find("Welcome, ") == heard.npos || !heard.ends_with("!\r\n")) {
    auto const got = recv(fd, bench::io_buffer.data(), bench::io_buffer.size(), 0);
    if (got <= 0) bench::fail("no welcome");
    heard.append(bench::io_buffer.data(), static_cast<std::size_t>(got));
  }
}

class FanOut {
 public:
  explicit FanOut(bench::FanOut const& plan) : plan_(plan), sender_(connect(plan.receivers)) {
    for (std::size_t i = 0; i < plan.receivers; ++i) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.fd = connect(i);
      check(fcntl(event.data.fd, F_SETFL, O_NONBLOCK), "fcntl");
      check(epoll_ctl(epoll_, EPOLL_CTL_ADD, event.data.fd, &event), "epoll_ctl");
    }
  }

  // Until all receivers are heard of by the server, and nothing is on its way any more.
  void settle() {
    std::unordered_set<int> reached;
    while (reached.size() < plan_.receivers) {
      check(static_cast<int>(send(sender_, line_.data(), line_.size(), MSG_NOSIGNAL)), "send");
      receive(std::chrono::milliseconds(100), &reached);
    }
    while (receive(std::chrono::milliseconds(300)) > 0) {
    }
  }
  // Sends a window of lines, and waits until all have all. They leave together: one by one, on the
  // CPU of the server, the scheduler would choose how many the server finds when it looks, and that
  // is worth a factor of two.
  void round() {
    check(static_cast<int>(send(sender_, window_.data(), window_.size(), MSG_NOSIGNAL)), "send");
    for (auto left = plan_.window * plan_.receivers; left > 0;) {
      auto const lines = receive(bench::patience);
      if (lines == 0) bench::fail("lines are missing");
      left -= std::min(lines, left);
    }
    delivered_ += plan_.window * plan_.receivers;
  }
  std::uint64_t delivered() const { return delivered_; }

 private:
  int connect(std::size_t number) const {
    int const fd = bench::connect_to(plan_.port);
    if (plan_.named) give_name(fd, number);
    return fd;
  }
  // How many lines came; 0 if none did in time.
  std::size_t receive(std::chrono::milliseconds limit, std::unordered_set<int>* from = nullptr) {
    std::array<epoll_event, 256> events;
    int const count = epoll_wait(epoll_, events.data(), 256, static_cast<int>(limit.count()));
    std::size_t lines = 0;
    for (int i = 0; i < count; ++i) {
      int const fd = events[static_cast<std::size_t>(i)].data.fd;
      auto const got = recv(fd, bench::io_buffer.data(), bench::io_buffer.size(), 0);
      if (from) from->insert(fd);
      if (got <= 0) bench::fail("a receiver was lost");
      lines += static_cast<std::size_t>(
          std::count(bench::io_buffer.begin(), bench::io_buffer.begin() + got, '\n'));
    }
    return lines;
  }

  bench::FanOut const plan_;
  int const epoll_ = check(epoll_create1(0), "epoll_create1");
  int const sender_;
  std::string const line_ = make_line();
  std::string const window_ = repeat(line_, plan_.window);
  std::uint64_t delivered_ = 0;
};

}  // namespace

void bench::run_fanout(FanOut const& plan) {
  ::FanOut fan(plan);
  fan.settle();
  for (int i = 0; i < 3; ++i) fan.round();
  auto const before = fan.delivered();
  gate();
  auto const start = Clock::now();
  while (Clock::now() - start < plan.seconds) fan.round();
  auto const seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("{\"deliveries\": %" PRIu64 ", \"seconds\": %.6f}\n", fan.delivered() - before,
              seconds);
  std::fflush(stdout);
  gate();
}
