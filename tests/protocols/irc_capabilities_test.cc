// What the two sides agree upon.
#include "protocols/irc_capabilities.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace twx;

using Lines = std::vector<std::string>;

struct Fixture {
  explicit Fixture(Lines wanted) : caps(std::move(wanted)) {
    caps.begin();
    caps.take_output();
  }
  Lines take(std::string const& line) {
    caps.take(*IrcMessage::parse(line));
    return caps.take_output();
  }
  IrcCapabilities caps;
};

TEST_CASE("The first line asks for the list", "[irc][irc1]") {
  IrcCapabilities caps({"batch"});
  caps.begin();
  CHECK(caps.take_output() == Lines{"CAP LS 302"});
  CHECK_FALSE(caps.settled());
}

TEST_CASE("What is wanted and offered is asked for", "[irc]") {
  Fixture f({"batch", "server-time", "none"});
  CHECK(f.take(":srv CAP * LS :server-time multi-prefix batch=x") ==
        Lines{"CAP REQ :batch server-time"});
  CHECK_FALSE(f.caps.settled());
  CHECK(f.take(":srv CAP * ACK :batch server-time ").empty());
  CHECK(f.caps.settled());
  CHECK(f.caps.enabled("batch"));
  CHECK(f.caps.enabled("server-time"));
  CHECK_FALSE(f.caps.enabled("multi-prefix"));
  CHECK(f.caps.offered("batch") == "x");
  CHECK(f.caps.offered("multi-prefix") == "");
  CHECK_FALSE(f.caps.offered("none"));
}

TEST_CASE("An empty list settles it", "[irc][irc2]") {
  for (auto const* const line : {":srv CAP * LS :", ":srv CAP * LS", ":srv CAP * LS : "}) {
    Fixture f({"batch"});
    CHECK(f.take(line).empty());
    CHECK(f.caps.settled());
  }
}

TEST_CASE("A list of several lines is waited for", "[irc][irc3]") {
  Fixture f({"a", "b", "c"});
  CHECK(f.take(":srv CAP * LS * :a x=1").empty());
  CHECK(f.take(":srv CAP * LS * :b").empty());
  CHECK_FALSE(f.caps.settled());
  CHECK_FALSE(f.caps.listed());
  CHECK(f.take(":srv CAP * LS :c") == Lines{"CAP REQ :a b c"});
  CHECK(f.caps.offered("x") == "1");
}

TEST_CASE("A refusal of several is asked again one by one", "[irc][irc4]") {
  Fixture f({"a", "b"});
  f.take("CAP * LS :a b");
  CHECK(f.take("CAP * NAK :a b") == Lines{"CAP REQ :a", "CAP REQ :b"});
  CHECK_FALSE(f.caps.settled());
  f.take("CAP * NAK :a");
  CHECK_FALSE(f.caps.settled());
  f.take("CAP * ACK :b");
  CHECK(f.caps.settled());
  CHECK_FALSE(f.caps.enabled("a"));
  CHECK(f.caps.enabled("b"));
}

TEST_CASE("What was withdrawn before the refusal is not asked for again", "[irc][irc4]") {
  Fixture f({"a", "b"});
  f.take("CAP * LS :a b");
  f.take("CAP * DEL :a");
  CHECK(f.take("CAP * NAK :a b") == Lines{"CAP REQ :b"});
}

TEST_CASE("Where everything is refused it is settled too", "[irc][irc4]") {
  Fixture f({"a", "b", "sasl"});
  CHECK(f.take("CAP * LS :a b sasl") == Lines{"CAP REQ :a b", "CAP REQ :sasl"});
  for (auto const* const line :
       {"CAP * NAK :a b", "CAP * NAK :sasl", "CAP * NAK :a", "CAP * NAK :b"}) {
    CHECK_FALSE(f.caps.settled());
    f.take(line);
  }
  CHECK(f.caps.settled());
  CHECK(f.take("CAP * LS :a b").empty());  // not again
}

TEST_CASE("sasl is asked for by itself", "[irc]") {
  Fixture f({"sasl", "a"});
  CHECK(f.take("CAP * LS :a sasl=PLAIN,EXTERNAL") == Lines{"CAP REQ :a", "CAP REQ :sasl"});
  CHECK(f.caps.offered("sasl") == "PLAIN,EXTERNAL");
}

TEST_CASE("sts is never asked for", "[irc]") {
  Fixture f({"sts"});
  CHECK(f.take("CAP * LS :sts=port=6697").empty());
  CHECK(f.caps.offered("sts") == "port=6697");
  CHECK(f.caps.settled());
}

