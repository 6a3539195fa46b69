// What is to be said of twx as a whole, and of commands that have their first word in common.
#pragma once

#include <span>
#include <string_view>

namespace twx {

struct About {
  std::string_view group;    // the first word of several commands; empty: the whole program
  std::string_view summary;  // one line, no full stop
  std::string_view manual;   // paragraphs divided by empty lines
  std::span<std::string_view const> examples;  // commands as typed in a shell
};
// The program first.
std::span<About const> abouts();

struct EnvironmentVariable {
  std::string_view names;    // divided by ", "
  std::string_view meaning;  // no full stop
};
// Those that several commands read; what one alone reads stands in its own text.
std::span<EnvironmentVariable const> environment_variables();

}  // namespace twx
