// Public. One place through which the library and the tools speak to a person. Silent until a sink
// is installed; tests install a recording one.
#pragma once

#include <string_view>

#include "reactor/function.h"

namespace twx {

class Failure;

// notice: what is said without being asked for, such as where a server listens.
enum class Level { error, warning, notice, info, debug };

// Receives one event a call: its level and one line of text without a newline. May be called from
// any thread that runs a reactor, one call at a time. A line during which it throws is counted, and
// the count told with the next line.
using LogSink = Function<void(Level, std::string_view line)>;

// Installs `sink` for events up to `most` and returns the one it replaces. An empty sink is
// silence.
LogSink set_log_sink(LogSink sink, Level most = Level::debug);

// True if an event of this level would be heard: ask before building a costly text.
bool log_enabled(Level) noexcept;
void log(Level, std::string_view line) noexcept;
// An error: "what: " and the failure's message, or `what` alone where memory is short.
void log_failure(std::string_view what, Failure const&) noexcept;

}  // namespace twx
