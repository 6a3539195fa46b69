// From the first words of the command line to a command, before anything costly is built.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "cli/command.h"
#include "cli/man_page.h"
#include "cli/usage_error.h"

namespace twx {

// Nothing is to run: `text` goes to stdout if `status` is done, otherwise to stderr.
struct Say {
  std::string text;
  ExitStatus status = ExitStatus::done;
};

// A command is to run, or to print its help, with what follows its path.
struct Start {
  Command const* command;
  std::span<char const* const> arguments;
};

// The words that tell about what follows them: the path of a command, its first word, a topic.
struct WordBeforePath {
  std::string_view word;
  std::string_view summary;  // one line, no full stop
};
std::span<WordBeforePath const> words_before_paths();

// A page of the manual is to be shown; "help" says the same about `words`.
struct Show {
  ManPage page;
  std::span<char const* const> words;
};

// Nobody can tell what is meant.
struct Mistaken {
  std::string path;  // whose --help tells more; empty: that of twx
  UsageError error;
};

using Request = std::variant<Say, Start, Show, Mistaken>;

// `args` without the program's name. The answer refers to both spans.
Request dispatch(std::span<Command const* const> commands, std::span<char const* const> args);

}  // namespace twx
