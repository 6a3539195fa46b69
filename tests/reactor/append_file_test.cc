#include "reactor/append_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

struct Appending {
  std::string path(std::string const& name = "log") const { return scratch.path(name); }
  void make(std::string const& text, std::string const& name = "log") const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  std::string contents(std::string const& name = "log") const {
    std::ostringstream all;
    all << std::ifstream(path(name), std::ios::binary).rdbuf();
    return all.str();
  }
  bool exists(std::string const& name) const { return access(path(name).c_str(), F_OK) == 0; }

  test::ScratchDirectory scratch;
  AppendFile file;
};

struct Pipe {
  Pipe() { REQUIRE(pipe2(ends, O_NONBLOCK) == 0); }
  ~Pipe() {
    close(ends[0]);
    if (ends[1] >= 0) close(ends[1]);
  }
  std::string read_all() const {
    std::string all;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(n));
    return all;
  }
  void fill() const {
    while (write(ends[1], "x", 1) == 1) continue;
  }
  int ends[2];
};

std::error_code code_of(Result<void> const& result) {
  REQUIRE_FALSE(result);
  return result.failure().code();
}

}  // namespace

TEST_CASE_METHOD(Appending, "lines are added at the end", "[irc44]") {
  make("first\n");
  REQUIRE(file.open(path()));
  CHECK_FALSE(file.began_empty());
  REQUIRE(file.write("second\n"));
  make("");  // somebody empties it
  REQUIRE(file.write("third\n"));
  CHECK(contents() == "third\n");
}

TEST_CASE_METHOD(Appending, "a file is made as the umask says", "[reactor]") {
  auto const before = umask(027);
  REQUIRE(file.open(path()));
  umask(before);
  struct stat status{};
  REQUIRE(stat(path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
  CHECK(file.began_empty());
}

TEST_CASE_METHOD(Appending, "a torn line of somebody else is ended before ours", "[irc44]") {
  make("whole\nto");
  REQUIRE(file.open(path()));
  REQUIRE(file.write("a\n"));
  REQUIRE(file.write("b\n"));
  CHECK(contents() == "whole\nto\na\nb\n");
}

TEST_CASE_METHOD(Appending, "what a kill has left of a line is cut off", "[irc44]") {
  std::string const whole = "whole\n";
  auto const torn = std::string(8192 - whole.size(), 'x');
  make(whole + torn);
  REQUIRE(file.open(path()));
  REQUIRE(file.write("a\n"));
  CHECK(contents() == "whole\na\n");
}

TEST_CASE_METHOD(Appending, "what may be of use to somebody is not cut off", "[irc44]") {
  std::string const whole = "whole\n";
  auto const torn = std::string(4096 - whole.size(), 'x');
  SECTION("another writer") {
    AppendFile other;
    make(whole);
    REQUIRE(other.open(path()));
    make(whole + torn);
    REQUIRE(file.open(path()));
    REQUIRE(file.write("a\n"));
    CHECK(contents() == whole + torn + "\na\n");
  }
  SECTION("no other line") {
    make(std::string(4096, 'x'));
    REQUIRE(file.open(path()));
    REQUIRE(file.write("a\n"));
    CHECK(contents() == std::string(4096, 'x') + "\na\n");
  }
  SECTION("an end elsewhere") {
    make(whole + torn + "x");
    REQUIRE(file.open(path()));
    REQUIRE(file.write("a\n"));
    CHECK(contents() == whole + torn + "x\na\n");
  }
}

TEST_CASE_METHOD(Appending, "lines of two writers are whole", "[irc48]") {
  AppendFile other;
  REQUIRE(file.open(path()));
  REQUIRE(other.open(path()));
  for (int i = 0; i < 3; ++i) {
    REQUIRE(file.write("one\n"));
    REQUIRE(other.write("other\n"));
  }
  CHECK(contents() == "one\nother\none\nother\none\nother\n");
}

TEST_CASE_METHOD(Appending, "a line that does not fit leaves nothing behind", "[irc43]") {
  auto const report = test::in_child([this]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);  // as the reactor does
    rlimit const limit{10, 10};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || !file.open(path())) return "no limit";
    if (!file.write("123456\n")) return "the first is lost";
    auto const result = file.write("too long\n");
    if (result || result.failure().code() != std::errc::file_too_large) return "it is not told";
    return file.write("ab\n") ? "ok" : "the third is lost";
  });
  CHECK(report == "ok");
  CHECK(contents() == "123456\nab\n");
}

TEST_CASE_METHOD(Appending, "a torn line stays torn until its newline is written", "[irc43]") {
  make("1234");
  auto const report = test::in_child([this]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit const limit{8, 8};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || !file.open(path())) return "no limit";
    if (file.write("too long\n")) return "it is not told";
    return file.write("ab\n") ? "ok" : "the second is lost";
  });
  CHECK(report == "ok");
  CHECK(contents() == "1234\nab\n");
}

TEST_CASE_METHOD(Appending, "a full disk is told by the system's code", "[irc43]") {
  REQUIRE(file.open("/dev/full"));
  CHECK(code_of(file.write("x\n")) == std::errc::no_space_on_device);
}

TEST_CASE_METHOD(Appending, "a file is in its place until it is moved or deleted", "[irc42]") {
  REQUIRE(file.open(path()));
  CHECK(file.in_place(path()));
  REQUIRE(rename(path().c_str(), path("old").c_str()) == 0);
  CHECK_FALSE(file.in_place(path()));
  CHECK(file.in_place(path("old")));
  make("another");
  CHECK_FALSE(file.in_place(path()));
}

