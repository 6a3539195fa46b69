#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "greeting.h"
#include "load.h"
#include "net.h"

namespace {

using bench::check;
using bench::Clock;
using bench::io_buffer;

struct Visit {
  int fd = -1;
  std::string heard;
  Clock::time_point started;
};

// The server closes first, so TIME_WAIT stays on its side and clients never run out of ports.
class Visitors {
 public:
  Visitors(std::uint16_t port, std::size_t concurrency, std::uint64_t connections)
      : port_(port), left_(connections), visits_(concurrency) {}
  void run();

 private:
  void begin(Visit& visit);
  void listen_to(Visit& visit);
  void end(Visit& visit);

  std::uint16_t port_;
  std::uint64_t left_;
  std::vector<Visit> visits_;
  int epoll_ = check(epoll_create1(0), "epoll_create1");
  std::size_t open_ = 0;
  std::uint64_t bytes_ = 0;
  bench::Latencies latencies_;
};

void Visitors::run() {
  auto const begun = Clock::now();
  for (auto& visit : visits_) begin(visit);
  std::array<epoll_event, 128> events{};
  int const timeout = static_cast<int>(std::chrono::milliseconds(bench::patience).count());
  while (open_ > 0) {
    int const count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
    if (count == 0) bench::fail("the server neither sends nor closes");
    for (int i = 0; i < count; ++i) {
      listen_to(*static_cast<Visit*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
  }
  latencies_.print_json(bytes_, Clock::now() - begun);
}

void Visitors::begin(Visit& visit) {
  if (left_ == 0) return;
  --left_;
  ++open_;
  visit.heard.clear();
  visit.started = Clock::now();
  visit.fd = bench::connect_to(port_);
  check(fcntl(visit.fd, F_SETFL, O_NONBLOCK), "fcntl");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &visit;
  check(epoll_ctl(epoll_, EPOLL_CTL_ADD, visit.fd, &event), "epoll_ctl");
}

void Visitors::listen_to(Visit& visit) {
  ssize_t got;
  while ((got = recv(visit.fd, io_buffer.data(), io_buffer.size(), 0)) > 0) {
    visit.heard.append(io_buffer.data(), static_cast<std::size_t>(got));
  }
  if (got == 0) return end(visit);
  if (errno != EAGAIN) bench::die("recv");
}

void Visitors::end(Visit& visit) {
  if (visit.heard != bench::greeting) bench::fail("not the whole greeting");
  latencies_.record(Clock::now() - visit.started);
  bytes_ += visit.heard.size();
  close(visit.fd);
  --open_;
  begin(visit);
}

}  // namespace

void bench::run_greet(std::uint16_t port, std::size_t concurrency, std::uint64_t connections) {
  Visitors(port, concurrency, connections).run();
}
