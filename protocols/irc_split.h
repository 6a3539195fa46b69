// Public. Long texts in pieces that fit into a line.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace twx {

// Views of `text`, each up to `most` bytes and never empty: a line of `text` (LF, CR LF) is a piece
// by itself, a longer one is cut at its last space, which is left out, or else before a character
// of UTF-8. `most` is at least 4, lower ones count as that.
std::vector<std::string_view> irc_pieces(std::string_view text, std::size_t most);

}  // namespace twx
