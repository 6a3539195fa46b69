// Internal to reactor/. Deferreds that wait for the same thing and are served in the order of
// asking. Cancelling one takes it out of the line.
#pragma once

#include <cstddef>
#include <list>
#include <source_location>
#include <utility>

#include "reactor/deferred.h"

namespace twx::detail {

template <class T>
class WaitingLine {
 public:
  WaitingLine() = default;
  // Those that wait fail with Error::abandoned. None may join meanwhile.
  ~WaitingLine() { disperse(); }
  WaitingLine(WaitingLine const&) = delete;
  WaitingLine& operator=(WaitingLine const&) = delete;

  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }

  Deferred<T> join(std::source_location where) {
    std::list<Promise<T>> joining(1);
    auto const place = joining.begin();
    auto deferred =
        Deferred<T>::with_canceller([this, place](Promise<T>&) { waiting_.erase(place); }, where);
    *place = deferred.promise();
    waiting_.splice(waiting_.end(), joining);
    return deferred;
  }

  // Fires the first, which may destroy *this. If `value` cannot be moved it stays the first.
  void serve(ValueOf<T> value) {
    auto first = take_first();
    try {
      first.front().callback(std::move(value));
    } catch (...) {
      waiting_.splice(waiting_.begin(), first);
      throw;
    }
  }

  // Fails all with Error::abandoned.
  void disperse() noexcept {
    while (!waiting_.empty()) take_first();
  }

 private:
  std::list<Promise<T>> take_first() noexcept {
    std::list<Promise<T>> first;
    first.splice(first.begin(), waiting_, waiting_.begin());
    return first;
  }

  std::list<Promise<T>> waiting_;  // whose places stay valid while others come and go
};

}  // namespace twx::detail
