#include "reactor/deferred_lock.h"

#include <stdexcept>

#include "reactor/log.h"
#include "reactor/waiting_line.h"

namespace twx {

using Token = DeferredSemaphore::Token;

struct TokenStock {
  std::size_t free = 0;
  bool serving = false;
  detail::WaitingLine<Token> line;
};

void Token::release() {
  if (!origin_) throw std::logic_error("a token that is not held was released");
  give_back();
}

void Token::give_back() noexcept {
  auto const stock = std::exchange(origin_, nullptr);
  if (!stock) return;
  ++stock->free;
  // A loop, and not one call inside the other: a line may be long.
  if (std::exchange(stock->serving, true)) return;
  try {
    while (stock->free > 0 && !stock->line.empty()) {
      --stock->free;
      stock->line.serve(Token(stock));
    }
  } catch (...) {
    log_failure("a token could not be passed on", Failure::from_current_exception());
  }
  stock->serving = false;
}

DeferredSemaphore::DeferredSemaphore(std::size_t tokens) : stock_(std::make_shared<TokenStock>()) {
  if (tokens == 0) throw std::invalid_argument("a semaphore without tokens");
  stock_->free = tokens;
}

DeferredSemaphore::~DeferredSemaphore() { stock_->line.disperse(); }

Deferred<Token> DeferredSemaphore::acquire(std::source_location where) {
  if (stock_->free == 0 || !stock_->line.empty()) return stock_->line.join(where);
  Deferred<Token> deferred(where);
  --stock_->free;
  deferred.callback(Token(stock_));
  return deferred;
}

std::size_t DeferredSemaphore::tokens() const { return stock_->free; }
std::size_t DeferredSemaphore::waiting() const { return stock_->line.size(); }

}  // namespace twx
