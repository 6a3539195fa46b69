#include "cli/run.h"

#include <unistd.h>

#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "cli/color.h"
#include "cli/declared.h"
#include "cli/dispatch.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/pager.h"
#include "cli/parse.h"
#include "reactor/log.h"
#include "reactor/reactor.h"

namespace twx {
namespace {

using Commands = std::span<Command const* const>;

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

int finish(Outcome const& outcome) {
  if (!outcome.message.empty()) {
    log(outcome.status == ExitStatus::done ? Level::notice : Level::error, outcome.message);
  }
  return outcome.signal != 0 ? end_by_signal(outcome.signal) : number(outcome.status);
}

int say(Say const& what) {
  if (what.status == ExitStatus::done) return finish(print(what.text));
  tell(what.text);
  return number(what.status);
}

int complain(Mistaken const& what, std::string_view color) {
  return say({usage_error_text(what.path, what.error, wants_color(color, STDERR_FILENO)),
              ExitStatus::usage});
}

Outcome perform(Action const& action) {
  auto const reactor = make_reactor();
  return action(*reactor);
}

int start(Start const& request) {
  auto const& command = *request.command;
  Declared const declared(command);
  auto const parsed = parse(command, declared.options, request.arguments);
  if (auto const* error = std::get_if<UsageError>(&parsed)) {
    return complain({std::string(command.path), *error}, color_choice(request.arguments));
  }
  if (std::holds_alternative<HelpAsked>(parsed)) return say({help_text(command, declared.options)});
  install_log_sink(declared.common);
  return finish(perform(declared.action));
}

int answer(Commands commands, Request const& request);

// Where man(1) is missing, help says the same. A pipe or a file gets the source.
int show(Commands commands, Show const& what) {
  if (::isatty(STDOUT_FILENO) != 1) return say({what.page.text});
  become_man(what.page.text);
  std::vector<char const*> words{"help"};
  words.insert(words.end(), what.words.begin(), what.words.end());
  return answer(commands, dispatch(commands, words));
}

int answer(Commands commands, Request const& request) {
  if (auto const* text = std::get_if<Say>(&request)) return say(*text);
  if (auto const* page = std::get_if<Show>(&request)) return show(commands, *page);
  if (auto const* mistake = std::get_if<Mistaken>(&request)) return complain(*mistake, "auto");
  return start(std::get<Start>(request));
}

}  // namespace

int run(std::span<Command const* const> commands, std::span<char const* const> args) {
  install_log_sink({});
  try {
    return answer(commands, dispatch(commands, args));
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
