// Where twx fetch puts what it has fetched: standard output, never held back, or a file.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "clients/output_file.h"
#include "protocols/http_body.h"
#include "reactor/deferred.h"
#include "reactor/reactor.h"
#include "reactor/visible.h"

namespace twx {

class FetchOutput {
 public:
  virtual ~FetchOutput() = default;
  // Throws FailureException: Error::cannot_write, Error::reader_gone.
  virtual void write(Bytes) = 0;
  // Fires when all of it is where it belongs.
  virtual Deferred<void> finish() = 0;
  // `hold(true)` asks for no more until `hold(false)`.
  std::function<void(bool)> hold = [](bool) {};

  // A descriptor to which bytes may be moved without write(), behind all that was written: a
  // regular file or /dev/null. -1 where there is none, or not now. May open the file, and throws
  // what write() does.
  virtual int plain() { return -1; }
  // Empties it, for another attempt; false where that cannot be.
  virtual bool restart() { return false; }
  // The time of last change that finish() gives to a file (-R).
  virtual void set_modified(std::chrono::sys_seconds) {}
  // Something has failed, here or elsewhere; neither write() nor finish() follows. Removes the file
  // if the plan says so and this run has made it.
  virtual void discard_on_error() {}
  // What a person knows it by; empty: standard output.
  virtual std::string path() const { return {}; }
};

// Opened with the first byte or at the end. A FIFO that nobody reads yet is waited for, as curl
// does, but by `clock`: nothing else stands still, and time-outs and signals end the waiting.
std::unique_ptr<FetchOutput> file_output(Clock& clock, OutputPlan plan);
// The same without a clock: a FIFO must have a reader that keeps up, or fails.
std::unique_ptr<FetchOutput> file_output(std::string path);

// Standard input and output, one for the whole run.
class StandardStreams {
 public:
  virtual ~StandardStreams() = default;
  // For one transfer, whose hold() is its own; its finish() only says that nothing is wrong so far.
  // Control characters are made visible on a terminal. Must not outlive this.
  virtual std::unique_ptr<FetchOutput> output() = 0;
  // What standard input has, as it comes; for one request only.
  virtual std::shared_ptr<HttpBody> input() = 0;
  // Fires when all that was written is where it belongs; nothing follows.
  virtual Deferred<void> finish() = 0;
};
std::unique_ptr<StandardStreams> standard_streams(Reactor&);

}  // namespace twx
