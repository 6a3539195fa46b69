#include "protocols/http_redirect.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;

struct Followed {
  explicit Followed(int status, std::string const& location, RedirectRules const& rules = {},
                    std::string const& method = "POST") {
    request = {.method = method,
               .target = "/form",
               .fields = {{"Host", "a.example"},
                          {"Content-Type", "text/plain"},
                          {"Content-Length", "5"},
                          {"Authorization", "Basic eA=="},
                          {"cookie", "a=b"},
                          {"X-Api-Key", "k"},
                          {"x-auth-user", "u"},
                          {"My-Token", "t"},
                          {"Accept", "*/*"}},
               .body = memory_body("hello")};
    HttpHead head;
    head.status = status;
    if (!location.empty()) head.fields.push_back({"location", location});
    auto const url = HttpUrl::parse("http://a.example/form").value();
    next = follow_redirect(head, url, request, rules).value();
  }
  HttpRequest request;
  std::optional<HttpUrl> next;
};

TEST_CASE("Methods and bodies after a redirect", "[http][redirect]") {
  struct {
    int status;
    std::string method, becomes;
    RedirectRules rules;
  } const cases[] = {
      {301, "POST", "GET", {}},
      {302, "POST", "GET", {}},
      {303, "POST", "GET", {}},
      {307, "POST", "POST", {}},
      {308, "POST", "POST", {}},
      {301, "PUT", "PUT", {}},
      {303, "PUT", "GET", {}},
      {303, "HEAD", "HEAD", {}},
      {301, "POST", "POST", {.keep_post_301 = true}},
      {302, "POST", "POST", {.keep_post_302 = true}},
      {303, "POST", "POST", {.keep_post_303 = true}},
  };
  for (auto const& each : cases) {
    INFO(each.status << " " << each.method);
    Followed const f(each.status, "/next", each.rules, each.method);
    REQUIRE(f.next);
    CHECK(f.request.method == each.becomes);
    CHECK(f.request.target == "/next");
    auto const same = each.method == each.becomes;
    CHECK(static_cast<bool>(f.request.body) == same);
    CHECK(static_cast<bool>(f.request.fields.find("Content-Length")) == same);
    CHECK(static_cast<bool>(f.request.fields.find("Content-Type")) == same);
  }
}

TEST_CASE("What is no redirect", "[http][redirect]") {
  CHECK_FALSE(Followed(200, "/next").next);
  CHECK_FALSE(Followed(300, "/next").next);
  CHECK_FALSE(Followed(304, "/next").next);
  CHECK_FALSE(Followed(302, "").next);
}

TEST_CASE("Credentials stay with their origin (CVE-2018-1000007, CVE-2022-27774, CVE-2022-27776)",
          "[http][redirect]") {
  auto const names = [](Followed const& f) {
    std::string all;
    for (auto const& field : f.request.fields) all += field.name + " ";
    return all;
  };
  CHECK(names(Followed(302, "/next")) ==
        "Host Authorization cookie X-Api-Key x-auth-user My-Token Accept ");
  for (auto const* const elsewhere :
       {"http://b.example/", "https://a.example/", "http://a.example:81/", "//b.a.example/"}) {
    Followed const f(302, elsewhere);
    CHECK(names(f) == "Host Accept ");
    CHECK(f.request.fields.value("Host") == f.next->authority());
  }
  CHECK(names(Followed(302, "http://b.example/", {.keep_credentials = true}))
            .starts_with("Host Authorization cookie"));
}

}  // namespace
