// What a person is told who mistyped a command line.
#pragma once

#include <string>
#include <string_view>

namespace twx {

// One line: what was wrong and what would be right. It may quote arguments as they were given.
struct UsageError {
  std::string message;
};

// 'text', as messages quote what was typed.
std::string in_quotes(std::string_view text);

// The two lines for stderr: "twx: MESSAGE" with control characters made visible, and
// "Try 'twx serve echo --help'." for the path "serve echo". An empty path stands for twx itself.
std::string usage_error_text(std::string_view path, UsageError const&, bool color = false);

}  // namespace twx
