#include "protocols/limit_connections.h"

#include <mutex>
#include <string>
#include <unordered_map>

#include "reactor/log.h"

namespace twx {
namespace {

// What a connection is counted by: goes with its protocol, and may outlive the factory.
using Place = std::shared_ptr<void>;

struct HasPlace {
  Place held;
};

// The place is the first base, so that it is given up after the inner protocol has gone.
class Counted final : private HasPlace, public ProtocolWrapper {
 public:
  Counted(std::unique_ptr<Protocol> inner, Place place)
      : HasPlace{std::move(place)}, ProtocolWrapper(std::move(inner)) {}
};

std::unique_ptr<Protocol> build(Factory& factory, Address const& peer, Place place) {
  auto inner = factory.build_protocol(peer);
  return inner ? std::make_unique<Counted>(std::move(inner), std::move(place)) : nullptr;
}

void log_refusal(Address const& peer) {
  if (log_enabled(Level::debug))
    log(Level::debug, "connection from " + peer.to_string() + " refused: there are enough");
}

}  // namespace

// --- in all ---

LimitTotalConnectionsFactory::LimitTotalConnectionsFactory(std::shared_ptr<Factory> wrapped,
                                                           std::size_t limit,
                                                           std::shared_ptr<Factory> overflow)
    : WrappingFactory(std::move(wrapped)),
      limit_(limit),
      overflow_(std::move(overflow)),
      count_(std::make_shared<std::atomic<std::size_t>>(0)) {}

void LimitTotalConnectionsFactory::start_factory() {
  WrappingFactory::start_factory();
  if (overflow_) overflow_->do_start();
}

void LimitTotalConnectionsFactory::stop_factory() {
  if (overflow_) overflow_->do_stop();
  WrappingFactory::stop_factory();
}

// In one step: a connection that is refused must not keep out another one even for a moment.
bool LimitTotalConnectionsFactory::count_if_below_limit() {
  auto present = count_->load();
  do {
    if (present >= limit_) return false;
  } while (!count_->compare_exchange_weak(present, present + 1));
  return true;
}

std::unique_ptr<Protocol> LimitTotalConnectionsFactory::build_protocol(Address const& peer) {
  auto const below = count_if_below_limit();
  if (!below) {
    log_refusal(peer);
    if (!overflow_) return nullptr;
    ++*count_;
  }
  Place place(count_.get(), [count = count_](void*) { --*count; });
  return build(below ? wrapped() : *overflow_, peer, std::move(place));
}

// --- of one peer ---

class LimitConnectionsByPeer::Counts {
 public:
  bool add_below(std::size_t limit, std::string const& host) {
    std::scoped_lock const lock(mutex_);
    auto& count = counts_[host];
    if (count < limit) return ++count > 0;
    if (count == 0) counts_.erase(host);  // the limit is 0
    return false;
  }
  void remove(std::string const& host) {
    std::scoped_lock const lock(mutex_);
    auto const found = counts_.find(host);
    if (--found->second == 0) counts_.erase(found);
  }
  std::size_t of(std::string const& host) const {
    std::scoped_lock const lock(mutex_);
    auto const found = counts_.find(host);
    return found == counts_.end() ? 0 : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> counts_;  // never 0
};

LimitConnectionsByPeer::LimitConnectionsByPeer(std::shared_ptr<Factory> wrapped, std::size_t limit)
    : WrappingFactory(std::move(wrapped)), limit_(limit), counts_(std::make_shared<Counts>()) {}

std::unique_ptr<Protocol> LimitConnectionsByPeer::build_protocol(Address const& peer) {
  if (peer.is_unix() || peer == Address()) return WrappingFactory::build_protocol(peer);
  auto host = peer.host();
  if (!counts_->add_below(limit_, host)) {
    log_refusal(peer);
    return nullptr;
  }
  Place place(counts_.get(),
              [counts = counts_, host = std::move(host)](void*) { counts->remove(host); });
  return build(wrapped(), peer, std::move(place));
}

std::size_t LimitConnectionsByPeer::connections(Address const& peer) const {
  return counts_->of(peer.host());
}

}  // namespace twx
