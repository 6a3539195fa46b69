#include "clients/output_name.h"

#include <unistd.h>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

std::string name(std::string_view url) {
  auto const result = name_from_url(HttpUrl::parse(url).value());
  return result ? *result : "(" + result.failure().message() + ")";
}

HttpHead head_with(std::string disposition) {
  HttpHead head;
  head.fields.push_back({"content-disposition", std::move(disposition)});
  return head;
}

}  // namespace

TEST_CASE("a name from the URL is what follows the last slash of its path", "[clients]") {
  CHECK(name("http://h/a/b.txt") == "b.txt");
  CHECK(name("http://h/a%20b%2f..?x=/y#/z") == "a%20b%2f..");
  CHECK(name("http://h/.profile") == ".profile");
}

TEST_CASE("a URL without a name is told, with status 23", "[clients][fetch30]") {
  for (auto const* const url : {"http://h", "http://h/", "http://h/a/", "http://h/?a/b"}) {
    CAPTURE(url);
    auto const result = name_from_url(HttpUrl::parse(url).value());
    REQUIRE_FALSE(result);
    CHECK(result.failure().code() == Error::cannot_write);
  }
  auto url = HttpUrl::parse("http://h/").value();  // as with --path-as-is
  for (auto const* const target : {"/..", "/a/.", "/a\\..", "/a/..?b"}) {
    CAPTURE(target);
    url.target = target;
    CHECK_FALSE(name_from_url(url));
  }
}

TEST_CASE("a name from the head is made safe, or there is none", "[clients][fetch30]") {
  CHECK(name_from_head(head_with("attachment; filename=\"../../evil\"")) == "evil");
  CHECK(name_from_head(head_with("attachment; filename*=UTF-8''%e2%82%ac.txt")) ==
        "\xe2\x82\xac.txt");
  CHECK_FALSE(name_from_head(head_with("attachment; filename=\".bashrc\"")));
  CHECK_FALSE(name_from_head(head_with("attachment")));
  CHECK_FALSE(name_from_head(HttpHead()));
}

TEST_CASE("the folder of outputs stands before every name", "[clients]") {
  CHECK(in_folder("", "a") == "a");
  CHECK(in_folder("d", "a") == "d/a");
  CHECK(in_folder("d", "/a") == "d//a");
}

TEST_CASE("a link that leads nowhere is there", "[clients]") {
  test::ScratchDirectory const scratch;
  auto const path = scratch.path("link");
  CHECK_FALSE(is_there(path));
  REQUIRE(symlink("/nonexistent", path.c_str()) == 0);
  CHECK(is_there(path));
}
