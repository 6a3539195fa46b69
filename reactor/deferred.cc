#include "reactor/deferred.h"

#include <array>
#include <cassert>
#include <coroutine>
#include <cstdio>
#include <cstring>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

#include "reactor/deferred_core.h"
#include "reactor/deferred_coroutine.h"
#include "reactor/failure.h"
#include "reactor/log.h"

namespace twx::detail {
namespace {

// A run() that is under way, and what it goes on with. They nest where a link fires another
// Deferred.
struct Run;
constinit thread_local Run* innermost = nullptr;

struct Run {
  Run() : around(std::exchange(innermost, this)) {}
  ~Run() { innermost = around; }
  Run(Run const&) = delete;
  Run& operator=(Run const&) = delete;

  Run* const around;
  ChainPtr next;
  void* resumed = nullptr;  // the frame of the coroutine that this resumes at the moment
};

void report(Failure const& failure, std::source_location where) noexcept {
  if (!log_enabled(Level::error)) return;
  auto const* slash = std::strrchr(where.file_name(), '/');
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(), "Unhandled error in Deferred created at %s:%u",
                slash ? slash + 1 : where.file_name(), where.line());
  log_failure(text.data(), failure);
}

}  // namespace

Chain::~Chain() {
  assert(!first_ && !waiting_ && !outer_);
  drop_result();
}

// --- firing ---

bool Chain::accepts() {
  if (!fired_) return true;
  if (!std::exchange(swallow_, false)) throw AlreadyCalledError();
  return false;
}

void Chain::settle() noexcept {
  fired_ = true;
  canceller_ = nullptr;
}

void Chain::fire() noexcept {
  settle();
  run();
}

void Chain::fail(Failure failure) noexcept {
  result.set(std::move(failure));
  fire();
}

void Chain::abandon() noexcept {
  if (!fired_ && !cancelling_ && (held_ || first_ || outer_)) fail(Error::abandoned);
}

void Chain::cancel() {
  auto* pending = this;
  while (pending->inner_) pending = pending->inner_;
  if (pending->fired_) return;
  ChainPtr const alive(pending);
  if (auto canceller = std::move(pending->canceller_)) {
    pending->cancelling_ = true;  // until it is fired: the canceller may own the producer
    canceller(*pending);
  } else {
    pending->swallow_ = true;
  }
  if (!pending->fired_) pending->fail(Error::cancelled);
}

// --- adding to the end ---

void Chain::append(Link& link) noexcept {
  extended_ = true;
  (first_ ? last_->next_ : first_) = &link;
  last_ = &link;
}

void Chain::add(Link& link) noexcept {
  append(link);
  adopt();
}

void Chain::chain_to(ChainPtr other) noexcept {
  outer_ = std::move(other);
  held_ = false;
  hand_over();
}

void Chain::wait_for(ChainPtr const& other) noexcept {
  if (other.get() == this) {
    result.set(Failure::with_message(Error::exception, "a callback returned its own Deferred"));
    return;
  }
  inner_ = other.get();
  other->chain_to(ChainPtr(this));
}

// The Deferred as it was created is gone: from now on only a Promise can fire it.
void Chain::adopt() noexcept {
  if (promise() && !fired_) {
    fail(Error::abandoned);
  } else {
    run();
  }
}

void Chain::hand_over() noexcept {
  pauses_ = 0;
  adopt();
}

void Chain::give_to(Link& last) noexcept {
  hand_over();
  append(last);
  held_ = false;
  run();
}

void Chain::let_go() noexcept {
  held_ = false;
  pauses_ = 0;
  run();
}

void Chain::unpause() noexcept {
  assert(pauses_ > 0);
  if (--pauses_ == 0) run();
}

// --- running ---

void Chain::run() noexcept {
  if (!can_run() || running_) return;
  Run loop;
  for (ChainPtr chain(this); chain; chain = std::exchange(loop.next, {})) chain->run_links();
}

void Chain::run_links() noexcept {
  if (running_) return;
  running_ = true;
  if (!inner_ && waiting_) discard(std::exchange(waiting_, nullptr));
  while (first_ && can_run()) {
    auto* const link = std::exchange(first_, first_->next_);
    if (link->sees(result.failed())) {
      link->run(*this);
    } else {
      discard(link);
    }
  }
  running_ = false;
  if (first_ || !can_run() || held_) return;
  outer_ ? deliver() : drop_result();
}

void Chain::deliver() noexcept {
  auto outer = std::move(outer_);
  if (outer->inner_ == this) {
    outer->inner_ = nullptr;
    outer->result = std::move(result);
  } else if (!outer->fired_) {
    outer->result = std::move(result);
    outer->settle();
  } else {
    result.reset();  // cancelled in the meantime
    return;
  }
  innermost->next = std::move(outer);
}

void Chain::drop_result() noexcept {
  if (result.failed()) {
    report(result.take<Failure>(), where_);
  } else {
    result.reset();
  }
}

void Chain::finish(Link& link) noexcept {
  if (inner_) {
    waiting_ = &link;
  } else {
    discard(&link);
  }
}

void Chain::fire_next(ChainPtr other) noexcept {
  assert(innermost && !innermost->next);
  other->settle();
  innermost->next = std::move(other);
}

void Chain::discard(Link* link) noexcept {
  if (link == in_storage_) {
    link->~Link();
    in_storage_ = nullptr;
  } else {
    delete link;
  }
}

// --- coroutines ---

bool Resumption::await_ready() noexcept {
  awaited_->hand_over();
  return awaited_->has_result();
}

void Resumption::suspend(std::coroutine_handle<> waiting, Chain* own) {
  if (own == awaited_.get()) throw std::logic_error("a coroutine awaits its own Deferred");
  coroutine_ = waiting;
  if (own && !own->fired_) {
    own_ = own;
    own_->inner_ = awaited_.get();
  }
  auto const awaited = std::move(awaited_);
  awaited->append(*this);
  awaited->held_ = false;
}

void Resumption::run(Chain& chain) noexcept {
  awaited_ = ChainPtr(&chain);
  if (own_) own_->inner_ = nullptr;
  auto* const loop = innermost;
  loop->resumed = coroutine_.address();
  coroutine_.resume();
  loop->resumed = nullptr;
}

void complete(std::coroutine_handle<> finished, ChainPtr chain) noexcept {
  auto* const loop = innermost;
  auto const resumed = loop && loop->resumed == finished.address();
  if (resumed) loop->resumed = nullptr;
  finished.destroy();
  if (chain->fired_) return;  // cancelled by the coroutine itself
  chain->settle();
  if (resumed) {
    loop->next = std::move(chain);
  } else {
    chain->run();
  }
}

}  // namespace twx::detail
