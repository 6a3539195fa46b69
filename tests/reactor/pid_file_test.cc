// The pid file: made, kept away from others, replaced, removed.
#include "reactor/pid_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

std::string const own = std::to_string(getpid()) + "\n";

std::string content(std::string const& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(std::string const& path, std::string const& text) { std::ofstream(path) << text; }

// The number of a process that was there and is gone.
std::string gone() {
  auto const child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return std::to_string(child);
}

struct Fixture {
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(
        std::filesystem::directory_iterator(std::filesystem::path(path).parent_path()), {}));
  }
  std::string refusal() const {
    auto const made = PidFile::create(path);
    REQUIRE_FALSE(made);
    CHECK(made.failure().code() == std::errc::file_exists);
    CHECK(files() == 1);
    return made.failure().message().substr(("pid file " + path + ": ").size());
  }

  ScratchDirectory directory;
  std::string path = directory.path("server.pid");
};

TEST_CASE("A pid file holds the number of this process as long as it lives", "[pid_file]") {
  Fixture f;
  {
    auto const file = PidFile::create(f.path);
    REQUIRE(file);
    CHECK(content(f.path) == own);
    CHECK(f.files() == 1);
  }
  CHECK(f.files() == 0);
}

TEST_CASE("A pid file can be moved", "[pid_file]") {
  Fixture f;
  std::optional<PidFile> kept;
  kept.emplace(std::move(*PidFile::create(f.path)));
  CHECK(content(f.path) == own);
  kept.reset();
  CHECK(f.files() == 0);
}

TEST_CASE("A process that runs keeps its pid file", "[pid_file]") {
  Fixture f;
  write(f.path, "1\n");
  CHECK(f.refusal() == "process 1 is running");
  CHECK(content(f.path) == "1\n");
}

TEST_CASE("A pid file whose process is gone is replaced, and that is logged", "[pid_file]") {
  LogLines const log;
  Fixture f;
  auto old = GENERATE(as<std::string>(), "gone\n", "gone", "own", "");
  if (old.starts_with("gone")) old.replace(0, 4, gone());
  if (old == "own") old = own;  // the number has come back
  write(f.path, old);
  {
    auto const file = PidFile::create(f.path);
    REQUIRE(file);
    CHECK(content(f.path) == own);
    CHECK(log.count("pid file " + f.path + " was left by a process that is gone") == 1);
  }
  CHECK(f.files() == 0);
}

TEST_CASE("What is no pid file is left alone", "[pid_file]") {
  Fixture f;
  auto const text = GENERATE(as<std::string>(), "precious\n", "0\n", "-5\n", "12 monkeys\n");
  write(f.path, text);
  CHECK(f.refusal() == "holds something else");
  CHECK(content(f.path) == text);
}

TEST_CASE("A link is not followed", "[pid_file]") {
  Fixture f;
  auto const target = f.directory.path("target");
  std::filesystem::create_symlink(target, f.path);
  auto const made = PidFile::create(f.path);
  REQUIRE_FALSE(made);
  CHECK(made.failure().code() == std::errc::too_many_symbolic_link_levels);
  CHECK_FALSE(std::filesystem::exists(target));
  CHECK(std::filesystem::is_symlink(f.path));
}

TEST_CASE("A directory, a pipe and the like are left alone", "[pid_file]") {
  Fixture f;
  SECTION("directory") { std::filesystem::create_directory(f.path); }
  SECTION("pipe") { REQUIRE(mkfifo(f.path.c_str(), 0600) == 0); }
  CHECK(f.refusal() == "is no regular file");
}

TEST_CASE("Two that find the same old file do not both replace it", "[pid_file]") {
  Fixture f;
  write(f.path, gone());
  Descriptor const other(open(f.path.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(flock(other.get(), LOCK_EX) == 0);
  CHECK(f.refusal() == "another process takes it");
}

TEST_CASE("A directory that does not exist is told", "[pid_file]") {
  ScratchDirectory const directory;
  auto const made = PidFile::create(directory.path("none/server.pid"));
  REQUIRE_FALSE(made);
  CHECK(made.failure().code() == std::errc::no_such_file_or_directory);
}

TEST_CASE("A pid file that is somebody else's by now stays", "[pid_file]") {
  Fixture f;
  {
    auto const file = PidFile::create(f.path);
    std::filesystem::remove(f.path);
    write(f.path, "1\n");
  }
  CHECK(content(f.path) == "1\n");
}

TEST_CASE("A child process does not remove the file of its parent", "[pid_file]") {
  Fixture f;
  std::optional<PidFile> file(std::move(*PidFile::create(f.path)));
  in_child([&] {
    file.reset();
    return "";
  });
  CHECK(content(f.path) == own);
}

TEST_CASE("Where it cannot be removed any more it is emptied", "[pid_file]") {
  if (geteuid() != 0) {
    WARN("skipped: needs root to give up");
    return;
  }
  Fixture f;
  std::filesystem::permissions(std::filesystem::path(f.path).parent_path(),
                               std::filesystem::perms(0755));
  CHECK(in_child([&] {
          auto const file = PidFile::create(f.path);
          return setuid(65534) == 0 && file ? "" : "not prepared";
        }).empty());
  CHECK(content(f.path).empty());
  CHECK(f.files() == 1);
  CHECK(PidFile::create(f.path));
}

}  // namespace
