#include "cli/standard_descriptors.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

#include "tests/support/catch.h"

namespace {

// Runs `body` in a process of its own in which the descriptors are closed; true if it says so.
template <class Body>
bool holds_with_closed(std::initializer_list<int> descriptors, Body body) {
  auto const child = ::fork();
  if (child == 0) {
    for (int const descriptor : descriptors) ::close(descriptor);
    ::_exit(twx::open_standard_descriptors() && body() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int access_mode(int descriptor) { return ::fcntl(descriptor, F_GETFL) & O_ACCMODE; }

bool reads_end(int descriptor) {
  char c;
  return ::read(descriptor, &c, 1) == 0;
}

}  // namespace

TEST_CASE("a closed stdin reads as empty", "[cli]") {
  CHECK(holds_with_closed({0}, [] { return reads_end(0) && ::write(0, "x", 1) < 0; }));
}

TEST_CASE("writing to a closed stdout goes on failing", "[cli]") {
  CHECK(holds_with_closed({1}, [] { return ::write(1, "x", 1) < 0 && errno == EBADF; }));
}

TEST_CASE("a closed stderr swallows what is written", "[cli]") {
  CHECK(holds_with_closed({2}, [] { return ::write(2, "x", 1) == 1; }));
}

TEST_CASE("each descriptor gets its own number when all are closed", "[cli]") {
  CHECK(holds_with_closed({0, 1, 2}, [] {
    int const next = ::open("/dev/null", O_RDONLY);
    return access_mode(0) == O_RDONLY && access_mode(1) == O_RDONLY && access_mode(2) == O_WRONLY &&
           next > 2;
  }));
}

TEST_CASE("open descriptors are left alone", "[cli]") {
  CHECK(holds_with_closed({0, 2}, [mode = access_mode(1)] { return access_mode(1) == mode; }));
}
