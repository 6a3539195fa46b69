#include "protocols/http_response_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>
#include <stdexcept>
#include <utility>

#include "protocols/http_chunks.h"
#include "protocols/http_response_head.h"
#include "protocols/http_transfer_codings.h"

namespace twx {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

// In place of the one that an answer of HTTP/0.9 lacks.
constexpr std::string_view bare_head = "HTTP/1.0 200 \r\n\r\n";

HttpError meaning(beast::error_code error) {
  if (error == http::error::partial_message || error == http::error::end_of_stream)
    return HttpError::truncated;
  if (error == http::error::bad_transfer_encoding) return HttpError::bad_transfer_coding;
  if (error == http::error::bad_version) return HttpError::not_http;
  return HttpError::malformed;
}

// Whether one is none, or there are two places to go to.
bool any_is_wrong(HttpFields const& fields) {
  auto const* const first = fields.find("Location");
  return std::ranges::any_of(fields, [first](HttpField const& field) {
    return field.name.empty() || (same_word(field.name, "Location") && field.value != *first);
  });
}

}  // namespace

// What follows the lines of the head, by Beast; of them it sees HttpResponseHead::framing().
class HttpResponseParser::Body final : public http::basic_parser<false> {
 public:
  // What was read of the head is taken from `head` when Beast has seen it.
  Body(HttpResponseReceiver& receiver, HttpResponseHead& head)
      : receiver_(receiver), head_(head), transfer_codings_(head.codings().rest()) {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
    eager(true);
  }

  bool interim() const { return interim_; }
  bool finished() const { return finished_ || left_ == 0 || (chunks_ && chunks_->done()); }
  std::string const& transfer_codings() const { return transfer_codings_; }

  // Beast sees nothing of chunks: it limits neither their lines nor the trailer.
  void begin_chunks(HttpLimits const& limits, bool raw) {
    chunks_.emplace(limits, raw, [this](Bytes data) { receiver_.body_received(data); });
  }
  HttpChunks* chunks() { return chunks_ ? &*chunks_ : nullptr; }

  // Of a body with a length, so far.
  std::uint64_t given() const { return given_; }
  // From here on Beast sees no more of it: it would have to see everything.
  void skip_over(std::uint64_t count) {
    given_ += count;
    left_ = content_length().value() - given_;
  }
  bool counts() const { return left_.has_value(); }
  std::size_t take(Bytes data) {
    auto const left = left_.value_or(0);
    auto const part = text(data.first(std::min<std::uint64_t>(left, data.size())));
    left_ = left - part.size();
    return give({part.data(), part.size()});
  }

 private:
  using Text = beast::string_view;

  void on_request_impl(http::verb, Text, Text, int, beast::error_code&) override {}
  void on_response_impl(int status, Text, int version, beast::error_code&) override {
    status_ = status;
    version_ = version;
    interim_ = status / 100 == 1 && status != 101;
  }
  void on_field_impl(http::field, Text, Text, beast::error_code&) override {}
  void on_header_impl(beast::error_code& error) override {
    auto head = head_.take();
    head.status = status_;
    head.version = head_.bare() ? 9 : version_;
    if (any_is_wrong(head.fields))
      error = http::error::bad_field;
    else
      receiver_.head_received(std::move(head));
  }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, beast::error_code&) override {}
  std::size_t on_body_impl(Text data, beast::error_code&) override { return give(data); }
  void on_chunk_header_impl(std::uint64_t, Text, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text data, beast::error_code&) override {
    return data.size();
  }
  void on_finish_impl(beast::error_code&) override { finished_ = true; }

  std::size_t give(Text data) {
    given_ += data.size();
    if (!data.empty()) receiver_.body_received(bytes({data.data(), data.size()}));
    return data.size();
  }

  HttpResponseReceiver& receiver_;
  HttpResponseHead& head_;
  int status_ = 0;
  int version_ = 0;
  std::string const transfer_codings_;
  std::optional<HttpChunks> chunks_;
  std::uint64_t given_ = 0;
  std::optional<std::uint64_t> left_;  // once something was skipped
  bool interim_ = false;
  bool finished_ = false;
};

HttpResponseParser::HttpResponseParser(HttpResponseReceiver& receiver, HttpLimits limits)
    : receiver_(receiver),
      limits_(limits),
      head_(std::make_unique<HttpResponseHead>(limits_, leniency_)) {}
HttpResponseParser::~HttpResponseParser() = default;

