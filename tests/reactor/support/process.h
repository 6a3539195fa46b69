// A process protocol for tests: does what the test says and keeps what it was told, in order.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "reactor/process.h"
#include "tests/reactor/support/harness.h"

namespace twx::test {

// One process as the test sees it. Shared with the protocol and there after its end.
struct Told {
  std::function<void(ProcessTransport&)> on_made, on_data, on_pause, on_resume, on_exited;
  std::function<void(ProcessTransport&, int fd)> on_lost;

  std::string story;  // "made data1 lost1 exited ended", neighbouring data only once
  std::map<int, std::string> received;
  std::map<int, Failure> lost;
  std::optional<ProcessStatus> exited, ended;
  ProcessTransport* transport = nullptr;  // from made to ended
  bool nested = false;                    // a callback ran inside another one or inside calling()
  bool destroyed = false;
  int depth = 0;

  std::string const& out() { return received[1]; }
  std::string const& err() { return received[2]; }
  bool has(std::string_view event) const { return story.find(event) != story.npos; }
  std::string reason(int fd) const {
    auto const found = lost.find(fd);
    return found == lost.end() ? "open" : found->second.message();
  }
  std::string status() const { return ended ? ended->failure().message() : "alive"; }
};

class TellingProtocol final : public ProcessProtocol {
 public:
  explicit TellingProtocol(std::shared_ptr<Told> told) : t_(std::move(told)) {}
  ~TellingProtocol() override { t_->destroyed = true; }

  void connection_made() override {
    t_->transport = &transport();
    tell("made", t_->on_made, transport());
  }
  void child_data_received(int fd, Bytes data) override {
    t_->received[fd] += text(data);
    ProcessProtocol::child_data_received(fd, data);
    tell("data" + std::to_string(fd), t_->on_data, transport());
  }
  void out_received(Bytes data) override { out_ += data.size(); }
  void err_received(Bytes data) override { err_ += data.size(); }
  void pause_writing(int fd) override {
    tell("pause" + std::to_string(fd), t_->on_pause, transport());
  }
  void resume_writing(int fd) override {
    tell("resume" + std::to_string(fd), t_->on_resume, transport());
  }
  void in_connection_lost() override { own_ += "in "; }
  void out_connection_lost() override { own_ += "out "; }
  void err_connection_lost() override { own_ += "err "; }
  void child_connection_lost(int fd, Failure const& reason) override {
    t_->lost.emplace(fd, reason);
    ProcessProtocol::child_connection_lost(fd, reason);
    tell("lost" + std::to_string(fd), t_->on_lost, transport(), fd);
  }
  void process_exited(ProcessStatus const& status) override {
    t_->exited = status;
    tell("exited", t_->on_exited, transport());
  }
  void process_ended(ProcessStatus const& status) override {
    t_->ended = status;
    // The parts were told as the whole was.
    if (out_ != t_->received[1].size() || err_ != t_->received[2].size()) t_->story += " PARTS";
    for (auto const* name : {"in ", "out ", "err "})
      if (own_.find(name) != own_.rfind(name)) t_->story += " TWICE";
    tell("ended", std::function<void()>());
    t_->transport = nullptr;
  }

 private:
  template <class Call, class... Args>
  void tell(std::string const& event, Call const& call, Args&&... args) {
    if (!t_->story.ends_with(event)) {
      if (!t_->story.empty()) t_->story += " ";
      t_->story += event;
    }
    if (t_->depth > 0) t_->nested = true;
    ++t_->depth;
    struct Leave {
      int& depth;
      ~Leave() { --depth; }
    } const leave{t_->depth};
    if (call) call(std::forward<Args>(args)...);
  }

  std::shared_ptr<Told> t_;
  std::size_t out_ = 0, err_ = 0;
  std::string own_;
};

inline std::shared_ptr<Told> make_told() { return std::make_shared<Told>(); }

inline Result<ProcessTransport*> spawn(Reactor& reactor, std::shared_ptr<Told> const& told,
                                       std::string const& executable, SpawnOptions options = {}) {
  ++told->depth;  // nothing may be told before it returns
  auto process = reactor.spawn_process(std::make_unique<TellingProtocol>(told), executable,
                                       std::move(options));
  --told->depth;
  return process;
}

// /bin/sh -c SCRIPT; the process, which must start.
inline ProcessTransport& spawn_shell(Reactor& reactor, std::shared_ptr<Told> const& told,
                                     std::string const& script, SpawnOptions options = {}) {
  options.arguments = {"-c", script};
  return *spawn(reactor, told, "/bin/sh", std::move(options)).value();
}

// Until process_ended, and what the shell wrote to its standard output.
inline std::string shell_output(Reactor& reactor, std::string const& script,
                                SpawnOptions options = {}) {
  auto const told = make_told();
  spawn_shell(reactor, told, script, std::move(options)).close_stdin();
  if (!run_until(reactor, [&] { return told->destroyed; })) return "(does not end)";
  return told->out() + told->err();
}

}  // namespace twx::test
