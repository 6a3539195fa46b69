// Which names are one name.
#include "protocols/irc_case_mapping.h"

#include <unordered_map>

#include "tests/support/catch.h"

namespace {

using namespace twx;
using enum IrcCaseMapping;

TEST_CASE("Letters are one in both cases, in every mapping", "[irc][irc18]") {
  for (auto const mapping : {ascii, rfc1459, rfc1459_strict}) {
    CHECK(irc_equal(mapping, "TwistedBot", "tWISTEDbOT"));
    CHECK_FALSE(irc_equal(mapping, "bot", "bots"));
    CHECK_FALSE(irc_equal(mapping, "bot", "bit"));
    CHECK_FALSE(irc_equal(mapping, "@", "`"));
    CHECK_FALSE(irc_equal(mapping, "\xc4", "\xe4"));
    CHECK_FALSE(irc_equal(mapping, "_", "\x7f"));
  }
}

TEST_CASE("TWX[LOG] and twx{log} are one nick in rfc1459 only", "[irc][irc18]") {
  CHECK(irc_equal(rfc1459, "TWX[LOG]\\", "twx{log}|"));
  CHECK(irc_equal(rfc1459_strict, "TWX[LOG]\\", "twx{log}|"));
  CHECK_FALSE(irc_equal(ascii, "TWX[LOG]", "twx{log}"));
}

TEST_CASE("The strict one keeps ^ and ~ apart", "[irc][irc18]") {
  CHECK(irc_equal(rfc1459, "a^", "a~"));
  CHECK_FALSE(irc_equal(rfc1459_strict, "a^", "a~"));
}

TEST_CASE("Folding makes lower case", "[irc][irc18]") {
  CHECK(irc_folded(rfc1459, "#A[]\\^Z{}|~09") == "#a{}|~z{}|~09");
  CHECK(irc_folded(rfc1459_strict, "A[^") == "a{^");
  CHECK(irc_folded(ascii, "A[^") == "a[^");
}

TEST_CASE("A mapping has the server's name; one that is not known is ascii", "[irc][irc18]") {
  CHECK(irc_case_mapping("rfc1459") == rfc1459);
  CHECK(irc_case_mapping("rfc1459-strict") == rfc1459_strict);
  CHECK(irc_case_mapping("strict-rfc1459") == rfc1459_strict);
  CHECK(irc_case_mapping("ascii") == ascii);
  CHECK(irc_case_mapping("rfc7613") == ascii);
}

TEST_CASE("A table finds a name in any case", "[irc][irc18]") {
  CHECK(irc_hash(rfc1459, "A[") == irc_hash(rfc1459, "a{"));
  CHECK(irc_hash(ascii, "A[") != irc_hash(ascii, "a{"));
  std::unordered_map<std::string, int, IrcHash, IrcEqual> table(8, IrcHash{ascii}, IrcEqual{ascii});
  table["#Chan"] = 1;
  CHECK(table.contains(std::string_view("#cHAN")));
  CHECK_FALSE(table.contains(std::string_view("#chan2")));
}

}  // namespace
