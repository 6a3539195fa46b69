// Internal to protocols/. HttpTransferCodings: what the fields Transfer-Encoding of a response say,
// in all of them together (RFC 9112, section 6.1).
#pragma once

#include <string>
#include <string_view>

#include "protocols/http_response_parser.h"

namespace twx {

class HttpTransferCodings {
 public:
  explicit HttpTransferCodings(HttpLeniency const& leniency) : leniency_(leniency) {}

  // Once, all fields of the response. HttpError::bad_transfer_coding where one is not allowed, or
  // chunked is not the last; malformed for control characters.
  Result<void> read(HttpFields const&);

  // Whether there is such a field at all.
  bool any() const { return any_; }
  bool chunked() const { return chunked_; }
  // What there is beside chunked, for others to undo: see HttpResponseParser::transfer_codings().
  std::string const& rest() const { return rest_; }

 private:
  bool read_list(std::string_view list);
  bool add(std::string_view coding);

  HttpLeniency leniency_;
  std::string rest_;
  bool any_ = false;
  bool named_ = false;  // a coding
  bool chunked_ = false;
};

}  // namespace twx
