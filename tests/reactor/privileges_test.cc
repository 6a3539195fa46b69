// Giving up root, each time in a process of its own.
#include "reactor/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

bool is_root() {
  if (geteuid() == 0) return true;
  WARN("skipped: only root has privileges to give up");
  return false;
}

std::string proc_status(std::string const& field) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(field + ":")) {
      std::istringstream words(line.substr(field.size() + 1));
      std::string all, word;
      while (words >> word) all += (all.empty() ? "" : " ") + word;
      return all;
    }
  return "no such field";
}

std::string text(Result<void> const& result) {
  return result ? "done" : result.failure().message();
}

std::string who() {
  return "uid " + proc_status("Uid") + ", gid " + proc_status("Gid") + ", groups " +
         proc_status("Groups");
}

constexpr char const* nobody = "uid 65534 65534 65534 65534, gid 65534 65534 65534 65534, groups ";

std::string drop(Privileges const& privileges) {
  auto const identity = privileges.resolve();
  if (!identity) return identity.failure().message();
  auto const dropped = drop_privileges(*identity);
  return dropped ? who() : dropped.failure().message();
}

TEST_CASE("Dropped privileges are gone for good", "[privileges]") {
  if (!is_root()) return;
  auto const report = in_child([] {
    gid_t const some[] = {0, 4, 1234};
    if (setgroups(3, some) < 0) return std::string("setgroups");
    auto result = drop({.user = "65534", .group = "65534"});
    if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || setegid(0) == 0)
      result += "root again";
    if (setgroups(0, nullptr) == 0) result += "groups again";
    return result;
  });
  CHECK(report == nobody);
}

TEST_CASE("Dropping holds for all threads", "[privileges]") {
  if (!is_root()) return;
  auto const report = in_child([] {
    std::promise<void> go;
    uid_t seen = 0;
    std::thread other([&, told = go.get_future()]() mutable {
      told.wait();
      seen = geteuid();
    });
    drop({.user = "65534", .group = "65534"});
    go.set_value();
    other.join();
    return std::to_string(seen);
  });
  CHECK(report == "65534");
}

TEST_CASE("The user's own group and groups are those of the database", "[privileges]") {
  auto const* const user = getpwnam("nobody");
  if (!user) {
    WARN("skipped: the system knows no user nobody");
    return;
  }
  auto identity = Privileges{.user = "nobody"}.resolve();
  REQUIRE(identity);
  CHECK(identity->uid == user->pw_uid);
  CHECK(identity->gid == user->pw_gid);
  CHECK(identity->groups == std::vector<std::uint32_t>());
  auto same = Privileges{.user = std::to_string(user->pw_uid)}.resolve();
  REQUIRE(same);
  CHECK(same->gid == user->pw_gid);
}

TEST_CASE("Groups may be named, by name or number", "[privileges]") {
  auto identity =
      Privileges{.user = "12345", .group = "54321", .groups = {{"root", "77"}}}.resolve();
  REQUIRE(identity);
  CHECK(identity->uid == 12345u);
  CHECK(identity->gid == 54321u);
  CHECK(identity->groups == std::vector<std::uint32_t>{0, 77});
  if (!is_root()) return;
  CHECK(in_child([&] {
          auto const dropped = drop_privileges(*identity);
          return dropped ? who() : dropped.failure().message();
        }) == "uid 12345 12345 12345 12345, gid 54321 54321 54321 54321, groups 0 77");
}

TEST_CASE("A group alone may be given up", "[privileges]") {
  if (!is_root()) return;
  CHECK(in_child([] { return drop({.group = "65534"}); }) ==
        "uid 0 0 0 0, gid 65534 65534 65534 65534, groups ");
}

TEST_CASE("The supplementary groups alone may be given up", "[privileges]") {
  if (!is_root()) return;
  auto const drop_of_some = [](std::optional<std::vector<std::string>> groups) {
    return in_child([&] {
      gid_t const some[] = {4, 1234};
      if (setgroups(2, some) < 0) return std::string("setgroups");
      drop({.groups = groups});
      return proc_status("Groups");
    });
  };
  CHECK(drop_of_some(std::vector<std::string>()).empty());
  CHECK(drop_of_some(std::vector<std::string>{"77"}) == "77");
  CHECK(drop_of_some(std::nullopt) == "4 1234");
}

TEST_CASE("Nothing asked for is nothing changed", "[privileges]") {
  auto const before = who();
  CHECK(drop({}) == before);
}

TEST_CASE("Names that do not exist are refused", "[privileges]") {
  CHECK(drop({.user = "no-such-user"}) == "there is no user 'no-such-user'");
  CHECK(drop({.user = ""}) == "there is no user ''");
  CHECK(drop({.group = "no-such-group"}) == "there is no group 'no-such-group'");
  CHECK(drop({.groups = {{"no-such-group"}}}) == "there is no group 'no-such-group'");
  CHECK(drop({.user = "-1"}) == "there is no user '-1'");
}

TEST_CASE("The number that means no change to the system is no user", "[privileges]") {
  CHECK(drop({.user = "4294967295", .group = "1"}) == "there is no user '4294967295'");
  CHECK(drop({.group = "4294967295"}) == "there is no group '4294967295'");
}

TEST_CASE("A user without a known group needs one", "[privileges]") {
  REQUIRE_FALSE(getpwuid(4000000000u));
  CHECK(drop({.user = "4000000000"}) ==
        "user 4000000000 is not in the system's database: name a group too");
}

TEST_CASE("Without root only what one is already can be asked for", "[privileges]") {
  if (!is_root()) return;
  auto const report = in_child([] {
    Privileges const nobody_else{.user = "65534", .group = "65534"};
    drop(nobody_else);
    auto const same = drop(nobody_else);
    return same + "; " + drop({.user = "65533", .group = "65534"});
  });
  CHECK(report == std::string(nobody) + "; setgroups: Operation not permitted");
}

TEST_CASE("New privileges can be forbidden", "[privileges]") {
  auto const report = in_child([] {
    auto const before = proc_status("NoNewPrivs");
    auto const result = text(forbid_new_privileges());
    return before + " " + result + " " + proc_status("NoNewPrivs");
  });
  CHECK(report == "0 done 1");
}

}  // namespace
