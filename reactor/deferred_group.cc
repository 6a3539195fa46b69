#include "reactor/deferred_group.h"

#include <utility>

#include "reactor/log.h"

namespace twx::detail {

void Member::run(Chain& chain) noexcept {
  auto const group = std::exchange(group_, nullptr);
  chain_ = nullptr;
  group->came(static_cast<std::size_t>(this - group->members_.get()), chain);
}

void Group::add(std::shared_ptr<Group> const& group, std::size_t index,
                ChainPtr const& chain) noexcept {
  auto& member = group->members_[index];
  member.group_ = group;
  member.chain_ = chain.get();
  chain->give_to(member);
}

ChainPtr Group::target(std::shared_ptr<Group> const& group) {
  group->target_->promise();
  group->target_->set_canceller([known = std::weak_ptr(group)](Chain&) {
    if (auto const alive = known.lock()) alive->cancel();
  });
  return group->target_;
}

void Group::cancel() noexcept {
  for (std::size_t i = 0; i < size_; ++i) {
    try {
      if (auto* const chain = members_[i].chain_) chain->cancel();
    } catch (...) {
      log_failure("a canceller failed", Failure::from_current_exception());
    }
  }
}

void Group::came(std::size_t index, Chain& member) noexcept {
  if (!target_ || target_->fired()) {
    // Otherwise the chain itself says that nobody took its failure.
    if (consume_late_errors) member.result.reset();
    return;
  }
  if (!complete(index, member)) return;
  Chain::fire_next(std::move(target_));
  if (cancel_rest) cancel();
}

bool Group::complete(std::size_t index, Chain& member) noexcept {
  try {
    return take(index, member);
  } catch (...) {
    result().set(Failure::from_current_exception());
    return true;
  }
}

}  // namespace twx::detail