void HttpResponseParser::expect(std::string_view method, HttpLeniency leniency) {
  leniency_ = leniency;
  head_request_ = method == "HEAD";
  connect_request_ = method == "CONNECT";
  if (connect_request_) leniency_.http09 = false;
  body_.reset();
  head_->begin();
}

Result<std::size_t> HttpResponseParser::put(Bytes data) {
  std::size_t used = 0;
  while (!done() && used < data.size()) {
    auto const taken = body_ ? put_body(data.subspan(used)) : put_head(data.subspan(used));
    if (!taken) return taken.failure();
    used += *taken;
  }
  return used;
}

Result<std::size_t> HttpResponseParser::put_head(Bytes data) {
  auto used = head_->put(text(data));
  if (!used) return used;
  if (head_->bare()) {
    if (auto const begun = begin_bare(); !begun) return begun.failure();
  }
  if (!head_->complete()) return used;
  auto const framing = head_->framing();
  begin_body();
  auto const parsed = parse(framing);
  if (!parsed) return parsed.failure();
  if (body_->interim()) body_.reset();
  tell_if_done();
  return used;
}

void HttpResponseParser::begin_body() {
  body_ = std::make_unique<Body>(receiver_, *head_);
  auto const tunnel =
      connect_request_ && head_->text().find(" 2") == std::string_view("HTTP/1.1").size();
  if (head_request_ || tunnel) body_->skip(true);  // before Beast begins
  if (head_->codings().chunked()) body_->begin_chunks(limits_, leniency_.raw);
}

// An answer to HEAD is nothing but a head.
Result<void> HttpResponseParser::begin_bare() {
  if (head_request_) return Failure(HttpError::malformed);
  body_ = std::make_unique<Body>(receiver_, *head_);
  for (auto const part : {bare_head, std::string_view(head_->text())}) {
    if (part.empty()) continue;
    if (auto const parsed = parse(part); !parsed) return parsed.failure();
  }
  return {};
}

Result<std::size_t> HttpResponseParser::put_body(Bytes data) {
  auto used = body_->counts()   ? Result<std::size_t>(body_->take(data))
              : body_->chunks() ? body_->chunks()->put(text(data))
                                : parse(text(data));
  if (used) tell_if_done();
  return used;
}

// How much of it Beast has taken: all that it could.
Result<std::size_t> HttpResponseParser::parse(std::string_view whole) {
  beast::error_code error;
  auto const used = body_->put({whole.data(), whole.size()}, error);
  if (error && error != http::error::need_more) return Failure(meaning(error));
  return used;
}

void HttpResponseParser::tell_if_done() {
  if (!body_ || !body_->finished()) return;
  auto const* const chunks = leniency_.raw ? nullptr : body_->chunks();
  if (chunks && !chunks->trailer().empty()) receiver_.trailer_received(chunks->trailer());
  receiver_.response_done();
}

Result<void> HttpResponseParser::put_eof() {
  if (done()) return {};
  if (!body_ && head_->ends_bare())
    if (auto const begun = begin_bare(); !begun) return begun.failure();
  if (!body_) return Failure(head_->empty() ? HttpError::no_answer : HttpError::truncated);
  if (body_->counts()) return Failure(HttpError::truncated);
  beast::error_code error;
  body_->put_eof(error);
  if (error) return Failure(meaning(error));
  tell_if_done();
  return {};
}

std::optional<std::uint64_t> HttpResponseParser::body_left() const {
  auto const length = content_length();
  if (!length || done()) return std::nullopt;
  return *length - body_->given();
}

void HttpResponseParser::skip_body(std::uint64_t count) {
  auto const left = body_left();
  if (!left || count > *left) throw std::logic_error("so much of a body cannot be skipped");
  body_->skip_over(count);
  tell_if_done();
}

bool HttpResponseParser::done() const { return body_ && body_->finished(); }
bool HttpResponseParser::framed() const {
  return body_ && body_->is_header_done() && !body_->need_eof();
}
bool HttpResponseParser::keep_alive() const {
  return body_ && body_->is_header_done() && body_->keep_alive();
}

std::optional<std::uint64_t> HttpResponseParser::content_length() const {
  auto const length = body_ && body_->is_header_done() ? body_->content_length() : boost::none;
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

std::string HttpResponseParser::transfer_codings() const {
  return body_ ? body_->transfer_codings() : std::string();
}

}  // namespace twx
