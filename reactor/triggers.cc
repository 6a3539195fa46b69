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

void Triggers::fire(Phase phase, SystemEvent event, std::shared_ptr<int> const& held) {
  std::vector<TriggerId> due;
  for (auto const& [id, trigger] : all_)
    if (trigger.phase == phase && trigger.event == event) due.push_back(id);
  for (auto const id : due) {
    auto const found = all_.find(id);
    if (found == all_.end()) continue;  // removed by one before it
    auto const call = found->second.call;
    ++*held;
    maybe_deferred([&] { return (*call)(); })
        .add_both([held](Result<void> const& result) {
          --*held;
          if (!result) log(Level::error, "a trigger failed: " + result.failure().message());
        })
        .release();
  }
}

}  // namespace twx
