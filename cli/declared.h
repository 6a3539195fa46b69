// One command with all that it takes, for whoever parses or describes it.
#pragma once

#include "cli/command.h"
#include "cli/common_options.h"

namespace twx {

// Its parts refer to each other, so it stays where it is.
struct Declared {
  explicit Declared(Command const& declaring)
      : command(declaring), action(declaring.declare(options)) {
    declare_common(options, common);
  }
  Declared(Declared const&) = delete;
  Declared& operator=(Declared const&) = delete;

  Command const& command;
  Options options;  // the common ones included
  CommonOptions common;
  Action action;
};

}  // namespace twx
