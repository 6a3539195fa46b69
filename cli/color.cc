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

}  // namespace twx
