// Public. The words of HTTP/1.1 (RFC 9110, 9112) that its parser, clients and servers share.
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace twx {

// What can be wrong with a message, beside what transports report.
enum class HttpError {
  malformed = 1,        // not what RFC 9112 allows: a bad line, a NUL, two different lengths
  not_http,             // what came does not begin as an answer of HTTP/1 does (HTTP/0.9, or noise)
  head_too_large,       // more than HttpLimits allow
  bad_chunk,            // the framing of a chunked body is broken
  bad_transfer_coding,  // none that is known, or chunked is not the last
  bad_content_coding,   // unknown, broken, or too many on each other
  truncated,            // the connection ended before the message
  no_answer,            // the connection ended before anything came
  body_too_large,       // more than the ceiling that was set
  too_many_redirects,
  bad_url,         // not one that can be fetched
  status,          // of 400 or more, where that is a failure
  range_refused,   // the server does not go on where it was asked to
  wrong_checksum,  // the body is not the one that was expected
  refused,  // the request cannot be sent: CR, LF or NUL in it, or a scheme that is not followed
  cannot_rewind,  // the body would have to be sent again and cannot be had again
};

// What std::error_code asks of its enumerations; the category is called "http".
std::error_category const& http_category() noexcept;
std::error_code make_error_code(HttpError) noexcept;

// One line of a head.
struct HttpField {
  std::string name;   // as it came or is to be sent; compared without regard to case
  std::string value;  // without the spaces around it

  bool operator==(HttpField const&) const = default;
};

// In the order in which they stand in the message, in their own case.
class HttpFields : public std::vector<HttpField> {
 public:
  using std::vector<HttpField>::vector;

  // The first of that name; nullptr if there is none. Valid until the list is changed.
  std::string const* find(std::string_view name) const;
  // The same, empty if there is none.
  std::string_view value(std::string_view name) const;
  // Whether one of the comma-separated words of all fields of that name is `word`.
  bool lists(std::string_view name, std::string_view word) const;
};

namespace detail {
// Of two that are equally long.
bool same_letters(std::string_view, std::string_view);
}  // namespace detail
// Without regard to the case of ASCII letters.
inline bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && detail::same_letters(a, b);
}
// With ASCII letters small.
std::string lower_case(std::string_view);
// Without the spaces and tabs around it.
std::string_view trimmed(std::string_view);

// What stands before a body.
struct HttpHead {
  int version = 11;  // 10 or 11; 9 where there was no head at all, see HttpLeniency
  int status = 0;
  std::string reason;
  HttpFields fields;
  std::string text;  // as it came, with its line ends and the empty line
};

// How much of an answer is taken before it is HttpError::head_too_large, in bytes.
struct HttpLimits {
  std::size_t line = 100 * 1024;     // of a head
  std::size_t heads = 300 * 1024;    // of one request, 1xx included
  std::size_t fields = 5000;         // of one request; this is a number
  std::size_t trailers = 64 * 1024;  // after a chunked body
};

}  // namespace twx

template <>
struct std::is_error_code_enum<twx::HttpError> : std::true_type {};
