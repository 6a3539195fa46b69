// Long texts in pieces.
#include "protocols/irc_split.h"

#include <string>

#include "tests/support/catch.h"

namespace {

using namespace twx;
using Pieces = std::vector<std::string_view>;

TEST_CASE("A text that fits is one piece", "[irc]") {
  CHECK(irc_pieces("hello all", 9) == Pieces{"hello all"});
  CHECK(irc_pieces("", 9).empty());
}

TEST_CASE("A longer one is cut at a space", "[irc]") {
  CHECK(irc_pieces("hello all of you", 10) == Pieces{"hello all", "of you"});
  CHECK(irc_pieces("0123456789 abc", 10) == Pieces{"0123456789", "abc"});
  CHECK(irc_pieces("a 0123456789", 10) == Pieces{"a 01234567", "89"});
}

TEST_CASE("Or between two characters", "[irc]") {
  CHECK(irc_pieces("0123456789abc", 5) == Pieces{"01234", "56789", "abc"});
  CHECK(irc_pieces("aaa\u00fc\u00fc", 4) == Pieces{"aaa", "\u00fc\u00fc"});
  CHECK(irc_pieces("\U0001f600\U0001f600", 7) == Pieces{"\U0001f600", "\U0001f600"});
  CHECK(irc_pieces("\U0001f600\U0001f600", 1) == Pieces{"\U0001f600", "\U0001f600"});
}

TEST_CASE("What is no UTF-8 is cut anywhere", "[irc]") {
  std::string const text(10, '\x80');
  for (auto const piece : irc_pieces(text, 4)) CHECK(piece.size() <= 4);
}

TEST_CASE("Each line is a piece by itself, an empty one is none", "[irc]") {
  CHECK(irc_pieces("a\nb\r\n\n\r\nc\n", 9) == Pieces{"a", "b", "c"});
}

TEST_CASE("Nothing but spaces at cuts is lost", "[irc]") {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += "w" + std::string(static_cast<std::size_t>(i % 13), '\xc3') + " ";
  for (std::size_t most = 1; most < 40; ++most) {
    std::string all;
    for (auto const piece : irc_pieces(text, most)) {
      CHECK((!piece.empty() && piece.size() <= std::max<std::size_t>(most, 4)));
      all += piece;
    }
    std::erase(all, ' ');
    auto wanted = text;
    std::erase(wanted, ' ');
    CHECK(all == wanted);
  }
}

}  // namespace
