#include "cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "tests/cli/captured.h"
#include "tests/support/catch.h"

TEST_CASE("all of a text is written", "[cli]") {
  twx::test::Captured const out(STDOUT_FILENO);
  auto const error = twx::write_all(STDOUT_FILENO, "text\n");
  CHECK_FALSE(error);
  CHECK(out.text() == "text\n");
}

TEST_CASE("a person is told on stderr", "[cli]") {
  twx::test::Captured const error(STDERR_FILENO);
  twx::tell("twx: text\n");
  CHECK(error.text() == "twx: text\n");
}

TEST_CASE("a full device and a closed descriptor are reported", "[cli]") {
  int const full = ::open("/dev/full", O_WRONLY);
  CHECK(twx::write_all(full, "x") == std::errc::no_space_on_device);
  ::close(full);
  CHECK(twx::write_all(full, "x") == std::errc::bad_file_descriptor);
}

TEST_CASE("what printing comes to is the end of a command", "[cli]") {
  auto const printed_to = [](int descriptor) {
    twx::test::Captured const restores(STDOUT_FILENO);
    ::dup2(descriptor, STDOUT_FILENO);
    ::close(descriptor);
    return twx::print("text\n");
  };
  auto const full = printed_to(::open("/dev/full", O_WRONLY));
  CHECK(full.status == twx::ExitStatus::write_failed);
  CHECK(full.message == "cannot write to standard output: No space left on device");

  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  auto* const before = std::signal(SIGPIPE, SIG_IGN);
  auto const gone = printed_to(ends[1]);
  std::signal(SIGPIPE, before);
  CHECK(gone.status == twx::ExitStatus::done);
  CHECK(gone.signal == SIGPIPE);
  CHECK(gone.message.empty());
}

TEST_CASE("a pipe that does not block is waited for", "[cli]") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_NONBLOCK) == 0);
  std::string const text(1 << 20, 'x');
  std::error_code error;
  std::thread writer([&] { error = twx::write_all(ends[1], text); });
  std::size_t count = 0;
  ::fcntl(ends[0], F_SETFL, 0);
  for (char buffer[65536]; count < text.size();) {
    auto const n = ::read(ends[0], buffer, sizeof buffer);
    REQUIRE(n > 0);
    count += static_cast<std::size_t>(n);
  }
  writer.join();
  CHECK_FALSE(error);
  CHECK(count == text.size());
  ::close(ends[0]);
  ::close(ends[1]);
}
