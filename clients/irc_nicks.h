// Which nick is asked for next, while the wanted one cannot be had.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "reactor/clock.h"

namespace twx {

class IrcNicks {
 public:
  explicit IrcNicks(std::string wanted) : wanted_(std::move(wanted)) {}

  // `refused` is in use, or cannot be a nick there (`invalid`, 432): another one that has not been
  // returned before, not longer than nicks may be: "nick_", "nick__", "nick3", "nick4", ... After
  // an invalid one that is short, no more than what each server takes is in it.
  std::string next(std::string_view refused, bool invalid);
  // How long to wait before that one is asked for: 200 ms, then longer and longer, 10 s at most.
  Duration pause() const;

  // Nicks have no more bytes than this: NICKLEN, or what the server has made of one.
  void set_most(std::size_t most) { most_ = most; }
  // The wanted one, as far as the server lets it be.
  std::string_view wanted() const { return std::string_view(wanted_).substr(0, most_); }

 private:
  std::string wanted_;
  std::size_t most_ = 64;
  unsigned tries_ = 0;   // in all
  unsigned number_ = 0;  // of the endings that were used up
};

// When the wanted nick is asked for again, though another one is borne: half a minute later, then
// after twice as long each time, ten minutes at most.
class IrcRegain {
 public:
  Duration next();

 private:
  Duration delay_{};
};

}  // namespace twx
