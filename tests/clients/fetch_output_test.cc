#include "clients/fetch_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "reactor/fakes/fake_clock.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

struct Outputs {
  std::unique_ptr<FetchOutput> output(std::string const& name) {
    auto made = file_output(clock, {.path = scratch.path(name), .remove_on_error = true});
    made->hold = [this](bool wanted) { held = wanted; };
    return made;
  }
  void finish(FetchOutput& output) {
    finishing = output.finish().add_both([this](Result<void> done) { result = std::move(done); });
  }
  std::string contents(std::string const& name) const {
    std::ostringstream all;
    all << std::ifstream(scratch.path(name), std::ios::binary).rdbuf();
    return all.str();
  }
  bool exists(std::string const& name) const {
    return access(scratch.path(name).c_str(), F_OK) == 0;
  }

  test::ScratchDirectory scratch;
  FakeClock clock;
  bool held = false;
  std::optional<Result<void>> result;
  Deferred<void> finishing = succeed();
};

// Somebody else's end of a FIFO.
struct Reader {
  explicit Reader(std::string const& path)
      : fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {}
  std::string read() const {
    std::string all;
    char piece[4096];
    ssize_t count = 0;
    while ((count = ::read(fd.get(), piece, sizeof piece)) > 0)
      all.append(piece, static_cast<std::size_t>(count));
    return all;
  }
  Descriptor fd;
};

struct Fifo : Outputs {
  Fifo() { REQUIRE(mkfifo(scratch.path("fifo").c_str(), 0600) == 0); }
  std::string path = scratch.path("fifo");
};

}  // namespace

TEST_CASE_METHOD(Outputs, "a file is made with its first byte, or at the end", "[clients]") {
  auto const a = output("a");
  CHECK_FALSE(exists("a"));
  a->write(bytes("x"));
  CHECK(exists("a"));
  finish(*a);
  REQUIRE(result);
  CHECK(*result);
  CHECK(contents("a") == "x");
  auto const empty = output("empty");
  finish(*empty);
  CHECK(exists("empty"));
}

TEST_CASE_METHOD(Outputs, "what cannot be written is thrown, with the path", "[clients]") {
  auto const full = file_output(clock, {.path = "/dev/full"});
  try {
    full->write(bytes("x"));
    FAIL("written");
  } catch (FailureException const& e) {
    CHECK(e.failure().code() == Error::cannot_write);
    CHECK(e.failure().message() == "/dev/full: No space left on device");
  }
}

TEST_CASE_METHOD(Outputs, "bytes are moved straight into files and /dev/null", "[clients]") {
  CHECK(output("a")->plain() >= 0);
  CHECK(file_output("/dev/null")->plain() >= 0);
}

TEST_CASE_METHOD(Outputs, "a file gets the server's time with its end", "[clients]") {
  auto const a = output("a");
  a->write(bytes("x"));
  a->set_modified(std::chrono::sys_seconds(784111777s));
  finish(*a);
  struct stat status{};
  REQUIRE(stat(scratch.path("a").c_str(), &status) == 0);
  CHECK(status.st_mtime == 784111777);
}

TEST_CASE_METHOD(Outputs, "an output that has failed takes its file away", "[fetch32]") {
  auto const a = output("a");
  a->write(bytes("x"));
  a->discard_on_error();
  CHECK_FALSE(exists("a"));
  output("never opened")->discard_on_error();
}

TEST_CASE_METHOD(Fifo, "a FIFO's reader is waited for, and gets all", "[clients]") {
  auto const fifo = output("fifo");
  fifo->write(bytes("early "));
  CHECK(held);
  clock.advance(1h);
  CHECK(held);
  Reader const reader(path);
  clock.advance(10ms);
  CHECK_FALSE(held);
  fifo->write(bytes("late"));
  finish(*fifo);
  REQUIRE(result);
  CHECK(*result);
  CHECK(reader.read() == "early late");
}

TEST_CASE_METHOD(Fifo, "an empty body waits for the FIFO's reader too", "[clients]") {
  auto const fifo = output("fifo");
  finish(*fifo);
  clock.advance(1s);
  CHECK_FALSE(result);
  Reader const reader(path);
  clock.advance(10ms);
  REQUIRE(result);
  CHECK(*result);
}

TEST_CASE_METHOD(Fifo, "a FIFO that is full holds the source until it is read", "[clients]") {
  Reader const reader(path);
  auto const fifo = output("fifo");
  auto const body = test::pattern(200'000);
  fifo->write(bytes(body));
  CHECK(held);
  finish(*fifo);
  std::string got;
  for (int i = 0; i < 100 && !result; ++i) {
    got += reader.read();
    clock.advance(10ms);
  }
  got += reader.read();
  REQUIRE(result);
  CHECK(*result);
  CHECK(test::difference(got, body) == "equal");
}

TEST_CASE_METHOD(Fifo, "a FIFO whose reader goes away is an error of writing", "[clients]") {
  auto const fifo = output("fifo");
  {
    Reader const reader(path);
    fifo->write(bytes(test::pattern(200'000)));
  }
  std::signal(SIGPIPE, SIG_IGN);  // as the reactor does
  clock.advance(10ms);
  CHECK_FALSE(held);
  CHECK_THROWS_AS(fifo->write(bytes("x")), FailureException);
  finish(*fifo);
  REQUIRE(result);
  CHECK(result->failure().code() == Error::cannot_write);
}

TEST_CASE_METHOD(Fifo, "an output that goes waits for no reader any more", "[clients]") {
  output("fifo")->write(bytes("x"));
  Reader const reader(path);
  clock.advance(1s);
  CHECK(reader.read().empty());
}
