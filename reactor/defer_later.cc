#include "reactor/defer_later.h"

#include <stdexcept>

namespace twx {

Deferred<void> defer_later(Clock& clock, Duration after, std::source_location where) {
  if (after < Duration::zero()) throw std::invalid_argument("defer_later with a negative delay");
  Deferred<void> deferred(where);
  auto call =
      clock.call_later(after, [promise = deferred.promise()]() mutable { promise.callback(); });
  auto chain = detail::Access::take_chain(std::move(deferred));
  chain->set_canceller([call = std::move(call)](detail::Chain&) mutable { call = DelayedCall(); });
  return detail::Access::deferred<void>(std::move(chain));
}

}  // namespace twx
