// Public. HttpResponseParser: the bytes of a connection in, the parts of responses out (RFC 9112).
// No I/O in it. Boost.Beast reads, strictly, what says how a response goes on: the status, its
// length, the end of the connection. Fields that say nothing of that are only checked and passed
// on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocols/http.h"
#include "reactor/bytes.h"
#include "reactor/failure.h"

namespace twx {

// Where an answer may be read in another way than RFC 9112 has it.
struct HttpLeniency {
  // What does not begin as an answer of HTTP/1 does is a body, up to the end of the connection: the
  // answer of HTTP/0.9. head_received gets a head of version 9 and status 200, without fields and
  // text. Not to HEAD (HttpError::malformed) nor to CONNECT (not_http).
  bool http09 = false;
  // A Content-Length means nothing, right or wrong, and is not among the fields: without chunks the
  // body goes on to the end of the connection.
  bool ignore_length = false;
  // Transfer codings are not undone, whichever they are: body_received gets chunks as they came,
  // with their sizes and the trailer, of which trailer_received is not told. Chunks that are broken
  // fail all the same.
  bool raw = false;
  // gzip, x-gzip and deflate may be under the chunks, or without chunks and up to the end of the
  // connection (RFC 9112, sections 6.3 and 7.2). See HttpResponseParser::transfer_codings().
  bool transfer_codings = false;
};

// Who is told. In this order: head_received (1xx first, any number of them), then, unless that was
// a 1xx, body_received for each stretch of the body, trailer_received, response_done.
class HttpResponseReceiver {
 public:
  virtual ~HttpResponseReceiver() = default;
  // Whole, with all its fields. Their values, and the reason, may hold control characters, but
  // neither CR, LF nor NUL.
  virtual void head_received(HttpHead head) = 0;
  // Never empty; valid during the call. Chunks are undone, unless HttpLeniency wants it otherwise.
  virtual void body_received(Bytes data) = 0;
  // Fields after a chunked body, if there are any; valid during the call.
  virtual void trailer_received(HttpFields const&) {}
  virtual void response_done() = 0;

  // By an HttpClient only: asked, once the bytes of the body that are here have been received, for
  // a descriptor to which more can be moved without body_received: see Transport::forward_to_file.
  // -1: none, or not now.
  virtual int body_file() { return -1; }
  // So many bytes of the body are there. May be told less than all: then body_received goes on, or
  // the request fails. `written` is the system's code where the file has failed, with which the
  // request fails, unless this throws something better.
  virtual void body_forwarded(std::uint64_t /*count*/, Result<void> const& /*written*/) {}
};

class HttpResponseHead;

class HttpResponseParser {
 public:
  // `receiver` must live as long.
  explicit HttpResponseParser(HttpResponseReceiver& receiver, HttpLimits limits = {});
  ~HttpResponseParser();

  // Before each response: to a request by `method` (to HEAD there is no body, a 2xx to CONNECT ends
  // with its head). Limits count anew.
  void expect(std::string_view method, HttpLeniency leniency = {});
  // Takes what has come, at most up to the end of the response, and says how much that was. Fails
  // with an HttpError; then nothing more may be given before expect(). Gives nothing away after
  // response_done. What the receiver throws passes through, with the same effect.
  Result<std::size_t> put(Bytes data);
  // The peer's end of input: the end of a body without a length, otherwise HttpError::truncated or
  // no_answer.
  Result<void> put_eof();

  // How many bytes of a body of known length are to come; nothing outside of such a body.
  std::optional<std::uint64_t> body_left() const;
  // So many of them, at most body_left(), have gone another way; response_done may follow. Throws
  // std::logic_error where there cannot be so many.
  void skip_body(std::uint64_t count);

  bool done() const;
  // Whether the length of the body was told (by a length, by chunks or by there being none).
  bool framed() const;
  // Whether the connection can carry another request after this response.
  bool keep_alive() const;
  // The Content-Length, if there is one and it holds.
  std::optional<std::uint64_t> content_length() const;
  // What body_received has still to be rid of, from head_received on: the codings under the chunks,
  // in the order in which they were applied, as in a Content-Encoding. Empty if there are none, or
  // if HttpLeniency::raw is set.
  std::string transfer_codings() const;

 private:
  class Body;
  Result<std::size_t> put_head(Bytes);
  Result<std::size_t> put_body(Bytes);
  Result<std::size_t> parse(std::string_view);
  void begin_body();
  Result<void> begin_bare();
  void tell_if_done();

  HttpResponseReceiver& receiver_;
  HttpLimits const limits_;
  HttpLeniency leniency_;
  bool head_request_ = false;
  bool connect_request_ = false;
  std::unique_ptr<HttpResponseHead> head_;
  std::unique_ptr<Body> body_;
};

}  // namespace twx
