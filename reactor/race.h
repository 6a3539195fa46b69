// Internal to reactor/. Race: connects to the first of several addresses that answers, as RFC 8305
// (Happy Eyeballs) says: families take turns, a new attempt each 250 ms or as soon as one has
// failed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reactor/address.h"
#include "reactor/clock.h"
#include "reactor/descriptor.h"
#include "reactor/failure.h"

namespace twx {

class Loop;

class Race {
 public:
  static constexpr Duration attempt_delay = std::chrono::milliseconds(250);

  struct Winner {
    Descriptor socket;  // connected, non-blocking
    Address peer;
  };
  // Called once, never inside the constructor; may destroy the Race; must not throw. Having lost,
  // the failure names each address with its own reason.
  using Done = Function<void(Result<Winner>)>;

  // `bind_port` and `interface` (empty: any): the local ones where no address is given.
  Race(Loop& loop, std::vector<Address> addresses, std::optional<Address> bind,
       std::uint16_t bind_port, Done done, std::string interface = {});
  // Gives up what is under way.
  ~Race();
  Race(Race const&) = delete;
  Race& operator=(Race const&) = delete;

  // Error::connect_timeout, with what has become of each address so far.
  Failure timed_out() const;

  // RFC 8305, section 4: the order of `addresses`, families by turns.
  static std::vector<Address> by_turns(std::vector<Address> addresses);

 private:
  class Attempt;
  template <class Call>
  void within_memory(Call call);
  DelayedCall later(Duration, Function<void()>);
  void start_next();
  void failed(Attempt&, Failure const&);
  void lose(Failure const& reason);
  void won(Attempt&);
  void give_up();
  Failure lost(Failure const& last, std::string reasons) const;

  Loop& loop_;
  std::vector<Address> addresses_;
  std::optional<Address> bind_;
  std::uint16_t bind_port_;
  std::string interface_;
  Done done_;
  std::size_t next_ = 0;
  std::vector<std::unique_ptr<Attempt>> running_;
  std::string reasons_;
  DelayedCall next_attempt_;
};

}  // namespace twx
