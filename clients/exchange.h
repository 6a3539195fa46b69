// One request and its response on one connection of a pool.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "clients/body_receiver.h"
#include "clients/http_pool.h"
#include "protocols/content_decoder.h"
#include "protocols/http_client.h"
#include "reactor/deferred.h"
#include "reactor/function.h"

namespace twx::detail {

// Lives as long as its connection is busy with it, and as somebody holds it. Nothing here cancels
// the client's Deferred: that must not be done while its parser works.
class Exchange final : public std::enable_shared_from_this<Exchange>, private HttpResponseReceiver {
 public:
  // `free` takes the connection when it has carried the whole response.
  explicit Exchange(Function<void(HttpClient&)> free) : free_(std::move(free)) {}

  // Fires when the last head is in; nothing more is read then until deliver_to().
  Deferred<HttpHead> begin(HttpClient& client, HttpRequest const& request);
  // The connection ended before anything came.
  bool stale() const { return stale_; }

  // Of the body as it comes; known from the head on, if at all.
  std::optional<std::uint64_t> length() const { return length_; }

  // Before deliver_to(). The content codings of `fields` are undone.
  Result<void> decode(HttpFields const& fields);
  // Bytes of the body, as they are delivered; then HttpError::body_too_large.
  void set_most(std::uint64_t most) { most_ = most; }
  // Called after the receiver's connection_lost, or if it has gone.
  void when_ended(Function<void(Failure const&)> call) { when_ended_ = std::move(call); }

  void deliver_to(BodyReceiver& receiver);
  void pause();
  void resume();
  // Nobody wants the rest. Who receives is told `reason`.
  void abort(Failure const& reason);
  // The receiver goes.
  void leave();
  // The response goes: the end of it all if the body was never wanted.
  void let_go() {
    if (!delivered_) abort(Error::cancelled);
  }

 private:
  void head_received(HttpHead head) override;
  void body_received(Bytes data) override;
  void response_done() override {}

  void answered(Result<void> const& result);
  void release_client(Result<void> const& result);
  void flush();
  bool give_more();
  void give(Bytes data);
  void fail_with(Failure failure);
  void hold(bool wanted);
  void tell_end();

  Function<void(HttpClient&)> free_;
  HttpClient* client_ = nullptr;  // while the request is under way
  Promise<HttpHead> head_;
  BodyReceiver* receiver_ = nullptr;
  Function<void(Failure const&)> when_ended_;
  std::unique_ptr<ContentDecoder> decoder_;
  std::optional<std::uint64_t> length_;
  std::string waiting_;  // what the receiver has not been given: a chunk of input at most
  std::uint64_t most_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t given_ = 0;
  std::optional<Failure> failure_;  // what went wrong here
  std::optional<Failure> end_;      // of the response
  bool held_ = true;                // by the receiver, or there is none yet
  bool paused_ = false;             // the transport is
  bool delivered_ = false;
  bool flushing_ = false;
  bool stale_ = false;
};

}  // namespace twx::detail
