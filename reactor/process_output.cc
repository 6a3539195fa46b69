#include "reactor/process_output.h"

#include <csignal>
#include <memory>
#include <string_view>
#include <utility>

#include "reactor/reactor.h"

namespace twx {
namespace {

// The process, from its start to its end, for the protocol and for who cancels.
struct Running {
  ProcessTransport* process = nullptr;

  void kill() {
    auto* const killed = std::exchange(process, nullptr);
    if (!killed) return;
    killed->lose_connection();
    try {
      killed->signal(SIGKILL);
    } catch (ProcessExitedAlready const&) {
      return;  // what kept it from its end were its pipes
    }
  }
};

class Capture final : public ProcessProtocol {
 public:
  Capture(std::shared_ptr<Running> running, std::size_t limit)
      : running_(std::move(running)), limit_(limit) {}

  void set_promise(Promise<ProcessOutput> promise) { promise_ = std::move(promise); }

  void out_received(Bytes data) override { take(output_.out, data); }
  void err_received(Bytes data) override { take(output_.err, data); }
  void child_connection_lost(int, Failure const& reason) override {
    if (!reason.is(Error::connection_done)) give_up(reason);
  }
  void process_ended(ProcessStatus const& status) override {
    running_->process = nullptr;
    output_.status = status;
    if (!promise_.fired()) promise_.callback(std::move(output_));
  }

 private:
  void take(std::string& text, Bytes data) {
    if (output_.out.size() + output_.err.size() + data.size() > limit_)
      return give_up(
          Failure::with_message(std::make_error_code(std::errc::value_too_large),
                                "more than " + std::to_string(limit_) + " bytes of output"));
    text += twx::text(data);
  }
  void give_up(Failure reason) {
    running_->kill();
    if (!promise_.fired()) promise_.errback(std::move(reason));
  }

  std::shared_ptr<Running> running_;
  Promise<ProcessOutput> promise_;
  std::size_t limit_;
  ProcessOutput output_;
};

template <class Unwanted>
void leave_out(SpawnOptions& options, Unwanted unwanted) {
  std::erase_if(options.descriptors, [&](auto const& each) {
    auto const* const end = std::get_if<PipeEnd>(&each.second);
    return end && unwanted(*end);
  });
}

Deferred<ProcessOutput> run(Reactor& reactor, std::string const& executable,
                            SpawnOptions const& options, std::size_t limit) {
  auto const running = std::make_shared<Running>();
  auto output = Deferred<ProcessOutput>::with_canceller(
      [running](Promise<ProcessOutput>&) { running->kill(); });
  auto owned = std::make_unique<Capture>(running, limit);
  auto& capture = *owned;
  auto process = reactor.spawn_process(std::move(owned), executable, options);
  if (!process) {
    output.errback(process.failure());
    return output;
  }
  capture.set_promise(output.promise());
  running->process = *process;
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
  return run(reactor, executable, options, 0).add_callback([](ProcessOutput output) -> Result<int> {
    if (output.status.exit_code < 0) return output.status.failure();
    return output.status.exit_code;
  });
}

}  // namespace twx
