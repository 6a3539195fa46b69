#include "reactor/reactor_pool.h"

#include <algorithm>

#include "reactor/descriptor.h"

namespace twx {
namespace {

// Counts a connection as long as it is on its way, wherever that ends.
class Coming {
 public:
  explicit Coming(std::atomic<std::size_t>& count) : count_(&count) { ++count; }
  Coming(Coming&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  ~Coming() {
    if (count_) --*count_;
  }

 private:
  std::atomic<std::size_t>* count_;
};

}  // namespace

ReactorPool::ReactorPool(Reactor& main, std::size_t size) {
  members_.push_back(std::make_unique<Member>());
  members_.front()->reactor = &main;
  while (members_.size() < size) {
    auto member = std::make_unique<Member>();
    member->owned = make_reactor();
    member->reactor = member->owned.get();
    member->thread = std::thread([reactor = member->reactor] { reactor->run(false); });
    members_.push_back(std::move(member));
  }
}

ReactorPool::Member::~Member() {
  if (!thread.joinable()) return;
  reactor->call_from_thread([this] { reactor->stop(); });
  thread.join();
}

std::size_t ReactorPool::connections() const {
  std::size_t sum = 0;
  for (auto const& member : members_) sum += member->coming + member->reactor->connections();
  return sum;
}

ReactorPool::Member& ReactorPool::least_busy() {
  auto const load = [](auto const& member) {
    return member->coming + member->reactor->connections();
  };
  return **std::ranges::min_element(members_, {}, load);
}

void ReactorPool::dispatch(int fd, Address const& peer, std::shared_ptr<Factory> factory,
                           std::shared_ptr<TlsContext> tls) {
  auto& member = least_busy();
  if (!member.owned) return member.reactor->adopt(fd, peer, *factory, std::move(tls));
  member.reactor->call_from_thread([coming = Coming(member.coming), socket = Descriptor(fd),
                                    &member, peer, factory = std::move(factory),
                                    tls = std::move(tls)]() mutable {
    member.reactor->adopt(socket.release(), peer, *factory, std::move(tls));
  });
}

Deferred<void> ReactorPool::drain(Duration limit) {
  Deferred<void> all;
  struct Waiting {
    Promise<void> done;
    std::size_t left;
    void one_less() {
      if (--left == 0) done.callback();
    }
  };
  auto const waiting = std::make_shared<Waiting>(Waiting{all.promise(), members_.size()});
  auto& main = *members_.front()->reactor;
  // At once, so that its ports give nothing more to the others.
  auto main_drained = main.drain(limit);
  for (std::size_t i = 1; i < members_.size(); ++i) {
    auto* const reactor = members_[i]->reactor;
    // Each drains in its own thread; the count is kept in main's.
    reactor->call_from_thread([reactor, &main, limit, waiting] {
      reactor->drain(limit)
          .add_both([&main, waiting](Result<void> const&) {
            main.call_from_thread([waiting] { waiting->one_less(); });
          })
          .release();
    });
  }
  std::move(main_drained)
      .add_both([waiting](Result<void> const&) { waiting->one_less(); })
      .release();
  return all;
}

}  // namespace twx
