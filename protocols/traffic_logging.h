// Public. TrafficLoggingFactory: what connections carry, written to files for people to read.
// SpewingFactory: the same to the log.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "protocols/wrapping.h"

namespace twx {

// Connection N, counted from 1, has the file PREFIX-N, which begins anew and which only its owner
// may read. A line each:
//
//   *                 the connection is made
//   C 1: 'data'       the peer has sent
//   S 1: 'data'       the protocol has written
//   SV 1: ['a', 'b']  it has written several pieces at once (write_sequence)
//   S 1: *            it has called lose_connection
//
// Bytes stand as Python shows them: printable ASCII as it is, \\, \n, \r, \t, the rest as \xNN; in
// single quotes, or in double ones if there are single ones in it and no double ones.
//
// Failure to write is logged once for all connections, and nothing more is written to that file;
// the traffic goes on. May be used by several threads (ReactorPool) if what it wraps may.
class TrafficLoggingFactory final : public WrappingFactory {
 public:
  TrafficLoggingFactory(std::shared_ptr<Factory> wrapped, std::string prefix);

 private:
  class File;
  class Logged;
  std::unique_ptr<Protocol> wrap(std::unique_ptr<Protocol> inner, Address const& peer) override;

  std::string prefix_;
  std::atomic<std::uint64_t> count_{0};
  std::shared_ptr<std::atomic<bool>> failed_ = std::make_shared<std::atomic<bool>>(false);
};

// "Received: 'data'" and "Sending: 'data'" at Level::debug. As thread-safe as what it wraps.
class SpewingFactory final : public WrappingFactory {
 public:
  using WrappingFactory::WrappingFactory;

 private:
  std::unique_ptr<Protocol> wrap(std::unique_ptr<Protocol> inner, Address const& peer) override;
};

}  // namespace twx
