// The option of every server that speaks in lines.
#pragma once

#include "cli/command.h"
#include "protocols/line_only_receiver.h"

namespace twx {

// --line crlf|lf|any. `any` is what the help says of that one: "takes both".
void declare_line_end(Options&, LineEnd&, std::string_view any);

}  // namespace twx
