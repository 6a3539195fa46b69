// Where twx fetch puts what it has fetched: standard output, never held back, or a file.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "reactor/deferred.h"
#include "reactor/descriptor.h"
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
};

// Made anew, or emptied, with the first byte or at the end.
std::unique_ptr<FetchOutput> file_output(std::string path);
// One for the whole run; control characters are made visible on a terminal.
std::unique_ptr<FetchOutput> standard_output(Reactor&);

}  // namespace twx
