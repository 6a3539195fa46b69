// The option of every server that speaks in lines.
#pragma once

#include "cli/command.h"
#include "protocols/line_only_receiver.h"

namespace twx {

// --line crlf|lf|any
void declare_line_end(Options&, LineEnd&);

}  // namespace twx
