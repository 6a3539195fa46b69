// Internal to reactor/. What stands behind a Deferred: one Chain, whatever the types of its links.
//
// A Chain holds the present result and the links that are still to run; the Deferred at its end and
// the Promise at its start both point to it. Ownership goes from the producer downstream: a Promise
// owns its chain, a chain that others wait for owns what waits (another chain, or a coroutine's
// frame), and a Deferred owns its chain only besides. Since a Promise that goes away fires, and
// since a chain cannot stay paused without a Deferred, every chain that has links comes to run
// them: a chain that is freed is always at its end. Nothing here recurses along a chain: what a
// chain's result sets free next is handed to the run() that is under way, which goes on with it in
// a loop.
#pragma once

#include <cassert>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <source_location>
#include <type_traits>
#include <utility>

#include "reactor/failure.h"
#include "reactor/function.h"

namespace twx::detail {

// The result of a chain's last link: nothing, a value whose type the next link knows, or a Failure.
// Values up to the size of a std::string need no allocation.
class Slot {
 public:
  Slot() = default;
  Slot(Slot const&) = delete;
  Slot& operator=(Slot&& other) noexcept {
    reset();
    failed_ = other.failed_;
    operations_ = std::exchange(other.operations_, nullptr);
    if (operations_) operations_->move(&storage_, &other.storage_);
    return *this;
  }
  ~Slot() { reset(); }

  bool failed() const { return operations_ && failed_; }
  template <class V>
  void set(V value) {
    reset();
    if constexpr (fits<V>) {
      ::new (&storage_) V(std::move(value));
    } else {
      ::new (&storage_) Boxed<V>(std::make_unique<V>(std::move(value)));
    }
    operations_ = &operations<Held<V>>;
    failed_ = std::is_same_v<V, Failure>;
  }
  template <class T>
  void set_result(Result<T>&& result) {
    if (result) {
      set<ValueOf<T>>(std::move(result).value());
    } else {
      set<Failure>(result.failure());
    }
  }
  template <class V>
  V take() {
    assert(operations_ == &operations<Held<V>>);
    auto& held = *static_cast<Held<V>*>(static_cast<void*>(&storage_));
    Emptied const emptied{*this};
    if constexpr (fits<V>) {
      return std::move(held);
    } else {
      return std::move(*held);
    }
  }
  template <class T>
  Result<T> take_result() {
    if (failed()) return take<Failure>();
    return take<ValueOf<T>>();
  }
  void reset() noexcept {
    if (auto const* old = std::exchange(operations_, nullptr)) old->destroy(&storage_);
  }

 private:
  static constexpr std::size_t capacity = 4 * sizeof(void*);
  template <class V>
  static constexpr bool fits = sizeof(V) <= capacity && alignof(V) <= alignof(void*) &&
                               std::is_nothrow_move_constructible_v<V>;
  template <class V>
  using Boxed = std::unique_ptr<V>;
  template <class V>
  using Held = std::conditional_t<fits<V>, V, Boxed<V>>;

  struct Operations {
    void (*move)(void* to, void* from) noexcept;  // leaves `from` destroyed
    void (*destroy)(void*) noexcept;
  };
  template <class H>
  static constexpr Operations operations{[](void* to, void* from) noexcept {
                                           ::new (to) H(std::move(*static_cast<H*>(from)));
                                           static_cast<H*>(from)->~H();
                                         },
                                         [](void* at) noexcept { static_cast<H*>(at)->~H(); }};
  struct Emptied {
    Slot& slot;
    ~Emptied() { slot.reset(); }
  };

  Operations const* operations_ = nullptr;
  bool failed_ = false;
  alignas(void*) std::byte storage_[capacity];
};

class Chain;

// A counted reference; the last one frees the chain.
class ChainPtr {
 public:
  ChainPtr() = default;
  inline explicit ChainPtr(Chain* chain);
  ChainPtr(ChainPtr const& other) : ChainPtr(other.chain_) {}
  ChainPtr(ChainPtr&& other) noexcept : chain_(std::exchange(other.chain_, nullptr)) {}
  ChainPtr& operator=(ChainPtr other) noexcept {
    std::swap(chain_, other.chain_);
    return *this;
  }
  inline ~ChainPtr();

  explicit operator bool() const { return chain_ != nullptr; }
  Chain* get() const { return chain_; }
  Chain* operator->() const {
    assert(chain_);  // a Deferred that was moved from has none
    return chain_;
  }

 private:
  Chain* chain_ = nullptr;
};

enum class Side : std::uint8_t { values, failures, both };

// One step of a chain. It sees results of its side; the others pass it by.
class Link {
 public:
  explicit Link(Side side) : side_(side) {}
  virtual ~Link() = default;
  Link(Link const&) = delete;
  Link& operator=(Link const&) = delete;

