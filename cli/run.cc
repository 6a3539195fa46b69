#include "cli/run.h"

#include <unistd.h>

#include <csignal>
#include <exception>
#include <new>
#include <string>

#include "cli/common_options.h"
#include "cli/dispatch.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "reactor/log.h"
#include "reactor/reactor.h"

namespace twx {
namespace {

int number(ExitStatus status) { return static_cast<int>(status); }

// Ends the program so that a shell sees 128 + signal. Comes back if that signal ends no program.
int end_by_signal(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  std::raise(signal);
  return 128 + signal;
}

int say(Say const& what) {
  if (what.status != ExitStatus::done) {
    tell(what.text);
    return number(what.status);
  }
  auto const error = write_all(STDOUT_FILENO, what.text);
  if (!error) return number(ExitStatus::done);
  // A reader that went away has seen what it wanted.
  if (error == std::errc::broken_pipe) return end_by_signal(SIGPIPE);
  log(Level::error, "cannot write to standard output: " + error.message());
  return number(ExitStatus::write_failed);
}

int finish(Outcome const& outcome) {
  if (!outcome.message.empty()) {
    log(outcome.status == ExitStatus::done ? Level::notice : Level::error, outcome.message);
  }
  return outcome.signal != 0 ? end_by_signal(outcome.signal) : number(outcome.status);
}

Outcome perform(Action const& action) {
  auto const reactor = make_reactor();
  return action(*reactor);
}

int start(Start const& request) {
  auto const& command = *request.command;
  Options options;
  CommonOptions common;
  auto const action = command.declare(options);
  declare_common(options, common);
  auto const parsed = parse(command, options, request.arguments);
  if (auto const* error = std::get_if<UsageError>(&parsed)) {
    return say({usage_error_text(command.path, *error), ExitStatus::usage});
  }
  if (std::holds_alternative<HelpAsked>(parsed)) return say({help_text(command, options)});
  install_log_sink(common);
  return finish(perform(action));
}

}  // namespace

int run(std::span<Command const* const> commands, std::span<char const* const> args) {
  install_log_sink({});
  try {
    auto const request = dispatch(commands, args);
    if (auto const* text = std::get_if<Say>(&request)) return say(*text);
    return start(std::get<Start>(request));
  } catch (std::bad_alloc const&) {
    // Not through log(): there may be no memory left for a line.
    tell("twx: Cannot allocate memory\n");
  } catch (std::exception const& e) {
    log(Level::error, e.what());
  } catch (...) {
    log(Level::error, "unknown exception");
  }
  return number(ExitStatus::failed);
}

}  // namespace twx
