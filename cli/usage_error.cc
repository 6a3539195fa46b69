#include "cli/usage_error.h"

#include "cli/log_lines.h"
#include "reactor/visible.h"

namespace twx {

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string usage_error_text(std::string_view path, UsageError const& error, bool color) {
  auto text = text_line(Level::error, escaped(error.message), color) + "Try 'twx ";
  if (!path.empty()) text.append(path).append(" ");
  return text + "--help'.\n";
}

}  // namespace twx
