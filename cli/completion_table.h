// What can be completed, made from the declarations of the commands. What several commands have in
// common stands here once, for these tables become programs that each shell reads.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace twx {

// One option or argument of a command.
struct CompletionRow {
  std::string names;  // as declared: "-v,--verbose", "ENDPOINT"
  // "flag"; "no" for a flag that --no-X takes back; "=a,b" for choices; otherwise its Kind's name.
  std::string value;
  std::string help;  // the first clause of what the help says
  bool repeatable = false;

  bool operator==(CompletionRow const&) const = default;
};

// What follows each of these paths of commands, "serve/echo", among other things.
struct CompletionRows {
  std::vector<std::string> paths;
  std::vector<CompletionRow> rows;
};

struct CompletionWord {
  std::string word;
  std::string summary;

  bool operator==(CompletionWord const&) const = default;
};

// The words that go on after each of these paths.
struct CompletionWords {
  std::vector<std::string> paths;  // "" is the program itself; "serve", "help/serve"
  std::vector<CompletionWord> words;
};

struct CompletionTable {
  std::vector<CompletionWords> words;
  // All of a command's, in order: each command is in one of these.
  std::vector<CompletionRows> arguments;
  // A command is in several of these.
  std::vector<CompletionRows> options;
  std::vector<std::string> schemes;  // "tcp://"
};

CompletionTable completion_table(std::span<Command const* const> commands);

// The names under which shells know what to offer for a value of this kind.
std::string_view completion_name(Kind);

// All words, with `between` where two meet.
std::string joined(std::span<std::string const> words, std::string_view between);

// 'text', so that bash and zsh take it as it is.
std::string shell_quoted(std::string_view text);

}  // namespace twx
