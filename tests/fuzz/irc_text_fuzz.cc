// Whatever is said, what comes of it is UTF-8 without controls, and the same at once as step by
// step.
//
// Input: encoding, what becomes of controls; then the text.
#include <string>

#include "protocols/irc_split.h"
#include "protocols/irc_text.h"
#include "reactor/utf8.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

bool forbidden(char32_t c) {
  return c < 0x20 || (0x7f <= c && c < 0xa0) || (0x2028 <= c && c <= 0x202e) ||
         (0x2066 <= c && c <= 0x2069) || c == 0x61c || c == 0x200e || c == 0x200f;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  constexpr IrcEncoding encodings[] = {IrcEncoding::utf8_or_latin1, IrcEncoding::utf8,
                                       IrcEncoding::latin1};
  Input input(data, size);
  auto const encoding = encodings[input.number() % 3];
  auto const controls = input.number() % 2 == 0 ? IrcControls::escape : IrcControls::remove;
  auto const text = input.rest();
  std::string whole;
  printable_plain_text(whole, text, encoding, controls);
  for (std::string_view rest = whole; !rest.empty();) {
    auto const length = utf8_length(rest);
    require(length > 0, "it is UTF-8");
    require(!forbidden(utf8_code_point(rest.substr(0, length))), "nothing in it moves anything");
    rest.remove_prefix(length);
  }
  std::string plain;
  plain_text(plain, text);
  require(plain.size() <= text.size(), "formatting only goes");
  std::string steps;
  printable_utf8(steps, plain, encoding, controls);
  require(steps == whole, "both at once is one after the other");
  auto const most = 1 + size % 64;
  for (auto const piece : irc_pieces(whole, most))
    require(!piece.empty() && piece.size() <= std::max<std::size_t>(most, 4) &&
                utf8_length(piece) > 0,
            "a piece begins with a character and fits");
  return 0;
}
