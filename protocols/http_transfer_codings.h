// Internal to protocols/. HttpTransferCodings: what the fields Transfer-Encoding of a response say,
// in all of them together (RFC 9112, section 6.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocols/http_response_parser.h"

namespace twx {

class HttpTransferCodings {
 public:
  explicit HttpTransferCodings(HttpLeniency const& leniency) : leniency_(leniency) {}

  void add_field(std::string_view value);
  // A line that goes on with the value of the last field.
  void add_folded(std::string_view more);
  // Behind the last of them. HttpError::bad_transfer_coding where one is not allowed, or chunked is
  // not the last; malformed for control characters.
  Result<void> read();

  bool chunked() const { return chunked_; }
  // The fields, as they came.
  std::vector<std::string> const& values() const { return values_; }
  // What there is beside chunked, for others to undo: see HttpResponseParser::transfer_codings().
  std::string const& rest() const { return rest_; }

 private:
  bool read(std::string_view list);
  bool add(std::string_view coding);

  HttpLeniency leniency_;
  std::vector<std::string> values_;
  std::string rest_;
  bool any_ = false;
  bool chunked_ = false;
};

}  // namespace twx
