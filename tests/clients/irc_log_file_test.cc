#include "clients/irc_log_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "reactor/fakes/fake_clock.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

struct OneFile {
  std::string path(std::string const& name = "log") const { return scratch.path(name); }
  std::string contents(std::string const& name = "log") const {
    std::ostringstream all;
    all << std::ifstream(path(name)).rdbuf();
    return all.str();
  }
  // Whether a new file was begun.
  bool put(std::string_view line) {
    auto const fresh = file.prepare(clock.now()).value();
    file.write(line).value();
    return fresh;
  }

  test::ScratchDirectory scratch;
  FakeClock clock;
  IrcLogFile file{path(), std::string::npos};
};

}  // namespace

TEST_CASE_METHOD(OneFile, "a file is opened by its first line", "[clients]") {
  CHECK_FALSE(file.is_open());
  CHECK(put("a\n"));
  CHECK_FALSE(put("b\n"));
  CHECK(contents() == "a\nb\n");
}

TEST_CASE_METHOD(OneFile, "a closed file goes on with its next line", "[clients]") {
  put("a\n");
  file.close();
  CHECK_FALSE(put("b\n"));
  CHECK(contents() == "a\nb\n");
}

TEST_CASE_METHOD(OneFile, "after a deletion there is a new file within a second", "[irc42]") {
  put("a\n");
  unlink(path().c_str());
  clock.advance(999ms);
  CHECK_FALSE(put("into nothing\n"));
  clock.advance(1ms);
  CHECK(put("b\n"));
  CHECK(contents() == "b\n");
}

TEST_CASE_METHOD(OneFile, "a file that was moved has what came until it was opened anew",
                 "[irc41]") {
  put("a\n");
  REQUIRE(rename(path().c_str(), path("log.1").c_str()) == 0);
  put("b\n");
  REQUIRE(file.open());
  put("c\n");
  CHECK(contents("log.1") == "a\nb\n");
  CHECK(contents() == "c\n");
}

TEST_CASE_METHOD(OneFile, "the old file stays when there can be no new one", "[irc42]") {
  put("a\n");
  REQUIRE(rename(path().c_str(), path("old").c_str()) == 0);
  REQUIRE(mkdir(path().c_str(), 0700) == 0);
  clock.advance(1s);
  auto const prepared = file.prepare(clock.now());
  REQUIRE_FALSE(prepared);
  CHECK(prepared.failure().message() == path() + ": Is a directory");
  REQUIRE(file.is_open());
  REQUIRE(file.write("b\n"));
  CHECK(contents("old") == "a\nb\n");
}

TEST_CASE_METHOD(OneFile, "pipes fail in words that tell why", "[clients]") {
  REQUIRE(mkfifo(path().c_str(), 0600) == 0);
  CHECK(file.prepare(clock.now()).failure().message() == path() + ": nobody reads it");
}

TEST_CASE_METHOD(OneFile, "only what was written is synced", "[clients]") {
  CHECK(file.sync());
  put("a\n");
  CHECK(file.sync());
  CHECK(file.sync());
}
