// Options that take any value, for the files that declare those of twx fetch.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command.h"

namespace twx {

using SetOption = std::function<std::string(std::string_view)>;

// Each value counts, in order.
inline Option each_value(std::string names, std::string metavar, std::string help, SetOption set,
                         Kind kind = Kind::text) {
  Option option;
  option.names = std::move(names);
  option.metavar = std::move(metavar);
  option.kind = kind;
  option.help = std::move(help);
  option.repeatable = true;
  option.set = std::move(set);
  return option;
}

// A flag that does more than to set itself.
inline Option flag_value(std::string names, std::string help, SetOption set) {
  auto option = each_value(std::move(names), "", std::move(help), std::move(set));
  option.kind = Kind::flag;
  return option;
}

}  // namespace twx
