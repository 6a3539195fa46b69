#include "protocols/http_challenge.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;

// "Scheme token a=b c=d | Scheme ..."
std::string shown(HttpFields const& fields) {
  std::string all;
  for (auto const& each : challenges(fields, "WWW-Authenticate")) {
    all += (all.empty() ? "" : " | ") + each.scheme;
    if (!each.token.empty()) all += " " + each.token;
    for (auto const& [name, value] : each.parameters) all += " " + name + "=" + value;
  }
  return all;
}
std::string shown(std::string const& value) { return shown({{"WWW-Authenticate", value}}); }

TEST_CASE("A challenge is a scheme and its parameters", "[http][challenge]") {
  CHECK(shown("Basic realm=\"a b\"") == "Basic realm=a b");
  CHECK(shown("Digest realm=\"a\" , nonce = x,qop=\"auth,auth-int\"") ==
        "Digest realm=a nonce=x qop=auth,auth-int");
  CHECK(shown("Negotiate") == "Negotiate");
  CHECK(shown("") == "");
}

TEST_CASE("A challenge may have a token in place of parameters", "[http][challenge]") {
  CHECK(shown("Negotiate YII/a+b-c._~==") == "Negotiate YII/a+b-c._~==");
  CHECK(shown("Negotiate abc , Basic realm=x") == "Negotiate abc | Basic realm=x");
}

TEST_CASE("Several challenges in one field or in several", "[http][challenge]") {
  auto const one =
      "Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic "
      "realm=\"simple\"";
  CHECK(shown(one) == "Newauth realm=apps type=1 title=Login to \"apps\" | Basic realm=simple");
  CHECK(shown({{"WWW-Authenticate", "Basic realm=a"},
               {"Server", "Digest x=y"},
               {"www-authenticate", ", Digest realm=b,,Negotiate"}}) ==
        "Basic realm=a | Digest realm=b | Negotiate");
}

TEST_CASE("Quoted values hold commas, equals signs and escapes", "[http][challenge]") {
  CHECK(shown(R"(Basic realm="a, Digest b=\"c\\\"", x=y)") ==
        R"(Basic realm=a, Digest b="c\" x=y)");
  CHECK(shown("Basic realm=\"\"") == "Basic realm=");
}

TEST_CASE("What breaks the grammar is left out", "[http][challenge]") {
  CHECK(shown("Basic realm=\"no end") == "Basic");
  CHECK(shown("realm=x, Basic a=b") == "Basic a=b");
  CHECK(shown("Basic x=y, a=, b=c") == "Basic x=y b=c");
  CHECK(shown("\"quoted\", (comment), Basic a=b") == "Basic a=b");
  CHECK(shown("Basic realm=\"a\\") == "Basic");
}

TEST_CASE("A challenge is found by its scheme, in any case", "[http][challenge]") {
  auto const all =
      challenges({{"WWW-Authenticate", "Basic realm=a, dIgest realm=b"}}, "WWW-Authenticate");
  REQUIRE(find_challenge(all, "Digest"));
  CHECK(find_challenge(all, "Digest")->parameters.value("Realm") == "b");
  CHECK_FALSE(find_challenge(all, "Bearer"));
}

TEST_CASE("What is quoted is the same when it is read", "[http][challenge]") {
  CHECK(quoted_string(R"(a "b\c")") == R"("a \"b\\c\"")");
  std::string const odd = "\"\\, = \\\"";
  CHECK(shown("X a=" + quoted_string(odd)) == "X a=" + odd);
}

}  // namespace
