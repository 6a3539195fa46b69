// What is typed by who knows other tools: options of nc, ncat, curl and wget, names of programs.
#pragma once

#include <span>
#include <string_view>

namespace twx {

struct ForeignOption {
  std::string_view path;   // of the commands, or what it begins with; "twx": of the program itself
  std::string_view names;  // divided by commas
  std::string_view instead;  // a clause: "use --tls"
};
std::span<ForeignOption const> foreign_options();

// What to do instead of giving the option `name` to the command with this path; "" if unknown.
std::string_view foreign_option(std::string_view path, std::string_view name);

// The same for the name of another program, or of what it does, in place of a command.
std::string_view foreign_command(std::string_view word);

}  // namespace twx
