// Public. TokenBucket and IrcSendQueue: no more lines to a server than it stands (RFC 1459, section
// 8.10), and no more replies than one wants to give.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

#include "reactor/clock.h"
#include "reactor/failure.h"
#include "reactor/function.h"

namespace twx {

// So many at once, then one each time `interval` has passed. An interval of zero is no limit.
struct IrcRate {
  std::size_t burst = 5;  // 1 at least
  Duration interval = std::chrono::seconds(2);
};

// Counts what passes; has no clock of its own.
class TokenBucket {
 public:
  // Full at first. Throws std::invalid_argument if `rate` has no burst or a negative interval.
  explicit TokenBucket(IrcRate rate);

  // Takes one if there is one.
  bool take(Time now);
  // How long until there is one; zero if there is.
  Duration wait(Time now) const;

 private:
  IrcRate rate_;
  Time full_{};  // when it is full again
};

// Lines that wait until they may be sent.
class IrcSendQueue {
 public:
  static constexpr std::size_t most = 1000;  // lines

  // `send` gets each line when its time has come; it is not called inside push of another line that
  // waits. `clock` must live as long.
  IrcSendQueue(Clock& clock, IrcRate rate, Function<void(std::string const&)> send);
  IrcSendQueue(IrcSendQueue const&) = delete;
  IrcSendQueue& operator=(IrcSendQueue const&) = delete;

  // Sends it at once if nothing waits and the rate allows it. Fails with IrcError::queue_full.
  Result<void> push(std::string line);
  // Drops what waits, and returns how many lines that were.
  std::size_t clear();
  std::size_t size() const { return lines_.size(); }

 private:
  void send_due();

  Clock& clock_;
  TokenBucket bucket_;
  Function<void(std::string const&)> send_;
  std::deque<std::string> lines_;
  DelayedCall next_;
};

}  // namespace twx
