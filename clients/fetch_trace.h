// What passes between twx fetch and a server, for a person: the lines of -v, and the file of
// --trace and --trace-ascii in curl's format.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "reactor/bytes.h"
#include "reactor/failure.h"

namespace twx {

struct TraceOptions {
  bool hex = false;           // --trace: bytes in hex, too
  bool time = false;          // --trace-time: the local time before each record and line
  bool show_secrets = false;  // in heads; otherwise they are [redacted]
  std::function<std::chrono::system_clock::time_point()> now = [] {
    return std::chrono::system_clock::now();
  };
};

// Where a trace goes. May throw FailureException; then the trace ends.
using TraceWrite = std::function<void(std::string_view)>;

// Each call tells of one thing that has passed. Where the log shows Level::info (-v) lines go
// there: "* " information, "> " a request, "< " an answer; without bodies. Never throws: what
// cannot be written is told once by log_failure, and then the file has no more.
class FetchTrace {
 public:
  // `write` is empty without --trace and --trace-ascii.
  explicit FetchTrace(TraceOptions options = {}, TraceWrite write = {});

  // Whether anything is told at all: ask before building a costly text.
  bool wanted() const;
  // Whether bodies are.
  bool wants_bodies() const { return static_cast<bool>(write_); }

  // One line, without its end.
  void info(std::string_view text) noexcept;
  // Whole heads with their empty line, those of a proxy and 1xx too.
  void request_head(std::string_view head) noexcept;
  void response_head(std::string_view head) noexcept;
  // As it passes on the connection, in any pieces.
  void request_body(Bytes data) noexcept;
  void response_body(Bytes data) noexcept;

 private:
  template <class Tell>
  void tell(Tell tell_it) noexcept;
  void lines(char mark, std::string_view head) const;
  void record(std::string_view title, std::string_view data);
  std::string prefix() const;

  TraceOptions options_;
  TraceWrite write_;
};

// Opens FILE anew for a trace; "-" is standard output, "%" standard error. Fails with
// Error::cannot_write.
Result<TraceWrite> open_trace(std::string const& file);

// `head` with the values of its secrets as "[redacted]": Set-Cookie, and what is_credential() holds
// for (protocols/http_redirect.h). Line ends stay as they are.
std::string redacted_head(std::string_view head);

// A record of --trace-ascii, or of --trace with `hex`: title and size, then the bytes in lines of
// 64 or 16, which also end at CR LF without `hex`. What is no printable ASCII is a dot.
std::string trace_record(std::string_view title, std::string_view data, bool hex);

}  // namespace twx
