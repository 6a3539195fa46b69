// Programs that make a shell complete the command line of twx.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/completion_table.h"

namespace twx {

struct CompletingShell {
  std::string_view name;  // "bash"
  // The whole program, the same for the same table.
  std::string (*program)(CompletionTable const&);
};
std::span<CompletingShell const> completing_shells();

std::string bash_completion(CompletionTable const&);
std::string fish_completion(CompletionTable const&);
std::string zsh_completion(CompletionTable const&);

// How options and arguments stand in the tables of fish and zsh: lines of three words, "NAMES VALUE
// 'HELP'"; NAMES begin with a star if they may be repeated. `quoted` makes a word of a text.
std::string completion_lines(std::span<CompletionRow const> rows,
                             std::string (*quoted)(std::string_view));

}  // namespace twx
