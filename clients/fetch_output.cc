#include "clients/fetch_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace twx {
namespace {

class FileOutput final : public FetchOutput {
 public:
  explicit FileOutput(std::string path) : path_(std::move(path)) {}

  void write(Bytes data) override {
    open_file();
    while (!data.empty()) {
      auto const count = ::write(file_.get(), data.data(), data.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) failed();
      data = data.subspan(static_cast<std::size_t>(count));
    }
  }
  Deferred<void> finish() override {
    open_file();
    if (close(std::exchange(file_, {}).release()) < 0) failed();
    return succeed();
  }

 private:
  void open_file() {
    if (file_) return;
    file_ = Descriptor(open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file_) failed();
  }
  [[noreturn]] void failed() {
    throw FailureException(
        Failure::with_message(Error::cannot_write, path_ + ": " + Failure::from_errno().message()));
  }

  std::string const path_;
  Descriptor file_;
};

class StandardOutput final : public FetchOutput {
 public:
  explicit StandardOutput(Reactor& reactor) : to_terminal_(isatty(STDOUT_FILENO) == 1) {
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
  VisibleText visible_;
  Side* side_ = nullptr;
  std::string early_;  // before the transport was there
  std::optional<Failure> lost_;
  Promise<void> finished_;
};

}  // namespace

std::unique_ptr<FetchOutput> file_output(std::string path) {
  return std::make_unique<FileOutput>(std::move(path));
}

std::unique_ptr<FetchOutput> standard_output(Reactor& reactor) {
  return std::make_unique<StandardOutput>(reactor);
}

}  // namespace twx
