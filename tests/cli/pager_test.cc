#include "cli/pager.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/cli/captured.h"
#include "tests/support/catch.h"

namespace {

// The status of a process that becomes the man(1) of `folder`; 9 if it cannot.
int status_of(std::string const& page, std::string const& folder) {
  auto const child = ::fork();
  if (child == 0) {
    ::setenv("PATH", folder.c_str(), 1);
    twx::become_man(page);
    ::_exit(9);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

struct Shown {
  int status;
  std::string text;
};

Shown shown(std::string const& page, std::string const& folder) {
  twx::test::Captured const out(STDOUT_FILENO);
  auto const status = status_of(page, folder);
  return {status, out.text()};
}

// A folder with a man(1) that shows how it was called and what it was given.
struct Folder {
  std::string path = "/tmp/twx-pager-XXXXXX";
  Folder() {
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    std::ofstream(path + "/man") << "#!/bin/sh\necho \"$@\"\nexec /bin/cat\n";
    ::chmod((path + "/man").c_str(), 0700);
  }
  ~Folder() {
    ::unlink((path + "/man").c_str());
    ::rmdir(path.c_str());
  }
};

}  // namespace

TEST_CASE("man is given a page of any size", "[cli]") {
  Folder const folder;
  std::string const page(200'000, 'x');
  auto const [status, text] = shown(page, folder.path);
  CHECK(status == 0);
  CHECK((text == "-l -\n" + page));
}

TEST_CASE("without man the process goes on", "[cli]") {
  CHECK(status_of("page", "/nonexistent") == 9);
}
