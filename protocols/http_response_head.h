// Internal to protocols/. HttpResponseHead: the head of a response (RFC 9112, section 2.1) from its
// lines, up to the empty one, and what of it Beast is to see. No I/O in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocols/http.h"
#include "protocols/http_transfer_codings.h"
#include "reactor/failure.h"

namespace twx {

// Lines may end with LF alone, as RFC 9112, section 2.2, allows.
class HttpResponseHead {
 public:
  // Both must live as long.
  HttpResponseHead(HttpLimits const& limits, HttpLeniency const& leniency)
      : limits_(limits), leniency_(leniency), codings_(leniency) {}

  // How much of `data` belongs to the head. Fails with HttpError::not_http, malformed,
  // head_too_large, bad_transfer_coding. What is wrong with the status line, or is no field, is
  // found later: see framing() and add_field_line().
  Result<std::size_t> put(std::string_view data);

  bool complete() const { return complete_; }
  // There is none, as in HTTP/0.9; text() is the begin of the body.
  bool bare() const { return bare_; }
  // The same, at the end of what came.
  bool ends_bare();
  bool empty() const { return total_ == 0 && text().empty(); }
  std::string const& text() const { return head_.text; }
  HttpTransferCodings const& codings() const { return codings_; }

  // What Beast is to see of a complete one: the status line without its reason, and the fields that
  // say how long the body is and whether the connection goes on (RFC 9112, sections 6.3 and 9.3);
  // of transfer codings, only whether there are chunks.
  std::string framing() const;
  // Without status and version, which Beast reads, and without a Content-Length that does not
  // count; what is no field has no name. The next head follows; the limits go on.
  HttpHead take();
  // For the next response.
  void begin();

 private:
  bool begins_well(std::string_view next) const;
  Failure not_http(std::string_view next) const;
  bool may_be_bare() const { return leniency_.http09 && total_ == 0; }
  Result<void> end_line();
  Result<void> end();
  void clear();

  HttpLimits const& limits_;
  HttpLeniency const& leniency_;
  HttpHead head_;
  std::size_t line_ = 0;    // where the present one begins
  std::size_t total_ = 0;   // of earlier heads
  std::size_t lines_ = 0;   // of this head
  std::size_t fields_ = 0;  // of all heads; each line of one counts
  HttpTransferCodings codings_;
  bool complete_ = false;
  bool bare_ = false;
};

}  // namespace twx
