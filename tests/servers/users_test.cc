#include "servers/users.h"

#include "tests/support/catch.h"

using namespace twx;

TEST_CASE("a name is askable unless the query would mean something else", "[users]") {
  for (auto const* name : {"moshez", "/Web", "/w", "a /W", "two words"}) {
    INFO(name);
    CHECK(unaskable(name) == "");
  }
  for (auto const* name : {"", "a@b", "@", "/W", "/W a"}) {
    INFO(name);
    CHECK(unaskable(name) != "");
  }
  CHECK(unaskable(std::string(longest_query, 'x')) == "");
  CHECK(unaskable(std::string(longest_query + 1, 'x')) == "it is longer than a query");
}

TEST_CASE("a file that stays away is looked for only when it is time", "[users]") {
  Users users;
  users.file = "/nonexistent/users";
  users.fixed.emplace("a", "one");
  CHECK_FALSE(users.read());
  CHECK(users.find("a").value() == "one");
  CHECK(users.find("b").failure().message() == "/nonexistent/users: No such file or directory");
}

TEST_CASE("only a regular file can be one of users", "[users]") {
  Users users;
  users.file = "/dev/null";
  CHECK(users.read().failure().message() == "/dev/null: not a regular file");
  users.file = "/";
  CHECK(users.read().failure().message() == "/: Is a directory");
}
