#include "protocols/http_digest.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;

std::vector<HttpChallenge> offer(std::string const& value) {
  return challenges({{"WWW-Authenticate", value}}, "WWW-Authenticate");
}

struct Fixed {
  std::string user = "us\"e\\r";
  std::string password = "pa ss";
  std::string nonces = "first";
  unsigned asked = 0;
  DigestSession session{user, password, [this] {
                          ++asked;
                          return nonces;
                        }};
};

// SHA-512-256 apart: curl 7.88.1 has SHA-256 in its place; Python's hashlib was asked.
TEST_CASE("The field is curl's, byte for byte", "[http][digest]") {
  struct Case {
    std::string algorithm, client_nonce, user, response, rest;
  };
  std::string const plain = R"(us\"e\\r)";
  for (auto const& each : {
           Case{"MD5", "OTZhZjVmMjVmOGM3YTg5ZjQ4Mjk1MjgzYjlmOGNkOTI=", plain,
                "0ce422797072b976781d01f1d331bf3f", ""},
           Case{"SHA-256", "MWZiOGViNDhjYTkzMWY1YWJkMjIyMmZjODkzNjVmNGI=",
                "4573498252815422877b14808865d5a836a5d080dca6788dc5c1df1785d52131",
                "9e28a6405f13421e92fb59c9c803a652685656fe9cc70ea003f921f5767d7d37",
                ", userhash=true"},
           Case{"SHA-512-256", "OTA3YWI0ZmM1MWE0NDg0MTBhNmFmZDQzMTQ5Y2U2NmQ=", plain,
                "9e503b915e00ce955506ac20aa7ff437283058fd8d9720a23be7760aae4bcd24", ""},
           Case{"MD5-sess", "ZmVlNDBkYmNlOTQ4MjZjZmEyYzZlYjJmNGNhMjcyYjk=", plain,
                "f4b234ed57548058e832e8f785f1f334", ""},
           Case{"SHA-256-sess", "N2JkYjdlMGMyNjNhMGY0MjBlMDAzMzU5MzhkMzJlYmQ=", plain,
                "dfbd61b6d51496e831f63b3ab9d4b88c7615b996c0365462b84838454be73d5d", ""},
       }) {
    Fixed f;
    f.nonces = each.client_nonce;
    REQUIRE(f.session.take(
        offer("Digest realm=\"rea\", nonce=\"nonce\", qop=\"auth,auth-int\", "
              "opaque=\"opa\", algorithm=" +
              each.algorithm + (each.rest.empty() ? ", userhash=false" : ", userhash=true"))));
    CHECK(f.session.answer("GET", "/x?y").value() ==
          "Digest username=\"" + each.user +
              "\", realm=\"rea\", nonce=\"nonce\", uri=\"/x?y\", cnonce=\"" + each.client_nonce +
              "\", nc=00000001, qop=auth, response=\"" + each.response +
              "\", opaque=\"opa\", algorithm=" + each.algorithm + each.rest);
  }
}

