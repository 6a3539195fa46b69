// What an open descriptor is, and all of a text into it.
#include "reactor/open_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <thread>

#include "reactor/descriptor.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

TEST_CASE("A path names a file until it is another's, and never through a link", "[open_file]") {
  ScratchDirectory const directory;
  auto const path = directory.path("one");
  Descriptor const file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(file);
  CHECK(names(path, file.get()));
  REQUIRE(symlink(path.c_str(), directory.path("link").c_str()) == 0);
  CHECK_FALSE(names(directory.path("link"), file.get()));
  REQUIRE(std::rename(path.c_str(), directory.path("other").c_str()) == 0);
  CHECK_FALSE(names(path, file.get()));
  CHECK(names(directory.path("other"), file.get()));
}

TEST_CASE("Only a regular file is one", "[open_file]") {
  ScratchDirectory const directory;
  Descriptor const file(open(directory.path("x").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  Descriptor const null(open("/dev/null", O_RDWR | O_CLOEXEC));
  CHECK(is_regular_file(file.get()));
  CHECK_FALSE(is_regular_file(null.get()));
  CHECK_FALSE(is_regular_file(-1));
}

TEST_CASE("A duplicate is the same open file, and none of a program started later", "[open_file]") {
  ScratchDirectory const directory;
  Descriptor file(open(directory.path("x").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  auto const other = duplicate(file.get());
  REQUIRE(other);
  REQUIRE(write_whole(file.get(), "text"));
  file.reset();
  CHECK(lseek(other.get(), 0, SEEK_CUR) == 4);
  CHECK(fcntl(other.get(), F_GETFD) == FD_CLOEXEC);
  CHECK_FALSE(duplicate(-1));
  CHECK(errno == EBADF);
}

TEST_CASE("All of a text goes into a pipe that does not block", "[open_file]") {
  int ends[2];
  REQUIRE(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
  Descriptor const out(ends[0]);
  Descriptor in(ends[1]);
  REQUIRE(fcntl(out.get(), F_SETFL, 0) == 0);  // that one does
  auto const text = pattern(1'000'000);
  std::string got;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t size = 0; (size = read(out.get(), buffer, sizeof buffer)) > 0;)
      got.append(buffer, static_cast<std::size_t>(size));
  });
  CHECK(write_whole(in.get(), text));
  in.reset();
  reader.join();
  CHECK(difference(got, text) == "equal");
}

TEST_CASE("A text that cannot be written leaves the reason in errno", "[open_file]") {
  Descriptor const full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  CHECK_FALSE(write_whole(full.get(), "text"));
  CHECK(errno == ENOSPC);
}

}  // namespace
