#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "load.h"
#include "load_wire.h"
#include "net.h"

namespace {

using bench::check;
using bench::Clock;
using bench::io_buffer;

struct Connection {
  bench::Wire wire;
  std::size_t unsent = 0;
  std::size_t unread = 0;
  bool stuck = false;  // the socket took no more; watched for EPOLLOUT
  Clock::time_point started = {};
};

struct Freed {
  void operator()(void* memory) const { std::free(memory); }
};
using Payload = std::unique_ptr<char, Freed>;

// Aligned as io_buffer is, and for the same reason.
Payload make_payload(std::size_t size) {
  Payload payload(static_cast<char*>(std::aligned_alloc(4096, (size + 4095) & ~std::size_t{4095})));
  if (!payload) bench::die("aligned_alloc");
  for (std::size_t i = 0; i < size; ++i) payload.get()[i] = static_cast<char>('a' + i % 23);
  return payload;
}

class Driver {
 public:
  explicit Driver(bench::PingPong const& plan);
  // One request each. The answers' content is compared only here, so that the measured run is not
  // slowed down; there the number of bytes has to be right.
  void warm_up();
  void run();
  void finish();

 private:
  void loop(std::uint64_t quota, Clock::time_point deadline);
  void start(Connection& connection);
  void push(Connection& connection);
  void pull(Connection& connection);
  bool pull_once(Connection& connection);
  void answered(Connection& connection);
  void watch(Connection& connection, int operation, std::uint32_t events);

  bench::PingPong const& plan_;
  Payload payload_ = make_payload(plan_.size);
  int epoll_ = check(epoll_create1(0), "epoll_create1");
  std::vector<Connection> connections_;
  bench::Latencies latencies_;
  std::uint64_t bytes_ = 0;
  std::uint64_t quota_ = 0;  // requests not yet begun
  Clock::time_point deadline_;
  std::size_t outstanding_ = 0;
  bool comparing_ = false;
};

Driver::Driver(bench::PingPong const& plan) : plan_(plan) {
  connections_.reserve(plan.connections);  // epoll holds pointers to them
  for (std::size_t i = 0; i < plan.connections; ++i) {
    auto& connection =
        connections_.emplace_back(Connection{bench::Wire(bench::connect_to(plan.port), plan.tls)});
    check(fcntl(connection.wire.fd(), F_SETFL, O_NONBLOCK), "fcntl");
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
  }
}

void Driver::warm_up() {
  comparing_ = true;
  loop(connections_.size(), Clock::time_point::max());
  comparing_ = false;
  latencies_.clear();
  bytes_ = 0;
}

void Driver::run() {
  auto const begin = Clock::now();
  if (plan_.requests) {
    loop(*plan_.requests, Clock::time_point::max());
  } else {
    loop(UINT64_MAX, begin + std::chrono::duration_cast<Clock::duration>(plan_.seconds));
  }
  latencies_.print_json(bytes_, Clock::now() - begin);
}

// Nothing may follow the last answer. A server that does not answer a half-close is left alone.
void Driver::finish() {
  for (auto& connection : connections_) {
    connection.wire.end();
    pollfd end{.fd = connection.wire.fd(), .events = POLLIN, .revents = 0};
    if (poll(&end, 1, 1000) == 1 && connection.wire.receive(io_buffer.data(), 1) > 0) {
      bench::fail("the server sent more than it got");
    }
    close(connection.wire.fd());
  }
}

// Returns when every request that was begun is answered, so the counts are exact.
void Driver::loop(std::uint64_t quota, Clock::time_point deadline) {
  quota_ = quota;
  deadline_ = deadline;
  for (auto& connection : connections_) start(connection);
  std::array<epoll_event, 128> events{};
  int const timeout = static_cast<int>(std::chrono::milliseconds(bench::patience).count());
  while (outstanding_ > 0) {
    int const count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
    if (count == 0) bench::fail("no answer from the server");
    for (int i = 0; i < count; ++i) {
      auto const& event = events[static_cast<std::size_t>(i)];
      auto& connection = *static_cast<Connection*>(event.data.ptr);
      if (event.events & EPOLLOUT) push(connection);
      if (event.events & ~std::uint32_t{EPOLLOUT}) pull(connection);
    }
  }
}

void Driver::start(Connection& connection) {
  auto const now = Clock::now();
  if (quota_ == 0 || now >= deadline_) return;
  --quota_;
  ++outstanding_;
  connection.started = now;
  connection.unsent = connection.unread = plan_.size;
  push(connection);
}

void Driver::push(Connection& connection) {
  char const* const rest = payload_.get() + (plan_.size - connection.unsent);
  ssize_t const sent = connection.wire.send(rest, connection.unsent);
  if (sent < 0 && errno != EAGAIN) bench::die("send");
  if (sent > 0) connection.unsent -= static_cast<std::size_t>(sent);
  bool const stuck = connection.unsent > 0;
  if (std::exchange(connection.stuck, stuck) == stuck) return;
  watch(connection, EPOLL_CTL_MOD, stuck ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void Driver::pull(Connection& connection) {
  while (pull_once(connection) && connection.wire.has_more()) {
  }
}

// False if nothing has come.
bool Driver::pull_once(Connection& connection) {
  ssize_t const got = connection.wire.receive(io_buffer.data(), io_buffer.size());
  if (got < 0 && errno == EAGAIN) return false;
  if (got < 0) bench::die("recv");
  auto const size = static_cast<std::size_t>(got);
  if (size == 0) bench::fail("the server closed");
  if (size > connection.unread - connection.unsent) bench::fail("the server sent more than it got");
  char const* const expected = payload_.get() + (plan_.size - connection.unread);
  if (comparing_ && std::memcmp(io_buffer.data(), expected, size) != 0) bench::fail("wrong bytes");
  bytes_ += size;
  connection.unread -= size;
  if (connection.unread == 0) answered(connection);
  return true;
}

void Driver::answered(Connection& connection) {
  latencies_.record(Clock::now() - connection.started);
  --outstanding_;
  start(connection);
}

void Driver::watch(Connection& connection, int operation, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &connection;
  check(epoll_ctl(epoll_, operation, connection.wire.fd(), &event), "epoll_ctl");
}

}  // namespace

void bench::run_pingpong(PingPong const& plan) {
  Driver driver(plan);
  driver.warm_up();
  if (plan.gated) gate();
  driver.run();
  if (plan.gated) gate();
  driver.finish();
}