TEST_CASE("Old servers know no qop; what they say is escaped", "[http][digest]") {
  Fixed f;
  REQUIRE(f.session.take(offer(R"(Digest realm="a \"r\\ealm", nonce="once\"more")")));
  CHECK(f.session.answer("GET", "/x?y").value() ==
        R"(Digest username="us\"e\\r", realm="a \"r\\ealm", nonce="once\"more", uri="/x?y", )"
        R"(response="49b7e413213e8f85f2c3cf60a0281736")");
}

TEST_CASE("The example of RFC 7616, section 3.9.1", "[http][digest]") {
  for (auto const& [algorithm, response] :
       {std::pair{"MD5", "8ca523f5e9506fed4657c9700eebdbec"},
        std::pair{"SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"}}) {
    DigestSession session("Mufasa", "Circle of Life", [] {
      return std::string("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
    });
    REQUIRE(
        session.take(offer("Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "
                           "algorithm=" +
                           std::string(algorithm) +
                           ", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
                           "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"")));
    auto const field = session.answer("GET", "/dir/index.html").value();
    CHECK(field.find("response=\"" + std::string(response) + "\"") != field.npos);
  }
}

bool says(std::string const& field, std::string_view part) {
  return field.find(part) != field.npos;
}

TEST_CASE("Each request counts, with one nonce of ours for each of the server's",
          "[http][digest]") {
  Fixed f;
  REQUIRE(f.session.take(offer("Digest realm=r, nonce=n, qop=auth, algorithm=MD5-sess")));
  CHECK(says(f.session.answer("GET", "/").value(), "nc=00000001"));
  for (auto i = 0; i < 14; ++i) (void)f.session.answer("GET", "/");
  CHECK(says(f.session.answer("GET", "/").value(), "nc=00000010"));
  CHECK(f.asked == 1);
  REQUIRE(f.session.take(offer("Digest realm=r, nonce=m, qop=auth, stale=TRUE")));
  CHECK(says(f.session.answer("GET", "/").value(), "nonce=\"m\""));
  CHECK(says(f.session.answer("GET", "/").value(), "nc=00000002"));
  CHECK(f.asked == 2);
}

TEST_CASE("The same question again means that the login is refused", "[http][digest]") {
  Fixed f;
  REQUIRE(f.session.take(offer("Digest realm=r, nonce=n, qop=auth")));
  CHECK(f.session.take(offer("Digest realm=r, nonce=m, qop=auth")));  // not answered yet
  (void)f.session.answer("GET", "/");
  CHECK_FALSE(f.session.take(offer("Digest realm=r, nonce=o, qop=auth")));
  CHECK_FALSE(f.session.take(offer("Digest realm=r, nonce=o, qop=auth, stale=false")));
  CHECK(f.session.take(offer("Digest realm=other, nonce=o, qop=auth")));
}

TEST_CASE("The first challenge that can be answered is taken", "[http][digest]") {
  Fixed f;
  REQUIRE(
      f.session.take(offer("Basic realm=b, Digest realm=r, nonce=a, algorithm=SHA-1, qop=auth, "
                           "Digest realm=r, nonce=b, algorithm=SHA-256, qop=auth, "
                           "Digest realm=r, nonce=c, qop=auth")));
  CHECK(says(f.session.answer("GET", "/").value(), "nonce=\"b\""));
}

TEST_CASE("What cannot be answered is not taken", "[http][digest]") {
  for (std::string const value :
       {"Basic realm=r", "Digest realm=r", "Digest nonce=n", "Digest realm=r, nonce=\"\"",
        "Digest realm=r, nonce=n, algorithm=SHA-1", "Digest realm=r, nonce=n, qop=other",
        "Digest realm=r, nonce=n, algorithm=MD5-sess",
        "Digest realm=r, nonce=n, algorithm=-sess"}) {
    Fixed f;
    CHECK_FALSE(f.session.take(offer(value)));
    CHECK_FALSE(f.session.ready());
    CHECK_THROWS_AS(f.session.answer("GET", "/"), std::logic_error);
  }
}

// Python's hashlib was asked.
TEST_CASE("With auth-int the body is part of the proof; auth goes before it", "[http][digest]") {
  struct Case {
    std::string challenge, response;
    std::shared_ptr<HttpBody> body;
  };
  for (auto const& each :
       {Case{"qop=auth-int", "3927d26143650ecdc04caf487310df0f", nullptr},
        Case{"qop=auth-int, algorithm=SHA-256",
             "409239fa7afbc0aca732aee5056ba6bb0443554df952688f7ee8adb501771e91",
             memory_body("body")},
        Case{"qop=\"auth-int\"", "7270947872f17f97065834f6c81bbf13",
             sequence_body({memory_body("bo"), memory_body("dy")})},
        Case{"qop=\"auth-int,auth\"", "5a3c9b03f8961d99ea9458327cb62407", memory_body("body")}}) {
    Fixed f;
    REQUIRE(f.session.take(offer("Digest realm=r, nonce=n, " + each.challenge)));
    auto const field = f.session.answer("POST", "/", each.body.get()).value();
    CHECK(says(field, each.challenge.find(",auth") == std::string::npos
                          ? "nc=00000001, qop=auth-int, "
                          : "qop=auth, "));
    CHECK(says(field, "response=\"" + each.response + '"'));
    if (each.body) CHECK_FALSE(each.body->read().value()->empty());
  }
}

TEST_CASE("A body that can be read but once cannot be proved", "[http][digest]") {
  Fixed f;
  REQUIRE(f.session.take(offer("Digest realm=r, nonce=n, qop=auth-int")));
  FedBody body([](bool) {});
  auto const none_yet = f.session.answer("POST", "/", &body);
  REQUIRE_FALSE(none_yet);
  CHECK(none_yet.failure().code() == HttpError::cannot_rewind);
  body.add(bytes("x"));
  body.finish();
  CHECK_FALSE(f.session.answer("POST", "/", &body));
}

TEST_CASE("A server may want another nonce for the next request", "[http][digest][fetch7]") {
  Fixed f;
  HttpFields const info{{"Authentication-Info", "qop=auth, nextnonce=\"m\\\"\""}};
  f.session.accepted(info, "Authentication-Info");  // nobody has asked yet
  CHECK_FALSE(f.session.ready());
  REQUIRE(f.session.take(offer("Digest realm=r, nonce=n, qop=auth, algorithm=MD5-sess")));
  (void)f.session.answer("GET", "/");
  f.session.accepted(info, "Proxy-Authentication-Info");
  CHECK(says(f.session.answer("GET", "/").value(), "nonce=\"n\""));
  f.nonces = "second";
  f.session.accepted(info, "Authentication-Info");
  auto const field = f.session.answer("GET", "/").value();
  CHECK(says(field, R"(nonce="m\"", uri="/", cnonce="second", nc=00000001)"));
  CHECK(says(field,
             "response=\"2e6e13ddf8226e446edb8305a6748c25\""));  // with the key of the first nonces
  f.session.accepted(info, "Authentication-Info");               // the same one counts on
  CHECK(says(f.session.answer("GET", "/").value(), "nc=00000002"));
  CHECK_FALSE(f.session.take(offer("Digest realm=r, nonce=o, qop=auth")));
}

TEST_CASE("A proxy's challenge stands in a field of its own", "[http][digest][fetch7]") {
  DigestSession origin("u", "p");
  DigestSession proxy("u", "p");
  HttpFields const fields{{"Proxy-Authenticate", "Digest realm=r, nonce=n, qop=auth"}};
  CHECK_FALSE(origin.take(challenges(fields, "WWW-Authenticate")));
  CHECK(proxy.take(challenges(fields, "Proxy-Authenticate")));
  CHECK_FALSE(origin.ready());
}

TEST_CASE("Nonces of ours are 32 random digits", "[http][digest]") {
  std::string fields[2];
  for (auto& field : fields) {
    DigestSession session("u", "p");
    REQUIRE(session.take(offer("Digest realm=r, nonce=n, qop=auth")));
    field = session.answer("GET", "/").value();
    auto const begin = field.find("cnonce=\"") + 8;
    CHECK(field.find('"', begin) - begin == 32);
  }
  CHECK(fields[0] != fields[1]);
}

}  // namespace