  // Takes the chain's result and leaves its own there, or has the chain wait for another.
  virtual void run(Chain&) noexcept = 0;
  bool sees(bool failure) const {
    return side_ == Side::both || (side_ == Side::failures) == failure;
  }

 private:
  friend class Chain;
  Link* next_ = nullptr;
  Side const side_;
};

class Chain {
 public:
  explicit Chain(std::source_location where) : where_(where) {}
  ~Chain();
  Chain(Chain const&) = delete;
  Chain& operator=(Chain const&) = delete;

  // --- for the producer ---
  bool fired() const { return fired_; }
  // False if the firing is to be swallowed, after a cancel(). Throws AlreadyCalledError.
  bool accepts();
  // With the result set: runs what waits for it. The caller holds a reference.
  void fire() noexcept;
  void fail(Failure) noexcept;
  // The producer is gone: fails the chain, unless it was fired, its canceller runs or nobody is
  // there to see it.
  void abandon() noexcept;
  // Notes that somebody can fire this chain. False if that was known.
  bool promise() { return !std::exchange(promised_, true); }
  void set_canceller(Function<void(Chain&)> canceller) { canceller_ = std::move(canceller); }

  // --- for the consumer ---
  // True if a link added now would run at once.
  bool has_result() const { return can_run() && !first_ && !running_; }
  // True when links were added: the type at the start may differ from the one at the end.
  bool extended() const { return extended_; }
  // Creates a link; add() it, nothing else.
  template <class L, class... Args>
  Link& make(Args&&... args) {
    if constexpr (sizeof(L) <= sizeof first_storage_ && alignof(L) <= alignof(std::max_align_t)) {
      if (!in_storage_)
        return *(in_storage_ = ::new (first_storage_) L(std::forward<Args>(args)...));
    }
    return *new L(std::forward<Args>(args)...);
  }
  void add(Link&) noexcept;
  // Fires `other` with the result at the end of this.
  void chain_to(ChainPtr other) noexcept;
  // The Deferred was given up to somebody who takes the result: nobody can unpause any more.
  void hand_over() noexcept;
  // hand_over() to `last`, which takes the result and is not owned by the chain.
  void give_to(Link& last) noexcept;
  // The Deferred was dropped: as hand_over(), and a result at the end has nobody to go to.
  void let_go() noexcept;
  void pause() { ++pauses_; }
  void unpause() noexcept;
  void cancel();

  // --- for links ---
  // The result of `other` becomes this chain's; it may be there already.
  void wait_for(ChainPtr const& other) noexcept;
  // `link` ran: destroys it, but not before the Deferred that it returned has a result, for that
  // may come from a coroutine that uses what the link captured.
  void finish(Link& link) noexcept;
  // In the run() of the link that is the last of its chain: fires `other`, whose result is set,
  // from the loop that runs the link, so that this does not recurse.
  static void fire_next(ChainPtr other) noexcept;

  Slot result;

 private:
  friend class ChainPtr;
  friend class Resumption;
  friend void complete(std::coroutine_handle<>, ChainPtr) noexcept;
  bool can_run() const { return fired_ && pauses_ == 0 && !inner_; }
  void append(Link&) noexcept;
  void adopt() noexcept;
  void settle() noexcept;
  void run() noexcept;
  void run_links() noexcept;
  void deliver() noexcept;
  void drop_result() noexcept;
  void discard(Link*) noexcept;

  std::uint32_t references_ = 0;
  std::uint32_t pauses_ = 0;
  bool fired_ = false;
  bool promised_ = false;
  bool held_ = true;  // by a Deferred
  bool extended_ = false;
  bool running_ = false;
  bool swallow_ = false;
  bool cancelling_ = false;  // its canceller runs
  Link* first_ = nullptr;
  Link* last_ = nullptr;
  Link* in_storage_ = nullptr;  // the link in first_storage_
  Link* waiting_ = nullptr;     // the link that returned inner_'s Deferred
  Chain* inner_ = nullptr;      // what this waits for, and what cancel() goes to; owns this
  ChainPtr outer_;              // gets the result at the end
  Function<void(Chain&)> canceller_;
  std::source_location const where_;
  // Room for one link, so that a chain of one callback is a single allocation.
  alignas(std::max_align_t) std::byte first_storage_[8 * sizeof(void*)];
};

ChainPtr::ChainPtr(Chain* chain) : chain_(chain) {
  if (chain_) ++chain_->references_;
}
ChainPtr::~ChainPtr() {
  if (chain_ && --chain_->references_ == 0) delete chain_;
}

}  // namespace twx::detail
