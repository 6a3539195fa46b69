// Public. ReactorPool: several reactors, one per thread. One of them listens; each connection is
// given to the one with the fewest and stays with its thread.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "reactor/reactor.h"

namespace twx {

class ReactorPool {
 public:
  // `main` is the first of `size` reactors and runs in the caller's thread; the others get threads
  // of their own. Throws std::system_error where the system refuses one.
  ReactorPool(Reactor& main, std::size_t size);
  // Stops and joins the other threads; what their connections had not sent is lost: drain() first.
  ~ReactorPool() = default;
  ReactorPool(ReactorPool const&) = delete;
  ReactorPool& operator=(ReactorPool const&) = delete;

  std::size_t size() const { return members_.size(); }
  std::size_t connections() const;

  // As Reactor::drain, for all of them. In the thread of `main`.
  Deferred<void> drain(Duration limit);

  // For listening ports: gives an accepted socket away. `factory` builds the protocol in the thread
  // that gets it, so it must be safe to use from several threads.
  void dispatch(int fd, Address const& peer, std::shared_ptr<Factory> factory,
                std::shared_ptr<TlsContext> tls = {});

 private:
  struct Member {
    ~Member();  // stops and joins
    Reactor* reactor = nullptr;
    std::unique_ptr<Reactor> owned;  // not for main
    std::thread thread;
    std::atomic<std::size_t> coming{0};  // dispatched, not yet adopted
  };
  Member& least_busy();

  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace twx
