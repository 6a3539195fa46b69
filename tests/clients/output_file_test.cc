#include "clients/output_file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using How = OutputPlan::How;
using std::chrono::sys_seconds;

std::string contents(std::string const& path) {
  std::ostringstream all;
  all << std::ifstream(path, std::ios::binary).rdbuf();
  return all.str();
}

// Opens, writes, closes.
Result<void> put(OutputFile& file, std::string_view text) {
  auto const open = file.open();
  if (!open) return open.failure();
  if (auto const written = file.write(bytes(text)); !written) return written.failure();
  return file.close(std::nullopt);
}

struct Outputs {
  Result<void> put(OutputPlan plan, std::string_view text = "new") {
    OutputFile file(std::move(plan));
    auto result = ::put(file, text);
    last = file.path();
    return result;
  }
  void make(std::string const& name, std::string_view text = "old") const {
    std::ofstream(scratch.path(name)) << text;
  }
  std::string path(std::string const& name) const { return scratch.path(name); }

  test::ScratchDirectory scratch;
  std::string last;
};

Failure failure_of(Result<void> const& result) {
  REQUIRE_FALSE(result);
  CHECK(result.failure().code() == Error::cannot_write);
  return result.failure();
}

}  // namespace

TEST_CASE_METHOD(Outputs, "an output is made, or emptied and written anew", "[clients]") {
  REQUIRE(put({.path = path("a")}, "longer than new"));
  CHECK(contents(path("a")) == "longer than new");
  REQUIRE(put({.path = path("a")}));
  CHECK(contents(path("a")) == "new");
}

TEST_CASE_METHOD(Outputs, "an exclusive output never overwrites (CVE-2020-8177)", "[fetch31]") {
  REQUIRE(put({.path = path("a"), .how = How::exclusive}));
  auto const failure = failure_of(put({.path = path("a"), .how = How::exclusive}, "evil"));
  CHECK(failure.message() == path("a") + ": File exists");
  CHECK(contents(path("a")) == "new");
}

TEST_CASE_METHOD(Outputs, "an exclusive output does not follow a link that leads nowhere",
                 "[fetch31]") {
  REQUIRE(symlink(path("target").c_str(), path("link").c_str()) == 0);
  failure_of(put({.path = path("link"), .how = How::exclusive}));
  CHECK(access(path("target").c_str(), F_OK) != 0);
}

TEST_CASE_METHOD(Outputs, "an output that must not clobber gets a number up to 100", "[clients]") {
  OutputPlan const plan{.path = path("a"), .how = How::no_clobber};
  REQUIRE(put(plan));
  CHECK(last == path("a"));
  REQUIRE(put(plan, "second"));
  CHECK(last == path("a.1"));
  CHECK(contents(path("a.1")) == "second");
  for (int i = 2; i < 100; ++i) make("a." + std::to_string(i));
  REQUIRE(put(plan));
  CHECK(last == path("a.100"));
  failure_of(put(plan));
  CHECK(contents(path("a")) == "new");
}

TEST_CASE_METHOD(Outputs, "an appended output goes on where the file ends", "[fetch33]") {
  make("a", "12345");
  REQUIRE(put({.path = path("a"), .how = How::append, .size = 5}, "678"));
  CHECK(contents(path("a")) == "12345678");
  REQUIRE(put({.path = path("b"), .how = How::append, .size = 0}));
  CHECK(contents(path("b")) == "new");
}

TEST_CASE_METHOD(Outputs, "a file that has grown meanwhile is not appended to", "[fetch33]") {
  make("a", "123456");
  auto const failure = failure_of(put({.path = path("a"), .how = How::append, .size = 5}));
  CHECK(failure.message() == path("a") + ": its size has changed");
  CHECK(contents(path("a")) == "123456");
}

