#include "clients/fetch_output.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace twx {
namespace {

// How often a FIFO is asked whether it takes more: epoll does not tell of one without a reader.
constexpr auto patience = std::chrono::milliseconds(10);

class FileOutput final : public FetchOutput {
 public:
  FileOutput(Clock* clock, OutputPlan plan) : clock_(clock), file_(std::move(plan)) {}

  void write(Bytes data) override {
    if (lost_) throw FailureException(*lost_);
    auto const taken = waiting_.empty() && open() ? file_.write(data).value() : 0;
    if (taken == data.size()) return;
    waiting_ += text(data.subspan(taken));
    wait();
  }
  Deferred<void> finish() override {
    if (lost_) return fail<void>(*lost_);
    if (open() && waiting_.empty()) return settled(file_.close(modified_));
    Deferred<void> finished;
    finished_ = finished.promise();
    wait();
    return finished;
  }
  int plain() override { return !lost_ && waiting_.empty() && open() ? file_.plain() : -1; }
  void set_modified(std::chrono::sys_seconds time) override { modified_ = time; }
  void discard_on_error() override {
    later_ = {};
    file_.discard();
  }
  std::string path() const override { return file_.path(); }

 private:
  static Deferred<void> settled(Result<void> const& result) {
    return result ? succeed() : fail<void>(result.failure());
  }
  bool open() { return file_.open().value(); }

  void wait() {
    if (!clock_) throw FailureException(file_.failure(EAGAIN));
    if (later_.active()) return;
    hold(true);
    later_ = clock_->call_later(patience, [this] { go_on(); });
  }
  void go_on() {
    try {
      if (open())
        waiting_.erase(0, file_.write(bytes(waiting_)).value());
      else if (waiting_.empty())
        return wait();  // for a reader, to tell it that there is nothing
      if (!waiting_.empty()) return wait();
      if (!finished_.fired()) file_.close(modified_).value();
    } catch (...) {
      lost_ = Failure::from_current_exception();
    }
    settle();
  }
  // The last thing in its caller: whoever waits goes on inside.
  void settle() {
    if (finished_.fired()) return hold(false);
    auto finished = std::move(finished_);
    lost_ ? finished.errback(*lost_) : finished.callback();
  }

  Clock* const clock_;
  OutputFile file_;
  std::optional<std::chrono::sys_seconds> modified_;
  std::string waiting_;  // a FIFO or a terminal has not taken it yet
  std::optional<Failure> lost_;
  Promise<void> finished_;
  DelayedCall later_;
};

class StandardOutput final : public FetchOutput {
 public:
  explicit StandardOutput(Reactor& reactor)
      : to_terminal_(isatty(STDOUT_FILENO) == 1), plain_(is_plain_file(STDOUT_FILENO)) {
    reactor.standard_io(std::make_unique<Side>(*this));
  }
  ~StandardOutput() override {
    if (side_) side_->owner = nullptr;
  }

  void write(Bytes data) override {
    if (lost_) throw FailureException(*lost_);
    if (!side_) {
      early_ += text(data);
      return hold(true);
    }
    if (to_terminal_)
      side_->transport().write(visible_.feed(text(data)));
    else
      side_->transport().write(data);
  }
  Deferred<void> finish() override {
    if (lost_) return fail<void>(*lost_);
    Deferred<void> finished;
    finished_ = finished.promise();
    if (side_) close_side();
    return finished;
  }
  int plain() override {
    return plain_ && side_ && side_->transport().unsent() == 0 ? STDOUT_FILENO : -1;
  }

 private:
  struct Side final : Protocol {
    explicit Side(StandardOutput& output) : owner(&output) {}
    void connection_made() override {
      transport().pause_producing();  // standard input is not ours
      if (owner) owner->made(*this);
    }
    void pause_writing() override {
      if (owner) owner->hold(true);
    }
    void resume_writing() override {
      if (owner) owner->hold(false);
    }
    void connection_lost(Failure const& reason) override {
      if (owner) owner->lost(reason);
    }
    using Protocol::transport;
    StandardOutput* owner;
  };

  void made(Side& side) {
    side_ = &side;
    if (!early_.empty()) {
      write(bytes(std::exchange(early_, {})));
      hold(false);
    }
    if (!finished_.fired()) close_side();
  }
  void close_side() {
    if (to_terminal_) side_->transport().write(visible_.finish());
    side_->transport().lose_connection();
  }
  void lost(Failure const& reason) {
    side_ = nullptr;
    lost_ = reason;
    hold(false);
    if (finished_.fired()) return;
    auto finished = std::move(finished_);
    reason.is(Error::connection_done) ? finished.callback() : finished.errback(reason);
  }

  bool const to_terminal_;
  bool const plain_;
  VisibleText visible_;
  Side* side_ = nullptr;
  std::string early_;  // before the transport was there
  std::optional<Failure> lost_;
  Promise<void> finished_;
};

}  // namespace

std::unique_ptr<FetchOutput> file_output(std::string path) {
  return std::make_unique<FileOutput>(nullptr, OutputPlan{.path = std::move(path)});
}

std::unique_ptr<FetchOutput> file_output(Clock& clock, OutputPlan plan) {
  return std::make_unique<FileOutput>(&clock, std::move(plan));
}

std::unique_ptr<FetchOutput> standard_output(Reactor& reactor) {
  return std::make_unique<StandardOutput>(reactor);
}

}  // namespace twx
