#include "protocols/irc_split.h"

#include <algorithm>

#include "reactor/ascii.h"

namespace twx {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Where to cut a line that is longer than `most`: before a character, at most three bytes earlier.
std::size_t border(std::string_view line, std::size_t most) {
  for (std::size_t back = 0; back < 4; ++back)
    if (!continues_character(line[most - back])) return most - back;
  return most;  // it is no UTF-8
}

void cut(std::string_view line, std::size_t most, std::vector<std::string_view>& pieces) {
  while (line.size() > most) {
    auto const space = line.rfind(' ', most);
    // One near the beginning would make a piece of one word of a text without any others.
    auto const at_space = space != line.npos && space > most / 2;
    auto const size = at_space ? space : border(line, most);
    pieces.push_back(line.substr(0, size));
    line.remove_prefix(size + (at_space ? 1 : 0));
  }
  if (!line.empty()) pieces.push_back(line);
}

}  // namespace

std::vector<std::string_view> irc_pieces(std::string_view text, std::size_t most) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    cut(line, std::max<std::size_t>(most, 4), pieces);
  }
  return pieces;
}

}  // namespace twx
