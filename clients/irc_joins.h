// Getting into channels, and staying in: who was refused or kicked tries again, ever more rarely.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/clock.h"
#include "reactor/function.h"

namespace twx {

// On one connection; channels are told by their index.
class IrcJoins {
 public:
  struct Channel {
    std::string_view name;
    std::string_view key = {};
  };
  struct Times {
    Duration first = std::chrono::seconds(5);    // after a kick or refusal; then twice as long, ...
    Duration most = std::chrono::minutes(5);     // but no longer; `first` may be more
    Duration answer = std::chrono::minutes(1);   // none by then is a refusal
    Duration proved = std::chrono::minutes(10);  // who was in for so long begins with `first` again
  };
  // Gets comma lists; `keys` belong to the first of the channels.
  using Send = Function<void(std::string const& channels, std::string const& keys)>;

  // What the names and keys lie in must outlive it.
  IrcJoins(Clock& clock, std::vector<Channel> const& channels, Times times, Send send);

  // Asks for all channels, in lists of at most `most` channels.
  void start(std::size_t most);
  void joined(std::size_t index);
  // The server says no.
  void refused(std::size_t index);
  // Kicked, or sent away.
  void left(std::size_t index);
  // The reason for the refusals may be gone: those who wait try at once.
  void hurry();
  void hurry(std::size_t index);

  bool is_in(std::size_t index) const { return seats_[index].in; }
  bool started() const { return started_; }

 private:
  struct Seat {
    Channel channel;
    bool in = false;
    bool asked = false;  // and no answer has come
    Time since{};        // it is in
    unsigned tries = 0;  // that were refused
    unsigned kicks = 0;
    DelayedCall next;
  };

  void ask(std::size_t index);
  void ask(std::vector<std::size_t> const& list);
  void try_later(std::size_t index, unsigned before);
  Duration delay(unsigned before) const;

  Clock& clock_;
  Times const times_;
  Send send_;
  std::vector<Seat> seats_;
  bool started_ = false;
};

}  // namespace twx
