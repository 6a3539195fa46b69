// Public. IrcModes: the changes that one MODE makes, in their order (RFC 2812, sections 3.1.5 and
// 3.2.3).
//
//   while (auto const change = modes.next()) heard(change->set, change->mode, change->parameter);
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "protocols/irc_support.h"

namespace twx {

// One letter of a MODE.
struct IrcModeChange {
  bool set = true;                       // or unset
  char mode = 0;                         // the letter
  IrcModeKind kind = IrcModeKind::flag;  // as the server says
  std::string_view parameter = {};       // empty where there is none
};

// Reads what it is given where it lies; takes no memory. A copy begins where the original stands.
class IrcModes {
 public:
  // Of a channel: `words` are the parameters behind the channel's name: "+ov-k", "a", "b", "key".
  // `support` says which modes take one.
  IrcModes(IrcSupport const& support, std::span<std::string_view const> words)
      : support_(&support), words_(words) {}
  // Of a user: none takes a parameter.
  explicit IrcModes(std::span<std::string_view const> words) : words_(words) {}

  // Nothing at the end. A parameter that is missing is empty.
  std::optional<IrcModeChange> next();
  // All the words, as they came.
  std::span<std::string_view const> words() const { return words_; }

 private:
  IrcSupport const* support_ = nullptr;
  std::span<std::string_view const> words_;
  std::size_t place_ = 0;      // in the first word
  std::size_t parameter_ = 1;  // the next one
  bool set_ = true;
};

}  // namespace twx
