// Public. Response: what an Agent's request came to, of which the body is still to come.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "clients/body_receiver.h"
#include "protocols/http.h"
#include "protocols/http_url.h"
#include "reactor/clock.h"
#include "reactor/deferred.h"

namespace twx {

// Its connection is not read from until the body is delivered. One that goes without aborts its
// connection, unless the whole body has come with the head.
class Response {
 public:
  // Of the last request, if there were redirects.
  HttpHead head;
  HttpUrl url;
  std::vector<std::string> redirects = {};   // the URLs before that
  std::optional<std::uint64_t> length = {};  // Content-Length, unless codings are undone
  Time connected{};                          // its connection was there
  Time answered{};                           // its head was

  // Delivers the body to `receiver`, once: throws std::logic_error otherwise. It may call
  // data_received and connection_lost before it returns.
  void deliver_body(BodyReceiver& receiver);

 private:
  friend class Agent;
  friend Deferred<ResponseEnd> read_body(Response const&, BodyReceiver&, std::uint64_t);

  std::shared_ptr<detail::Exchange> exchange_;  // lets it go when it goes
};

// The failure of a body of which some has come, but not all, or nobody knows whether all. Its code
// is HttpError::truncated or ResponseEnd::potential_data_loss. Twisted's PartialDownloadError.
struct PartialDownload : std::system_error {
  PartialDownload(std::error_code code, HttpHead const& head, std::string what_came)
      : std::system_error(code),
        status(head.status),
        reason(head.reason),
        body(std::move(what_came)) {}

  int status;          // of the response
  std::string reason;  // beside its status
  std::string body;    // what came of it
};
// What `failure` holds if it is one.
std::optional<PartialDownload> partial_download(Failure const& failure);

// Delivers the body to `receiver`, which must live until this fires: after its connection_lost,
// with the reason of that. HttpError::body_too_large if there are more than `most` bytes.
// Cancelling aborts the connection; connection_lost gets Error::cancelled.
Deferred<ResponseEnd> read_body(Response const& response, BodyReceiver& receiver,
                                std::uint64_t most = std::numeric_limits<std::uint64_t>::max());

// The body as one string. A body of unknown length fails with PartialDownload: whether it was all
// cannot be known (RFC 9112, section 8).
Deferred<std::string> read_body(Response response, std::size_t most = 64 * 1024 * 1024);

}  // namespace twx