TEST_CASE_METHOD(Appending, "folders that are not trusted are made", "[reactor]") {
  auto const before = umask(027);
  REQUIRE(file.open_at(path("a/b//c.log"), path("").size()));
  umask(before);
  REQUIRE(file.write("x\n"));
  CHECK(contents("a/b/c.log") == "x\n");
  struct stat status{};
  REQUIRE(stat(path("a/b").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0750);
}

TEST_CASE_METHOD(Appending, "those before them are not", "[reactor]") {
  CHECK(code_of(file.open_at(path("a/b/c.log"), path("a/").size())) ==
        std::errc::no_such_file_or_directory);
  CHECK_FALSE(exists("a"));
}

TEST_CASE_METHOD(Appending, "links that are not trusted are not followed", "[irc45]") {
  REQUIRE(mkdir(path("real").c_str(), 0700) == 0);
  REQUIRE(symlink("real", path("linked").c_str()) == 0);
  REQUIRE(symlink("real/target", path("link.log").c_str()) == 0);
  auto const fixed = path("").size();
  CHECK(code_of(file.open_at(path("linked/x.log"), fixed)) == std::errc::not_a_directory);
  CHECK(code_of(file.open_at(path("link.log"), fixed)) == std::errc::too_many_symbolic_link_levels);
  CHECK_FALSE(exists("real/x.log"));
  CHECK_FALSE(exists("real/target"));
  REQUIRE(file.open_at(path("linked/x.log"), path("linked/").size()));
  CHECK(exists("real/x.log"));
}

TEST_CASE_METHOD(Appending, "what cannot be opened leaves the open one as it is", "[irc41]") {
  REQUIRE(file.open(path()));
  CHECK(code_of(file.open(path("no/such"))) == std::errc::no_such_file_or_directory);
  REQUIRE(file.write("x\n"));
  CHECK(contents() == "x\n");
}

TEST_CASE_METHOD(Appending, "a FIFO that nobody reads is not waited for", "[reactor]") {
  REQUIRE(mkfifo(path().c_str(), 0600) == 0);
  CHECK(code_of(file.open(path())) == std::errc::no_such_device_or_address);
}

TEST_CASE_METHOD(Appending, "a pipe that is full loses the line", "[reactor]") {
  Pipe const pipe;
  REQUIRE(file.open_shared(pipe.ends[1]));
  pipe.fill();
  CHECK(code_of(file.write("x\n")) == std::errc::resource_unavailable_try_again);
  pipe.read_all();
  REQUIRE(file.write("y\n"));
  CHECK(pipe.read_all() == "y\n");
}

TEST_CASE_METHOD(Appending, "what a pipe took of a lost line is ended", "[reactor]") {
  Pipe const pipe;
  REQUIRE(file.open_shared(pipe.ends[1]));
  std::string const line = std::string(1024 * 1024, 'x') + "\n";  // more than it holds
  CHECK(code_of(file.write(line)) == std::errc::resource_unavailable_try_again);
  auto const part = pipe.read_all();
  CHECK(part.size() < line.size());
  REQUIRE(file.write("y\n"));
  CHECK(pipe.read_all() == "\ny\n");
}

TEST_CASE_METHOD(Appending, "lines for a slow reader can be held, up to a limit", "[reactor]") {
  Pipe const pipe;
  file.set_most_held(4);
  REQUIRE(file.open_shared(pipe.ends[1]));
  pipe.fill();
  REQUIRE(file.write("a\n"));
  REQUIRE(file.write("b\n"));
  CHECK(code_of(file.write("c\n")) == std::errc::resource_unavailable_try_again);
  CHECK(file.held() == 4);
  pipe.read_all();
  REQUIRE(file.flush());
  CHECK(pipe.read_all() == "a\nb\n");
  CHECK(file.held() == 0);
}

TEST_CASE_METHOD(Appending, "the rest of a line that has begun is held in any case", "[reactor]") {
  Pipe const pipe;
  file.set_most_held(4);
  REQUIRE(file.open_shared(pipe.ends[1]));
  std::string const line = std::string(1024 * 1024, 'x') + "\n";
  REQUIRE(file.write(line));
  auto all = pipe.read_all();
  while (file.held() > 0) {
    REQUIRE(file.flush());
    all += pipe.read_all();
  }
  CHECK(all == line);
}

TEST_CASE_METHOD(Appending, "lines that were held for a reader that went are counted",
                 "[reactor]") {
  auto const before = std::signal(SIGPIPE, SIG_IGN);
  {
    Pipe const pipe;
    file.set_most_held(100);
    REQUIRE(file.open_shared(pipe.ends[1]));
    pipe.fill();
    REQUIRE(file.write("a\n"));
    REQUIRE(file.write("b\n"));
  }
  CHECK(code_of(file.flush()) == std::errc::broken_pipe);
  CHECK(file.dropped() == 2);
  CHECK(file.held() == 0);
  std::signal(SIGPIPE, before);
}

TEST_CASE_METHOD(Appending, "a socket is not waited for, nor made non-blocking", "[reactor]") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  REQUIRE(file.open_shared(ends[1]));
  std::string const line(100000, 'x');
  Result<void> result;
  for (int i = 0; i < 1000 && (result = file.write(line)); ++i) continue;
  CHECK(code_of(result) == std::errc::resource_unavailable_try_again);
  CHECK((fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE_METHOD(Appending, "what has no disk beneath it can be synced", "[reactor]") {
  REQUIRE(file.open(path()));
  CHECK(file.sync());
  REQUIRE(file.open("/dev/null"));
  CHECK(file.sync());
}
