#include "clients/netrc.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// "user:password", "user" without one, "-" for no login.
std::string login(std::string_view file, std::string_view host, std::string_view user = {}) {
  auto const found = Netrc::parse(file).value().find(host, user);
  if (!found) return "-";
  return found->password ? found->user + ":" + *found->password : found->user;
}

TEST_CASE("A login is found by its host, in any case", "[netrc]") {
  auto const* const file = "machine a login u password p\nmachine b.org\n\tlogin v\n\tpassword q\n";
  CHECK(login(file, "a") == "u:p");
  CHECK(login(file, "B.org") == "v:q");
  CHECK(login(file, "c") == "-");
  CHECK(login(file, "xb.org") == "-");
  CHECK(login("", "a") == "-");
}

TEST_CASE("Words come in any order, on one line or many", "[netrc]") {
  CHECK(login("machine a password p account x login u", "a") == "u:p");
  CHECK(login("machine\na\nlogin\r\nu\r\npassword p", "a") == "u:p");
  CHECK(login("MACHINE a Login u PassWord p", "a") == "u:p");
  CHECK(login("machine a unknown login u password p", "a") == "u:p");
}

TEST_CASE("The default is for all that stand behind it", "[netrc]") {
  auto const* const file = "machine a login u password p default login d password q";
  CHECK(login(file, "a") == "u:p");
  CHECK(login(file, "b") == "d:q");
}

TEST_CASE("A user is given nobody else's entry", "[netrc][fetch6]") {
  auto const* const file =
      "machine a login u password p\nmachine a login v password q\nmachine a password r\n"
      "default login w password s\n";
  CHECK(login(file, "a") == "u:p");
  CHECK(login(file, "a", "v") == "v:q");
  CHECK(login(file, "a", "w") == "w:s");
  CHECK(login(file, "a", "U") == "-");
  CHECK(login("machine a password r", "a", "u") == "-");
}

TEST_CASE("An entry without a password has none, whatever the others have", "[netrc][fetch6]") {
  auto const* const file = "machine a login u password p\nmachine b login v\nmachine c\ndefault\n";
  CHECK(login(file, "b") == "v");
  CHECK(login(file, "c") == "-");
  CHECK(login(file, "d") == "-");
  CHECK(login("machine c\ndefault login d password q", "c") == "-");
  CHECK(login("machine a password p", "a") == ":p");
}

TEST_CASE("A host is known by its own entry alone, so a bearer is kept from it or not",
          "[netrc][fetch5]") {
  CHECK(login("machine a login u password p", "b") == "-");
}

TEST_CASE("Words in quotes may hold blank space and escapes", "[netrc]") {
  CHECK(login(R"(machine a login "u v" password "a\"b\\c\n\t\r\x#")", "a") ==
        "u v:a\"b\\c\n\t\rx#");
  CHECK(login(R"(machine a login "" password "")", "a") == ":");
  CHECK(login(R"(machine a login u password p"q\")", "a") == R"(u:p"q\")");
}

TEST_CASE("A quote without an end is an error", "[netrc]") {
  for (auto const* const file :
       {"machine a login \"u", "machine a login \"u\npassword p\"", "machine a login \"u\\"}) {
    auto const parsed = Netrc::parse(file);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.failure().code() == Error::cannot_read);
  }
}

TEST_CASE("Comments are lines of their own", "[netrc]") {
  CHECK(login("# machine a login x\n  # \"\nmachine a login u\n#password no\npassword #p", "a") ==
        "u:#p");
}

TEST_CASE("Macros are passed over to the empty line", "[netrc]") {
  CHECK(login("machine a login u password p\nmacdef init\nmachine b login x\n\"\n\nmachine b "
              "login v password q",
              "b") == "v:q");
  CHECK(login("macdef init\nmachine a login u", "a") == "-");
}

TEST_CASE("Entries that are cut off", "[netrc]") {
  CHECK(login("machine", "a") == "-");
  CHECK(login("machine a login", "a") == "-");
  CHECK(login("login u password p machine a", "a") == "-");
}

TEST_CASE("A file is read, and one that cannot be is an error", "[netrc]") {
  ScratchDirectory const directory;
  auto const path = directory.path("netrc");
  std::ofstream(path) << "machine a login u password p";
  CHECK(Netrc::read(path).value().find("a") == NetrcLogin{"u", "p"});
  for (auto const& bad : {directory.path("none"), directory.path("")}) {
    auto const read = Netrc::read(bad);
    REQUIRE_FALSE(read);
    CHECK(read.failure().code() == Error::cannot_read);
  }
}

TEST_CASE("A pipe is read once and asked as often as wanted", "[netrc]") {
  ScratchDirectory const directory;
  auto const path = directory.path("pipe");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(path) << "machine a login u password p"; });
  auto const netrc = Netrc::read(path);
  writer.join();
  REQUIRE(netrc);
  for (auto i = 0; i < 2; ++i) CHECK((*netrc).find("a") == NetrcLogin{"u", "p"});
}

TEST_CASE("A file without an end is not read for ever", "[netrc]") {
  auto const read = Netrc::read("/dev/zero");
  REQUIRE_FALSE(read);
  CHECK(read.failure().message() == "/dev/zero: larger than 1 MiB");
}

}  // namespace
