// What is said of a log that cannot be written, and not more than that.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include "reactor/clock.h"
#include "reactor/failure.h"

namespace twx {

// Logs (reactor/log.h) a cause when it is new, or when a minute has passed since.
class IrcLogTrouble {
 public:
  // Lines were lost. `now` is the reactor's.
  void lost(Time now, Failure const&, std::uint64_t lines = 1);
  // Nothing was lost, but the user should know. `what` says what follows, and may be empty.
  void tell(Time now, std::string_view what, Failure const&);
  // No file fails any more: says how many lines were lost, if the cause was told.
  void over();
  // The end: says it in any case.
  void finish();

  std::uint64_t lost() const { return lost_; }

 private:
  std::error_code cause_;
  std::optional<Time> told_at_;
  bool told_ = false;       // since it was over last
  std::uint64_t lost_ = 0;  // in all
  std::uint64_t told_lost_ = 0;
};

}  // namespace twx
