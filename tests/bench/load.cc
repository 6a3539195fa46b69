// The load generator: one thread, epoll, clients on loopback.

#include "load.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <ratio>
#include <string_view>

#include "net.h"

namespace bench {

double Latencies::percentile_us(double fraction) {
  if (taken_.empty()) return 0;
  auto const last = static_cast<double>(taken_.size() - 1);
  auto const place = taken_.begin() + static_cast<std::ptrdiff_t>(last * fraction);
  std::nth_element(taken_.begin(), place, taken_.end());
  return std::chrono::duration<double, std::micro>(*place).count();
}

void Latencies::print_json(std::uint64_t bytes, Clock::duration elapsed) {
  auto const seconds = std::chrono::duration<double>(elapsed).count();
  std::printf("{\"requests\": %zu, \"bytes\": %" PRIu64 ", ", taken_.size(), bytes);
  std::printf("\"seconds\": %.6f, ", seconds);
  std::printf("\"p50_us\": %.1f, \"p99_us\": %.1f}\n", percentile_us(0.5), percentile_us(0.99));
  std::fflush(stdout);
}

void gate() {
  std::puts("ready");
  std::fflush(stdout);
  for (int c = std::getchar(); c != '\n' && c != EOF; c = std::getchar()) {
  }
}

}  // namespace bench

namespace {

using bench::parse_number;

constexpr const char* usage =
    "usage: load pingpong PORT CONNECTIONS SIZE SECONDS|--requests N [--gate] [--tls]\n"
    "       load idle PORT CONNECTIONS [--speak] [--tls]\n"
    "       load greet PORT CONCURRENCY CONNECTIONS\n"
    "       load fanout PORT RECEIVERS WINDOW SECONDS [--named]";

bench::PingPong parse_pingpong(int argc, char** argv) {
  if (argc < 6) bench::fail(usage);
  bench::PingPong plan{};
  plan.port = bench::parse_port(argv[2]);
  plan.connections = parse_number(argv[3]);
  plan.size = parse_number(argv[4]);
  int next = 5;
  if (std::string_view(argv[next]) != "--requests") {
    plan.seconds = std::chrono::duration<double>(std::strtod(argv[next++], nullptr));
  } else {
    if (argc < 7) bench::fail(usage);
    plan.requests = parse_number(argv[6]);
    next = 7;
  }
  for (; next < argc; ++next) {
    std::string_view const option = argv[next];
    plan.gated |= option == "--gate";
    plan.tls |= option == "--tls";
  }
  if (plan.connections == 0 || plan.size == 0) bench::fail(usage);
  return plan;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) bench::fail(usage);
  std::string_view const mode = argv[1];
  bench::raise_descriptor_limit();
  if (mode == "pingpong") {
    bench::run_pingpong(parse_pingpong(argc, argv));
  } else if (mode == "idle") {
    std::vector<std::string_view> const options(argv + 4, argv + argc);
    auto const has = [&](std::string_view option) {
      return std::find(options.begin(), options.end(), option) != options.end();
    };
    bench::run_idle(bench::parse_port(argv[2]), parse_number(argv[3]), has("--speak"),
                    has("--tls"));
  } else if (mode == "greet" && argc == 5) {
    bench::run_greet(bench::parse_port(argv[2]), parse_number(argv[3]), parse_number(argv[4]));
  } else if (mode == "fanout" && argc >= 6) {
    bench::run_fanout({.port = bench::parse_port(argv[2]),
                       .receivers = parse_number(argv[3]),
                       .window = parse_number(argv[4]),
                       .seconds = std::chrono::duration<double>(std::strtod(argv[5], nullptr)),
                       .named = argc > 6});
  } else {
    bench::fail(usage);
  }
}
