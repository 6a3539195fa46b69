#include "protocols/irc_modes.h"

namespace twx {
namespace {

bool wants_parameter(IrcModeKind kind, bool set) {
  switch (kind) {
    case IrcModeKind::list:
    case IrcModeKind::always:
    case IrcModeKind::status: return true;
    case IrcModeKind::when_set: return set;
    case IrcModeKind::flag:
    case IrcModeKind::unknown: return false;
  }
  return false;
}

}  // namespace

std::optional<IrcModeChange> IrcModes::next() {
  auto const letters = words_.empty() ? std::string_view() : words_.front();
  while (place_ < letters.size()) {
    auto const c = letters[place_++];
    if (c == '+' || c == '-') {
      set_ = c == '+';
      continue;
    }
    auto const kind = support_ ? support_->mode_kind(c) : IrcModeKind::flag;
    IrcModeChange change{.set = set_, .mode = c, .kind = kind};
    if (wants_parameter(kind, set_) && parameter_ < words_.size())
      change.parameter = words_[parameter_++];
    return change;
  }
  return std::nullopt;
}

}  // namespace twx
