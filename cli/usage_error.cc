#include "cli/usage_error.h"

#include "reactor/visible.h"

namespace twx {

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string usage_error_text(std::string_view path, UsageError const& error) {
  std::string text = "twx: " + escaped(error.message) + "\nTry 'twx ";
  if (!path.empty()) text.append(path).append(" ");
  return text + "--help'.\n";
}

}  // namespace twx
