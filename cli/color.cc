#include "cli/color.h"

#include <unistd.h>

#include <cstdlib>

namespace twx {
namespace {

std::string_view environment(char const* name) {
  auto const* const value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

bool wants_color(std::string_view choice, int descriptor) {
  if (choice != "auto") return choice == "always";
  if (!environment("NO_COLOR").empty()) return false;
  auto const forced = environment("CLICOLOR_FORCE");
  if (!forced.empty() && forced != "0") return true;
  if (environment("CLICOLOR") == "0" || environment("TERM") == "dumb") return false;
  return ::isatty(descriptor) == 1;
}

std::string_view color_choice(std::span<char const* const> arguments) {
  constexpr std::string_view name = "--color";
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != std::string_view("--"); ++i) {
    std::string_view value(arguments[i]);
    if (value == name && i + 1 < arguments.size())
      value = arguments[i + 1];
    else if (value.starts_with(name) && value.substr(name.size()).starts_with('='))
      value.remove_prefix(name.size() + 1);
    else
      continue;
    if (value == "always" || value == "never") return value;
  }
  return "auto";
}

}  // namespace twx
