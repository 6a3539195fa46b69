// Public. ProxyHandshake: what is said to a proxy until the connection is one with somebody else.
// No I/O in it: bytes in, bytes out.
#pragma once

#include <string>

#include "reactor/bytes.h"
#include "reactor/failure.h"

namespace twx {

class ProxyHandshake {
 public:
  virtual ~ProxyHandshake() = default;
  // What is to be sent now: asked for at the start and after each put(); empty if nothing is. Each
  // byte is given once.
  virtual std::string take_output() = 0;
  // Takes what has come, at most up to the end of the handshake, and says how much that was. After
  // a failure nothing more may be given.
  virtual Result<std::size_t> put(Bytes data) = 0;
  // The connection now leads to whom the proxy was asked for.
  virtual bool done() const = 0;
  // The failure that it is when the proxy ends the connection now.
  virtual Failure ended() const = 0;
};

}  // namespace twx
