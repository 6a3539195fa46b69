// The load generator's parts. Internal to tests/bench/.
#pragma once

// IWYU pragma: begin_exports
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>
// IWYU pragma: end_exports

namespace bench {

using Clock = std::chrono::steady_clock;

// No single wait for the server is longer: a benchmark that hangs must say so.
inline constexpr std::chrono::seconds patience{10};

// Time of each request. One vector entry per request: the runs are short.
class Latencies {
 public:
  void record(Clock::duration taken) { taken_.push_back(taken); }
  void clear() { taken_.clear(); }
  // Prints the one JSON line. `bytes` received, `elapsed` of the whole run.
  void print_json(std::uint64_t bytes, Clock::duration elapsed);

 private:
  double percentile_us(double fraction);
  std::vector<Clock::duration> taken_;
};

// Tells the driver that a point is reached and waits for its line (or the end of stdin), so that it
// can read the server's CPU time and memory right there.
void gate();

struct PingPong {
  std::uint16_t port;
  std::size_t connections;
  std::size_t size;                       // bytes of a request, and of its answer
  std::chrono::duration<double> seconds;  // used if there is no number of requests
  std::optional<std::uint64_t> requests;  // over all connections
  bool gated;                             // gate() before the first request and after the report
  bool tls;                               // verifies nothing
};

// Closed loop: each connection sends a request when the answer to its last one is complete.
void run_pingpong(PingPong const& plan);

// Holds connections open. `speak`: after the first gate one byte goes through each, then a second
// gate.
void run_idle(std::uint16_t port, std::size_t connections, bool speak, bool tls);

// Connects, reads the greeting until the server closes, and again.
void run_greet(std::uint16_t port, std::size_t concurrency, std::uint64_t connections);

struct FanOut {
  std::uint16_t port;
  std::size_t receivers;
  std::size_t window;  // lines in flight
  std::chrono::duration<double> seconds;
  bool named;  // the server asks for a name
};

// One sender, many receivers: the next window goes when all have the last one. Gated like PingPong.
void run_fanout(FanOut const& plan);

}  // namespace bench
