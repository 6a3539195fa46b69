#include "clients/fetch_output.h"

#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

namespace twx {
namespace {

// How often a FIFO is asked whether it takes more: epoll does not tell of one without a reader.
constexpr auto patience = std::chrono::milliseconds(10);

class FileOutput final : public FetchOutput {
 public:
  FileOutput(Clock* clock, OutputPlan plan) : clock_(clock), file_(std::move(plan)) {}

  void write(Bytes data) override {
    if (lost_) throw FailureException(*lost_);
    if (open() && file_.terminal())
      put(bytes(visible_.feed(text(data))));
    else
      put(data);
  }
  Deferred<void> finish() override {
    if (lost_) return fail<void>(*lost_);
    put(bytes(visible_.finish()));
    if (open() && waiting_.empty()) return settled(file_.close(modified_));
    Deferred<void> finished;
    finished_ = finished.promise();
    wait();
    return finished;
  }
  int plain() override { return !lost_ && waiting_.empty() && open() ? file_.plain() : -1; }
  bool restart() override {
    waiting_.clear();
    return !lost_ && file_.restart();
  }
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

  void put(Bytes data) {
    auto const taken = waiting_.empty() && open() ? file_.write(data).value() : 0;
    if (taken == data.size()) return;
    waiting_ += text(data.subspan(taken));
    wait();
  }
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
  VisibleText visible_;  // for a terminal
  std::optional<std::chrono::sys_seconds> modified_;
  std::string waiting_;  // a FIFO or a terminal has not taken it yet
  std::optional<Failure> lost_;
  Promise<void> finished_;
  DelayedCall later_;
};

class StandardIo final : public StandardStreams {
 public:
  explicit StandardIo(Reactor& reactor)
      : to_terminal_(isatty(STDOUT_FILENO) == 1), plain_(is_plain_file(STDOUT_FILENO)) {
    reactor.standard_io(std::make_unique<Side>(*this));
  }
  ~StandardIo() override {
    if (input_) input_->forget_source();
    if (side_) side_->owner = nullptr;
  }

  std::unique_ptr<FetchOutput> output() override { return std::make_unique<View>(*this); }
  std::shared_ptr<HttpBody> input() override {
    input_ = std::make_shared<FedBody>([this](bool wanted) {
      if (side_)
        wanted ? side_->transport().pause_producing() : side_->transport().resume_producing();
    });
    if (side_) side_->transport().resume_producing();
    return input_;
  }
  Deferred<void> finish() override {
    if (lost_) return fail<void>(*lost_);
    Deferred<void> finished;
    finished_ = finished.promise();
    if (side_) close_side();
    return finished;
  }

 private:
  // What one transfer writes.
  class View final : public FetchOutput {
   public:
    explicit View(StandardIo& io) : io_(io) { io_.views_.push_back(this); }
    ~View() override { std::erase(io_.views_, this); }
    void write(Bytes data) override { io_.write(data); }
    Deferred<void> finish() override { return io_.lost_ ? fail<void>(*io_.lost_) : succeed(); }
    int plain() override { return io_.plain(); }

   private:
    StandardIo& io_;
  };

  struct Side final : Protocol {
    explicit Side(StandardIo& io) : owner(&io) {}
    void connection_made() override {
      if (!owner || !owner->input_) transport().pause_producing();
      if (owner) owner->made(*this);
    }
    void data_received(Bytes data) override {
      if (owner && owner->input_) owner->input_->add(data);
    }
    void eof_received() override {
      if (owner && owner->input_) owner->input_->finish();
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
    StandardIo* owner;
  };

  void write(Bytes data) {
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
  int plain() const {
    return plain_ && side_ && side_->transport().unsent() == 0 ? STDOUT_FILENO : -1;
  }
  // Nobody may come or go meanwhile: those that go on write no more than they hold.
  void hold(bool wanted) {
    for (std::size_t i = 0; i < views_.size(); ++i) views_[i]->hold(wanted);
  }
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
    if (input_) input_->finish(reason);
    hold(false);
    if (finished_.fired()) return;
    auto finished = std::move(finished_);
    reason.is(Error::connection_done) ? finished.callback() : finished.errback(reason);
  }

  bool const to_terminal_;
  bool const plain_;
  VisibleText visible_;
  Side* side_ = nullptr;
  std::vector<View*> views_;
  std::shared_ptr<FedBody> input_;
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

std::unique_ptr<StandardStreams> standard_streams(Reactor& reactor) {
  return std::make_unique<StandardIo>(reactor);
}

}  // namespace twx
