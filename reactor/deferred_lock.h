// Public. Mutual exclusion among callbacks and coroutines of one thread: DeferredLock and
// DeferredSemaphore.
//
//   auto const token = co_await lock.acquire();        // given back at the end of the scope
//
// or, around one call:   auto answer = lock.run([&] { return ask(server); });
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <source_location>
#include <utility>

#include "reactor/deferred.h"

namespace twx {

struct TokenStock;
// Lets so many go on at a time as it has tokens; the others wait, first come, first served.
class DeferredSemaphore {
 public:
  // The right to go on. Destroying it gives it back. May outlive its semaphore.
  class [[nodiscard]] Token {
   public:
    Token(Token&&) noexcept = default;
    Token& operator=(Token other) noexcept {
      std::swap(origin_, other.origin_);
      return *this;
    }
    ~Token() { give_back(); }

    // Gives it back. Whoever waits longest gets it inside this call; if the call comes from one who
    // just got a token so, when that one returns. Throws std::logic_error if the token was given
    // back or moved from.
    void release();

   private:
    friend class DeferredSemaphore;
    explicit Token(std::shared_ptr<TokenStock> origin) noexcept : origin_(std::move(origin)) {}
    void give_back() noexcept;

    std::shared_ptr<TokenStock> origin_;
  };

  // Throws std::invalid_argument if `tokens` is 0.
  explicit DeferredSemaphore(std::size_t tokens);
  // Those that wait fail with Error::abandoned.
  ~DeferredSemaphore();
  DeferredSemaphore(DeferredSemaphore const&) = delete;
  DeferredSemaphore& operator=(DeferredSemaphore const&) = delete;

  // Fires with a token: at once if one is free, otherwise in the order of asking. Cancelling one
  // that waits takes it out of the line.
  Deferred<Token> acquire(std::source_location where = std::source_location::current());

  // Calls function() with a token in hand and gives that back when there is a result, or when a
  // Deferred that was returned has one; the result is that of run(). Cancelled while it waits, the
  // function is never called; later that goes to what the function returned.
  template <std::invocable F>
  auto run(F function, std::source_location where = std::source_location::current()) {
    return acquire(where).add_callback([function = std::move(function)](Token token) mutable {
      return maybe_deferred(std::move(function))
          .add_both([token = std::move(token)](auto result) mutable {
            token.release();
            return result;
          });
    });
  }

  // How many are free, and how many Deferreds wait for one.
  std::size_t tokens() const;
  std::size_t waiting() const;

 private:
  std::shared_ptr<TokenStock> const stock_;
};

// A DeferredSemaphore with one token.
class DeferredLock : public DeferredSemaphore {
 public:
  DeferredLock() : DeferredSemaphore(1) {}
  bool locked() const { return tokens() == 0; }
};

}  // namespace twx
