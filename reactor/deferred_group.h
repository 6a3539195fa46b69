// Internal to reactor/. A Group: several chains whose results together make that of one other, the
// target.
//
// Each chain of the group gets a Member as its last link. A Member owns its Group until it runs, so
// the Group goes with the last of them; the target only knows it, for cancel().
#pragma once

#include <cstddef>
#include <memory>
#include <source_location>

#include "reactor/deferred_core.h"
#include "reactor/failure.h"

namespace twx::detail {

class Group;

class Member final : public Link {
 public:
  Member() : Link(Side::both) {}
  void run(Chain&) noexcept override;

 private:
  friend class Group;
  std::shared_ptr<Group> group_;  // both until it ran
  Chain* chain_ = nullptr;
};

class Group {
 public:
  Group(std::size_t size, std::source_location where)
      : target_(new Chain(where)), members_(std::make_unique<Member[]>(size)), size_(size) {}
  virtual ~Group() = default;
  Group(Group const&) = delete;
  Group& operator=(Group const&) = delete;

  // Waits for `chain` as member number `index`; it may have its result.
  static void add(std::shared_ptr<Group> const&, std::size_t index, ChainPtr const& chain) noexcept;
  // The target's chain, once, before anything is added. Cancelling it cancels all members.
  static ChainPtr target(std::shared_ptr<Group> const&);
  // Cancels all that have no result.
  void cancel() noexcept;

 protected:
  // A result came, in `member.result`, and the target has none yet. True if the target's was set.
  // Throwing sets it too.
  virtual bool take(std::size_t index, Chain& member) = 0;
  Slot& result() { return target_->result; }

  bool consume_late_errors = false;  // those that come when the target has its result
  bool cancel_rest = false;          // when the target has its result

 private:
  friend class Member;
  void came(std::size_t index, Chain& member) noexcept;
  bool complete(std::size_t index, Chain& member) noexcept;

  ChainPtr target_;  // until its result was set
  std::unique_ptr<Member[]> const members_;
  std::size_t const size_;
};

}  // namespace twx::detail