TEST_CASE_METHOD(Outputs, "folders are made with mode 0750, if that is wanted", "[clients]") {
  auto const deep = path("x/y/z.txt");
  CHECK(failure_of(put({.path = deep})).message() == deep + ": No such file or directory");
  REQUIRE(put({.path = deep, .create_dirs = true}));
  struct stat status{};
  REQUIRE(stat(path("x/y").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0750);
  REQUIRE(put({.path = path("x//y/more"), .create_dirs = true}));
  make("file");
  CHECK(failure_of(put({.path = path("file/a"), .create_dirs = true})).message() ==
        path("file") + ": File exists");
}

TEST_CASE_METHOD(Outputs, "after an error the file of this run is removed (CVE-2022-27778)",
                 "[fetch32]") {
  OutputFile file({.path = path("a"), .remove_on_error = true});
  REQUIRE(file.open());
  REQUIRE(file.write(bytes("part")));
  file.discard();
  CHECK(access(path("a").c_str(), F_OK) != 0);
}

TEST_CASE_METHOD(Outputs, "the numbered file is removed, and not the one that was there",
                 "[fetch32]") {
  make("a");
  OutputFile file({.path = path("a"), .how = How::no_clobber, .remove_on_error = true});
  REQUIRE(::put(file, "part"));
  file.discard();
  CHECK(contents(path("a")) == "old");
  CHECK(access(path("a.1").c_str(), F_OK) != 0);
}

TEST_CASE_METHOD(Outputs, "a file that was there before is not removed", "[fetch32]") {
  for (auto const how : {How::truncate, How::append, How::exclusive}) {
    make("a");
    OutputFile file({.path = path("a"), .how = how, .remove_on_error = true});
    CHECK(static_cast<bool>(file.open()) == (how != How::exclusive));
    file.discard();
    CHECK(access(path("a").c_str(), F_OK) == 0);
  }
}

TEST_CASE_METHOD(Outputs, "a file that has taken the place of ours is not removed", "[fetch32]") {
  OutputFile file({.path = path("a"), .remove_on_error = true});
  REQUIRE(file.open());
  REQUIRE(rename(path("a").c_str(), path("moved").c_str()) == 0);
  make("a", "somebody else's");
  file.discard();
  CHECK(contents(path("a")) == "somebody else's");
}

TEST_CASE_METHOD(Outputs, "a file is kept after an error unless it is to be removed", "[fetch32]") {
  OutputFile file({.path = path("a")});
  REQUIRE(::put(file, "part"));
  file.discard();
  CHECK(contents(path("a")) == "part");
}

TEST_CASE_METHOD(Outputs, "a full disk and a missing folder are told by name", "[clients]") {
  CHECK(failure_of(put({.path = "/dev/full"})).message() == "/dev/full: No space left on device");
  CHECK(failure_of(put({.path = path("")})).message() == path("") + ": Is a directory");
}

TEST_CASE_METHOD(Outputs, "a limit of file sizes is told, after what could be written",
                 "[clients]") {
  auto const report = test::in_child([this]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);  // as the reactor does
    rlimit const limit{1000, 1000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return "no limit";
    auto const result = put({.path = path("a")}, std::string(1500, 'x'));
    return result ? "written" : result.failure().message();
  });
  CHECK(report == path("a") + ": File too large");
  CHECK(contents(path("a")) == std::string(1000, 'x'));
}

TEST_CASE_METHOD(Outputs, "the time of last change is the given one", "[clients]") {
  OutputFile file({.path = path("a")});
  REQUIRE(file.open());
  REQUIRE(file.write(bytes("x")));
  REQUIRE(file.close(sys_seconds(std::chrono::seconds(784111777))));
  struct stat status{};
  REQUIRE(stat(path("a").c_str(), &status) == 0);
  CHECK(status.st_mtime == 784111777);
}

TEST_CASE_METHOD(Outputs, "a FIFO without a reader is not waited for here", "[clients]") {
  REQUIRE(mkfifo(path("fifo").c_str(), 0600) == 0);
  OutputFile file({.path = path("fifo")});
  CHECK_FALSE(file.open().value());
}

TEST_CASE_METHOD(Outputs, "bytes can be moved straight into files and /dev/null", "[clients]") {
  OutputFile file({.path = path("a")});
  CHECK(file.plain() == -1);
  REQUIRE(file.open());
  CHECK(file.plain() >= 0);
  OutputFile null({.path = "/dev/null"});
  REQUIRE(null.open());
  CHECK(null.plain() >= 0);
  OutputFile full({.path = "/dev/full"});
  REQUIRE(full.open());
  CHECK(full.plain() == -1);
}
