#include "protocols/irc_case_mapping.h"

namespace twx {

IrcCaseMapping irc_case_mapping(std::string_view name) {
  if (name == "rfc1459") return IrcCaseMapping::rfc1459;
  if (name == "rfc1459-strict" || name == "strict-rfc1459") return IrcCaseMapping::rfc1459_strict;
  return IrcCaseMapping::ascii;
}

std::string irc_folded(IrcCaseMapping mapping, std::string_view name) {
  std::string folded(name);
  for (auto& c : folded) c = irc_folded(mapping, c);
  return folded;
}

// FNV-1a.
std::size_t irc_hash(IrcCaseMapping mapping, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (auto const c : name) {
    hash ^= static_cast<unsigned char>(irc_folded(mapping, c));
    hash *= 0x100000001b3;
  }
  return static_cast<std::size_t>(hash);
}

}  // namespace twx
