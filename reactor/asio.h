// Public. AsioDriver: a reactor on the boost::asio::io_context of a program that has one.
//
//   boost::asio::io_context io;
//   auto const reactor = make_reactor();
//   AsioDriver const driver(io, *reactor);
//   reactor->listen_tcp(9000, factory_for<Echo>());
//   io.run();
//
// All of it is in this header, which wants those of Boost.Asio; the library itself uses no Asio.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "reactor/reactor.h"

namespace twx {

// Starts `reactor` and makes its turns among the handlers of `context`, which must outlive this, as
// must the reactor. One thread runs the context: that to which the reactor belongs. Its handlers
// may call the reactor and its transports as the reactor's own callbacks do; the reactor's
// callbacks run in turns of their own, never inside such a call.
//
// The context does not run out of work before the reactor has stopped. A turn that throws (lack of
// memory) lets that out of io_context::run, and the reactor no longer runs.
class AsioDriver {
 public:
  // Fires the start-up triggers. Throws ReactorAlreadyRunning, and std::system_error where the
  // system refuses a descriptor.
  AsioDriver(boost::asio::io_context& context, Reactor& reactor);
  // Leaves the reactor, if it runs still, as Reactor::crash does: it may be run again, by whomever.
  ~AsioDriver() { turns_->leave(); }
  AsioDriver(AsioDriver const&) = delete;
  AsioDriver& operator=(AsioDriver const&) = delete;

  // Reactor::stop. The shutdown takes place inside io_context::run, which then may return. Throws
  // ReactorNotRunning.
  void stop();

 private:
  // Lives as long as Asio holds a handler.
  class Turns : public std::enable_shared_from_this<Turns> {
   public:
    Turns(boost::asio::io_context& context, Reactor& reactor);
    void start();
    void leave();
    Reactor* reactor() const { return reactor_; }

   private:
    using Executor = boost::asio::io_context::executor_type;
    using Timer =
        boost::asio::basic_waitable_timer<Time::clock, boost::asio::wait_traits<Time::clock>,
                                          Executor>;
    using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;

    void go_on();
    void turn();
    template <class Step>
    void leave_if_it_fails(Step);

    Reactor* reactor_;  // nullptr after the end
    Descriptor descriptor_;
    Timer timer_;
    bool descriptor_waits_ = false;
    bool timer_waits_ = false;
  };

  std::shared_ptr<Turns> const turns_;
};

// --- implementation ---

inline AsioDriver::AsioDriver(boost::asio::io_context& context, Reactor& reactor)
    : turns_(std::make_shared<Turns>(context, reactor)) {
  turns_->start();
}

inline void AsioDriver::stop() {
  if (!turns_->reactor()) throw ReactorNotRunning();
  turns_->reactor()->stop();
}

inline AsioDriver::Turns::Turns(boost::asio::io_context& context, Reactor& reactor)
    : reactor_(&reactor), descriptor_(context), timer_(context) {
  // A copy, for Asio closes it.
  auto const copy = fcntl(reactor.descriptor(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw std::system_error(errno, std::system_category(), "fcntl");
  boost::system::error_code error;
  descriptor_.assign(copy, error);
  if (!error) return;
  close(copy);
  throw std::system_error(error, "epoll_ctl");
}

inline void AsioDriver::Turns::start() {
  // The timer's wait is always there between turns, so waking needs no memory.
  reactor_->start([this] { timer_.cancel(); });
  leave_if_it_fails([this] { go_on(); });
}

inline void AsioDriver::Turns::leave() {
  if (auto* const left = std::exchange(reactor_, nullptr)) left->crash();
  timer_.cancel();
  boost::system::error_code closed;
  descriptor_.close(closed);
}

template <class Step>
void AsioDriver::Turns::leave_if_it_fails(Step step) {
  try {
    step();
  } catch (...) {
    leave();
    throw;
  }
}

// A wait that ends, for whatever reason, means a turn: too many do no harm.
inline void AsioDriver::Turns::go_on() {
  if (!reactor_->running()) return leave();
  auto const due = reactor_->turn_due().value_or(Time::max());
  if (!std::exchange(timer_waits_, true)) {
    timer_.expires_at(due);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
      self->timer_waits_ = false;
      self->turn();
    });
  } else if (due < timer_.expiry()) {
    timer_.expires_at(due);
  }
  if (std::exchange(descriptor_waits_, true)) return;
  descriptor_.async_wait(Descriptor::wait_read,
                         [self = shared_from_this()](boost::system::error_code) {
                           self->descriptor_waits_ = false;
                           self->turn();
                         });
}

inline void AsioDriver::Turns::turn() {
  if (!reactor_) return;
  leave_if_it_fails([this] {
    reactor_->take_turn();
    if (reactor_) go_on();  // otherwise the driver went in this turn
  });
}

}  // namespace twx
