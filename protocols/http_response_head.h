// Internal to protocols/. HttpResponseHead: the lines of the head of a response (RFC 9112, section
// 2.1), up to the empty one, and what of them Beast is to see. No I/O in it.
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
  // head_too_large, bad_transfer_coding.
  Result<std::size_t> put(std::string_view data);

  bool complete() const { return complete_; }
  // There is none, as in HTTP/0.9; text() is the begin of the body.
  bool bare() const { return bare_; }
  // At the end of what came.
  bool ends_bare() const;
  bool empty() const { return total_ == 0 && text_.empty(); }
  std::string const& text() const { return text_; }
  HttpTransferCodings const& codings() const { return codings_; }

  // What Beast is to see: each line ends with CR LF; of transfer codings, only whether there are
  // chunks; and no Content-Length that does not count (RFC 9112, section 6.3).
  std::string clean() const;
  // Control characters may be kept in values (RFC 9110, section 5.5), but Beast refuses them: puts
  // `stand_in` for each into what clean() has given. What each stand-in of the result stands for,
  // in their order.
  static constexpr char stand_in = '\x80';
  std::string hide_controls(std::string& clean) const;
  // For the head after a 1xx; the limits go on.
  void next();

 private:
  bool begins_well(std::string_view next) const;
  Failure not_http(std::string_view next) const;
  bool may_be_bare() const { return leniency_.http09 && total_ == 0; }
  bool ignores_length() const { return leniency_.ignore_length || !codings_.values().empty(); }
  Result<void> end_line();
  void note_codings(std::string_view line);

  HttpLimits const& limits_;
  HttpLeniency const& leniency_;
  std::string text_;
  std::size_t line_ = 0;    // where the present one begins
  std::size_t total_ = 0;   // of earlier heads
  std::size_t lines_ = 0;   // of this head
  std::size_t fields_ = 0;  // of all heads
  HttpTransferCodings codings_;
  bool in_codings_ = false;  // the present field says some
  bool has_controls_ = false;
  bool is_clean_ = true;  // as far as its lines go
  bool complete_ = false;
  bool bare_ = false;
};

}  // namespace twx
