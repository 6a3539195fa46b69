#include "protocols/irc_mask.h"

namespace twx {

bool irc_mask_matches(IrcCaseMapping mapping, std::string_view mask, std::string_view text) {
  constexpr auto npos = std::string_view::npos;
  std::size_t m = 0;
  std::size_t t = 0;
  std::size_t star = npos;    // the last one that was passed
  std::size_t star_text = 0;  // where what it stands for ends
  while (t < text.size()) {
    if (m < mask.size() && mask[m] == '*') {
      star = m++;
      star_text = t;
    } else if (m < mask.size() &&
               (mask[m] == '?' || irc_folded(mapping, mask[m]) == irc_folded(mapping, text[t]))) {
      ++m;
      ++t;
    } else if (star != npos) {
      m = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return mask.find_first_not_of('*', m) == npos;
}

std::string irc_full_mask(std::string_view mask) {
  std::string full(mask);
  auto const at = full.find('@');
  auto const mark = full.find('!');
  if (at == full.npos && mark == full.npos)
    return full.find_first_of(".:") == full.npos ? full + "!*@*" : full;
  if (at == full.npos) return full + "@*";
  if (mark == full.npos) return "*!" + full;
  return full;
}

}  // namespace twx
