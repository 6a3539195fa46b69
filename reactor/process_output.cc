#include "reactor/process_output.h"

#include <csignal>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "reactor/log.h"
#include "reactor/reactor.h"

namespace twx {
namespace {

// The process, from its start to its end, for the protocol, for who cancels and for the shutdown.
struct Running {
  explicit Running(Reactor& owner) : reactor(owner) {}

  void over() {
    process = nullptr;
    if (auto const waiting = std::exchange(trigger, std::nullopt))
      reactor.remove_system_event_trigger(*waiting);
  }
  void kill() {
    auto* const killed = process;
    over();
    if (!killed) return;
    killed->lose_connection();
    try {
      killed->signal(SIGKILL);
    } catch (ProcessExitedAlready const&) {
      return;                                     // what kept it from its end were its pipes
    } catch (std::system_error const& refused) {  // one that has become somebody else's
      if (log_enabled(Level::debug))
        log(Level::debug, std::string("a process is left alone: ") + refused.what());
    }
  }

  Reactor& reactor;
  ProcessTransport* process = nullptr;
  std::optional<TriggerId> trigger;
};

class Capture final : public ProcessProtocol {
 public:
  // Without a limit nothing is kept.
  Capture(std::shared_ptr<Running> running, std::optional<std::size_t> limit)
      : running_(std::move(running)), limit_(limit) {}

  void set_promise(Promise<ProcessOutput> promise) { promise_ = std::move(promise); }

  void out_received(Bytes data) override { take(output_.out, data); }
  void err_received(Bytes data) override { take(output_.err, data); }
  void child_connection_lost(int, Failure const& reason) override {
    if (!reason.is(Error::connection_done)) give_up(reason);
  }
  void process_ended(ProcessStatus const& status) override {
    running_->over();
    output_.status = status;
    if (!promise_.fired()) promise_.callback(std::move(output_));
  }
  void give_up(Failure reason) {
    running_->kill();
    if (!promise_.fired()) promise_.errback(std::move(reason));
  }

 private:
  void take(std::string& text, Bytes data) {
    if (!limit_) return;
    if (output_.out.size() + output_.err.size() + data.size() > *limit_)
      return give_up(
          Failure::with_message(std::make_error_code(std::errc::value_too_large),
                                "more than " + std::to_string(*limit_) + " bytes of output"));
    text += twx::text(data);
  }

  std::shared_ptr<Running> running_;
  Promise<ProcessOutput> promise_;
  std::optional<std::size_t> limit_;
  ProcessOutput output_;
};

template <class Unwanted>
void leave_out(SpawnOptions& options, Unwanted unwanted) {
  std::erase_if(options.descriptors, [&](auto const& each) {
    auto const* const end = std::get_if<PipeEnd>(&each.second);
    return end && unwanted(*end);
  });
}

// Not all have pipes that would tell of the shutdown.
TriggerId at_shutdown(Reactor& reactor, Capture& capture) {
  return reactor.add_system_event_trigger(Phase::during, SystemEvent::shutdown, [&capture] {
    capture.give_up(Error::connection_lost);
    return succeed();
  });
}

Deferred<ProcessOutput> run(Reactor& reactor, std::string const& executable,
                            SpawnOptions const& options, std::optional<std::size_t> limit) {
  if (reactor.shutting_down()) return fail<ProcessOutput>(Error::connection_lost);
  auto const running = std::make_shared<Running>(reactor);
  auto output = Deferred<ProcessOutput>::with_canceller(
      [running](Promise<ProcessOutput>&) { running->kill(); });
  auto owned = std::make_unique<Capture>(running, limit);
  auto& capture = *owned;
  running->trigger = at_shutdown(reactor, capture);
  try {
    auto process = reactor.spawn_process(std::move(owned), executable, options);
    if (process) {
      capture.set_promise(output.promise());
      running->process = *process;
      return output;
    }
    output.errback(process.failure());
  } catch (...) {
    running->over();
    throw;
  }
  running->over();
  return output;
}

std::string_view last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
}

Failure unsuccessful(ProcessOutput const& output) {
  auto failure = output.status.failure();
  auto const line = last_line(output.err);
  if (line.empty()) return failure;
  return Failure::with_message(failure.code(), failure.message() + ": " + std::string(line));
}

}  // namespace

Deferred<ProcessOutput> get_process_output_and_value(Reactor& reactor,
                                                     std::string const& executable,
                                                     SpawnOptions options, std::size_t limit) {
  leave_out(options, [](PipeEnd end) { return end == PipeEnd::write; });
  return run(reactor, executable, options, limit);
}

Deferred<std::string> get_process_output(Reactor& reactor, std::string const& executable,
                                         SpawnOptions options, std::size_t limit) {
  return get_process_output_and_value(reactor, executable, std::move(options), limit)
      .add_callback([](ProcessOutput output) -> Result<std::string> {
        if (!output.status.done()) return unsuccessful(output);
        return std::move(output.out);
      });
}

Deferred<int> get_process_value(Reactor& reactor, std::string const& executable,
                                SpawnOptions options) {
  leave_out(options, [](PipeEnd) { return true; });
  return run(reactor, executable, options, std::nullopt)
      .add_callback([](ProcessOutput output) -> Result<int> {
        if (output.status.exit_code < 0) return output.status.failure();
        return output.status.exit_code;
      });
}

}  // namespace twx
