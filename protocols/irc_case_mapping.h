// Public. Which names of nicks and channels are one name: CASEMAPPING (RFC 2812, section 2.2, and
// the drafts about RPL_ISUPPORT).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace twx {

enum class IrcCaseMapping : std::uint8_t {
  ascii,           // A-Z
  rfc1459,         // also [ ] \ ^ are { } | ~; what counts where a server says nothing
  rfc1459_strict,  // also [ ] \ are { } |
};

// What the value of CASEMAPPING stands for; ascii for names that are not known, whose rules for
// letters beyond ASCII no client could follow.
IrcCaseMapping irc_case_mapping(std::string_view name);

// In lower case.
constexpr char irc_folded(IrcCaseMapping mapping, char c) {
  char const last = mapping == IrcCaseMapping::ascii     ? 'Z'
                    : mapping == IrcCaseMapping::rfc1459 ? '^'
                                                         : ']';
  return 'A' <= c && c <= last ? static_cast<char>(c + 32) : c;
}
std::string irc_folded(IrcCaseMapping, std::string_view name);

// The two are one name.
constexpr bool irc_equal(IrcCaseMapping mapping, std::string_view one, std::string_view other) {
  auto const same = [=](char a, char b) {
    return irc_folded(mapping, a) == irc_folded(mapping, b);
  };
  return one.size() == other.size() && std::equal(one.begin(), one.end(), other.begin(), same);
}

// Equal for names that are equal.
std::size_t irc_hash(IrcCaseMapping, std::string_view name);

// For std::unordered_map<std::string, T, IrcHash, IrcEqual>, which finds by std::string_view. A
// table that was made before the server named its mapping must be made anew.
struct IrcHash {
  using is_transparent = void;
  IrcCaseMapping mapping = IrcCaseMapping::rfc1459;
  std::size_t operator()(std::string_view name) const { return irc_hash(mapping, name); }
};
struct IrcEqual {
  using is_transparent = void;
  IrcCaseMapping mapping = IrcCaseMapping::rfc1459;
  bool operator()(std::string_view one, std::string_view other) const {
    return irc_equal(mapping, one, other);
  }
};

}  // namespace twx
