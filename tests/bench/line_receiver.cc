// What it costs to cut a stream into lines: LineReceiver, or memchr(3) alone as the limit.
//
//   line_receiver twx|memchr SECONDS
//
// Prints processor time in ns per byte: 80-byte lines in 64 KiB reads, 64 KiB lines in 64 KiB
// reads, the same in 16-byte reads.
#include "protocols/line_receiver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

#include "reactor/fakes/fake_transport.h"

namespace {

constexpr std::size_t long_line = 65536;
constexpr std::size_t large_read = 65536;
constexpr std::size_t small_read = 16;

class Counting final : public twx::LineReceiver {
 public:
  Counting() { set_max_length(long_line); }
  void line_received(std::string_view) override { ++lines; }

  std::size_t lines = 0;
};

class Framed {
 public:
  Framed() { receiver_.make_connection(wire_); }
  void read(std::string_view data) { receiver_.data_received(twx::bytes(data)); }
  std::size_t lines() const { return receiver_.lines; }

 private:
  twx::FakeTransport wire_;
  Counting receiver_;
};

// Keeps nothing: what a line that is split costs to put together is not in it.
class Searched {
 public:
  void read(std::string_view data) {
    while (auto const* const end =
               static_cast<char const*>(std::memchr(data.data(), '\n', data.size()))) {
      ++lines_;
      data.remove_prefix(static_cast<std::size_t>(end - data.data()) + 1);
      if (data.empty()) return;
    }
  }
  std::size_t lines() const { return lines_; }

 private:
  std::size_t lines_ = 0;
};

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::string stream_of(std::size_t line_size) {
  auto const line = std::string(line_size, 'x') + "\r\n";
  std::string stream;
  while (stream.size() < 4 * large_read) stream += line;
  return stream;
}

template <class Subject>
double ns_per_byte(std::size_t line_size, std::size_t read_size, double seconds) {
  auto const stream = stream_of(line_size);
  Subject subject;
  std::size_t passes = 0;
  double taken = 0;
  for (auto const begin = processor_seconds(); taken < seconds; ++passes) {
    for (std::size_t at = 0; at < stream.size(); at += read_size)
      subject.read(std::string_view(stream).substr(at, read_size));
    taken = processor_seconds() - begin;
  }
  if (subject.lines() != passes * stream.size() / (line_size + 2)) std::abort();
  return taken * 1e9 / static_cast<double>(passes * stream.size());
}

template <class Subject>
void measure(double seconds) {
  auto const lines = ns_per_byte<Subject>(80, large_read, seconds);
  auto const large = ns_per_byte<Subject>(long_line, large_read, seconds);
  auto const small = ns_per_byte<Subject>(long_line, small_read, seconds);
  std::printf("{\"lines\": %.4f, \"large\": %.4f, \"small\": %.4f}\n", lines, large, small);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: line_receiver twx|memchr SECONDS\n", stderr);
    return 2;
  }
  auto const seconds = std::strtod(argv[2], nullptr);
  std::string_view(argv[1]) == "twx" ? measure<Framed>(seconds) : measure<Searched>(seconds);
}
