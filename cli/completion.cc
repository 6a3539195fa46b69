// twx completion: what is in completions/, of the very program that runs.
#include "cli/completion.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "cli/output.h"

namespace twx {
namespace {

constexpr CompletingShell shells[] = {{"bash", bash_completion},
                                      {"zsh", zsh_completion},
                                      {"fish", fish_completion}};

Outcome print_program(std::string_view shell) {
  auto const* const found = std::ranges::find(shells, shell, &CompletingShell::name);
  return print(found->program(completion_table(commands())));
}

Action declare(Options& options) {
  auto const shell = std::make_shared<std::string>();
  Option name;
  name.names = name.metavar = "SHELL";
  for (auto const& each : shells) name.choices.emplace_back(each.name);
  name.help = "bash, zsh or fish";
  name.required = true;
  name.set = [shell](std::string_view text) {
    *shell = text;
    return std::string();
  };
  options.option(std::move(name));
  options.example("twx completion bash >~/.local/share/bash-completion/completions/twx",
                  "For bash");
  options.example("twx completion zsh >~/.zfunc/_twx", "For zsh, where ~/.zfunc is in fpath");
  options.example("twx completion fish >~/.config/fish/completions/twx.fish", "For fish");
  return [shell](Reactor&) { return print_program(*shell); };
}

}  // namespace

std::span<CompletingShell const> completing_shells() { return shells; }

std::string completion_lines(std::span<CompletionRow const> rows,
                             std::string (*quoted)(std::string_view)) {
  std::string text;
  for (auto const& row : rows)
    text += "    " + quoted((row.repeatable ? "*" : "") + row.names) + " " + quoted(row.value) +
            " " + quoted(row.help) + "\n";
  return text;
}

extern constinit Command const completion{
    "completion", "print what makes a shell complete the command line of twx",
    "Prints a program for the shell: commands, options and choices are completed, files, and names "
    "of services (/etc/services), hosts (~/.ssh/known_hosts, /etc/hosts) and network interfaces. "
    "Where twx is installed by a package, the shells have it already.",
    declare};

}  // namespace twx
