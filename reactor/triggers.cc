#include "reactor/triggers.h"

#include "reactor/log.h"

namespace twx {

TriggerId Triggers::add(Phase phase, SystemEvent event, Call call) {
  all_.emplace(next_, Trigger{phase, event, std::make_shared<Call>(std::move(call))});
  return next_++;
}

void Triggers::remove(TriggerId id) {
  if (all_.erase(id) == 0) throw std::invalid_argument("no such system event trigger");
}

std::shared_ptr<int> Triggers::fire(Phase phase, SystemEvent event, Function<void()> released) {
  std::vector<TriggerId> due;
  for (auto const& [id, trigger] : all_)
    if (trigger.phase == phase && trigger.event == event) due.push_back(id);
  if (due.empty()) return nullptr;
  struct Held {
    int count = 0;
    Function<void()> released;
  };
  auto const held = std::make_shared<Held>();
  for (auto const id : due) {
    auto const found = all_.find(id);
    if (found == all_.end()) continue;  // removed by one before it
    auto const call = found->second.call;
    ++held->count;
    maybe_deferred([&] { return (*call)(); })
        .add_both([held](Result<void> const& result) {
          if (!result) log_failure("a trigger failed", result.failure());
          if (--held->count == 0 && held->released) held->released();
        })
        .release();
  }
  if (held->count > 0) held->released = std::move(released);
  return {held, &held->count};
}

}  // namespace twx
