// Public. BodyReceiver: who takes the body of a Response, piece by piece.
//
//   struct Count : BodyReceiver {
//     void data_received(Bytes data) override { size += data.size(); }
//     void connection_lost(Failure const&) override {}
//     std::size_t size = 0;
//   };
#pragma once

#include <memory>
#include <system_error>
#include <type_traits>

#include "reactor/bytes.h"
#include "reactor/failure.h"

namespace twx {

// How a body ends that has not failed.
enum class ResponseEnd {
  done = 1,             // all of it has come (ResponseDone)
  potential_data_loss,  // it had no length and no chunks, so nobody knows (PotentialDataLoss)
};
std::error_category const& response_category() noexcept;
std::error_code make_error_code(ResponseEnd) noexcept;

namespace detail {
class Exchange;
}

// What it has of a body comes in this order: data_received*, connection_lost. May be destroyed at
// any time outside of these; before connection_lost that aborts the connection.
class BodyReceiver {
 public:
  BodyReceiver() = default;
  virtual ~BodyReceiver();
  BodyReceiver(BodyReceiver const&) = delete;
  BodyReceiver& operator=(BodyReceiver const&) = delete;

  // Never empty, at most 65,536 bytes; valid in the call only. What it throws is the failure of the
  // body and ends the connection.
  virtual void data_received(Bytes data) = 0;
  // Once for each body. ResponseEnd::done or potential_data_loss, or what went wrong
  // (ResponseFailed): an HttpError, what ended the connection, Error::cancelled, what data_received
  // threw. What it throws is logged.
  virtual void connection_lost(Failure const& reason) = 0;

 protected:
  // Asks for nothing more until resume(), which may call data_received and connection_lost before
  // it returns. Both have no effect without a body under way.
  void pause();
  void resume();
  // Gives the rest up: connection_lost(Error::cancelled) before it returns.
  void abort();

 private:
  friend class detail::Exchange;
  std::shared_ptr<detail::Exchange> source_;  // while a body is under way
};

}  // namespace twx

template <>
struct std::is_error_code_enum<twx::ResponseEnd> : std::true_type {};
