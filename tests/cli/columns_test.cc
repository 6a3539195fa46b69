#include "cli/columns.h"

#include "tests/support/catch.h"

using Lines = std::vector<std::string>;

TEST_CASE("text is broken at spaces", "[cli]") {
  CHECK(twx::wrapped("one two three", 7) == Lines{"one two", "three"});
  CHECK(twx::wrapped("one two three", 13) == Lines{"one two three"});
  CHECK(twx::wrapped("one  two ", 20) == Lines{"one two"});
  CHECK(twx::wrapped("", 7).empty());
  CHECK(twx::wrapped(" ", 7).empty());
}

TEST_CASE("a word that is too long has a line of its own", "[cli]") {
  CHECK(twx::wrapped("a extraordinary b", 5) == Lines{"a", "extraordinary", "b"});
}

TEST_CASE("texts stand below each other", "[cli]") {
  std::vector<twx::Row> const rows{{"  -a", "one"}, {"  --long", "two"}, {"  -c", ""}};
  CHECK(twx::text_column(rows) == 10);
  CHECK(twx::columns(rows, 10) ==
        "  -a      one\n"
        "  --long  two\n"
        "  -c\n");
}

TEST_CASE("a label that is too wide leaves its text to the next line", "[cli]") {
  std::vector<twx::Row> const rows{{"  -a", "one"}, {"  --" + std::string(40, 'x'), "two"}};
  CHECK(twx::text_column(rows) == 6);
  CHECK(twx::columns(rows, 6) == "  -a  one\n  --" + std::string(40, 'x') + "\n      two\n");
}

TEST_CASE("a long text goes on below its own beginning", "[cli]") {
  auto const word = std::string(30, 'w');
  CHECK(twx::columns({{"  -a", word + " " + word + " " + word}}, 10) ==
        "  -a      " + word + " " + word + "\n          " + word + "\n");
}

TEST_CASE("paragraphs are what empty lines divide", "[cli]") {
  CHECK(twx::paragraphs("").empty());
  CHECK(twx::paragraphs("one").size() == 1);
  auto const two = twx::paragraphs("one\n\ntwo words");
  REQUIRE(two.size() == 2);
  CHECK(two[0] == "one");
  CHECK(two[1] == "two words");
}