TEST_CASE("A request is no longer than its answer may be", "[irc]") {
  Lines wanted;
  std::string list;
  for (int i = 0; i < 60; ++i) {
    wanted.push_back("vendor.example/cap-" + std::to_string(i));
    list += wanted.back() + ' ';
  }
  Fixture f(wanted);
  f.take("CAP * LS * :" + list.substr(0, list.size() / 2));
  auto const lines = f.take("CAP * LS :" + list);
  CHECK(lines.size() > 2);
  std::size_t names = 0;
  for (auto const& line : lines) {
    CHECK(line.size() < 400);
    CHECK(line.starts_with("CAP REQ :vendor"));
    names += static_cast<std::size_t>(std::count(line.begin(), line.end(), '/'));
    f.take("CAP * ACK" + line.substr(7));
  }
  CHECK(names == wanted.size());
  CHECK(f.caps.settled());
  CHECK(f.caps.enabled().size() == wanted.size());
}

TEST_CASE("An answer may come in several lines", "[irc]") {
  Fixture f({"a", "b", "c"});
  f.take("CAP * LS :a b c");
  f.take("CAP * ACK :a b");
  CHECK_FALSE(f.caps.settled());
  f.take("CAP * ACK :c");
  CHECK(f.caps.settled());
}

TEST_CASE("A server may take one back in its answer", "[irc]") {
  Fixture f({"a", "b"});
  f.take("CAP * LS :a ~=b");
  f.take("CAP * ACK :a ~b");
  CHECK(f.caps.enabled("b"));
  f.take("CAP * ACK :-b");
  CHECK_FALSE(f.caps.enabled("b"));
  CHECK(f.caps.settled());
}

TEST_CASE("What nobody wants is not kept", "[irc][irc29]") {
  Fixture f({"a"});
  f.take("CAP * LS :a");
  f.take("CAP * ACK :a others more");
  CHECK(f.caps.enabled().size() == 1);
}

TEST_CASE("News are asked for, what is gone is forgotten", "[irc]") {
  Fixture f({"a", "b"});
  f.take("CAP * LS :a");
  f.take("CAP * ACK :a");
  CHECK(f.take("CAP me NEW :b=1 c") == Lines{"CAP REQ :b"});
  CHECK_FALSE(f.caps.settled());
  f.take("CAP me ACK :b");
  CHECK(f.caps.enabled("b"));
  CHECK(f.take("CAP me DEL :a b").empty());
  CHECK_FALSE(f.caps.enabled("a"));
  CHECK_FALSE(f.caps.offered("b"));
  CHECK(f.take("CAP me NEW :a") == Lines{"CAP REQ :a"});
}

TEST_CASE("One more may be wanted later", "[irc]") {
  Fixture f({"a"});
  f.take("CAP * LS :a b");
  f.take("CAP * ACK :a");
  f.caps.want("b");
  f.caps.want("a");
  CHECK(f.caps.take_output() == Lines{"CAP REQ :b"});
}

TEST_CASE("A server that does not know CAP has none", "[irc][irc4]") {
  for (auto const* const line :
       {":srv 421 me CAP :Unknown command", ":srv 451 * :You have not registered",
        ":srv 410 * CAP :Invalid"}) {
    Fixture f({"a"});
    CHECK(f.take(line).empty());
    CHECK(f.caps.settled());
  }
  Fixture f({"a"});
  f.take(":srv 421 me OTHER :Unknown command");
  CHECK_FALSE(f.caps.settled());
}

TEST_CASE("Answers that nobody waits for change nothing", "[irc][irc32]") {
  Fixture f({"a"});
  for (auto const* const line :
       {"CAP", "CAP *", "CAP * ACK", "CAP * NAK", "CAP * NAK :x", "CAP * LIST :a", "CAP * DEL :x",
        "CAP * ACK :", "CAP * X :a", "CAP * ACK :- ~ ="})
    CHECK(f.take(line).empty());
  CHECK_FALSE(f.caps.settled());
  CHECK(f.caps.enabled().empty());
}

TEST_CASE("Of an endless list a part is kept", "[irc][irc29]") {
  Fixture f({"c1"});
  for (int i = 0; i < 2000; ++i)
    f.take("CAP * LS * :c" + std::to_string(i) + '=' + std::string(100, 'x'));
  f.take("CAP * LS * :huge=" + std::string(4000, 'x') + " c1=y");
  CHECK(f.caps.offered().size() == IrcCapabilities::most_offered);
  CHECK(f.caps.offered("c1") == "y");
}

}  // namespace
