// Beast 1.81 takes for granted that five bytes follow the last chunk, which may come one by one; it
// works all the same.
#define BOOST_DISABLE_ASSERTS
#include "protocols/http_response_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>
#include <stdexcept>

namespace twx {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t most_chunk_line = 16 * 1024;  // with its extensions
constexpr std::string_view whole_prefix = "HTTP/";

HttpError meaning(beast::error_code error) {
  if (error == http::error::partial_message || error == http::error::end_of_stream)
    return HttpError::truncated;
  if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension)
    return HttpError::bad_chunk;
  if (error == http::error::bad_transfer_encoding) return HttpError::bad_transfer_coding;
  if (error == http::error::bad_version) return HttpError::not_http;
  return HttpError::malformed;
}

bool is_field(std::string_view line, std::string_view name) {
  auto const colon = line.find(':');
  return colon != line.npos && same_word(line.substr(0, colon), name);
}

}  // namespace

// --- the head ---

// Collects lines up to the empty one. Lines may end with LF alone, as RFC 9112, section 2.2,
// allows.
class HttpResponseParser::Head {
 public:
  explicit Head(HttpLimits const& limits) : limits_(limits) {}

  // How much of `data` belongs to the head.
  Result<std::size_t> put(std::string_view data) {
    std::size_t used = 0;
    while (!complete_ && used < data.size()) {
      auto const end = data.find('\n', used);
      auto const size = (end == data.npos ? data.size() : end + 1) - used;
      if (!begins_well(data.substr(used, size))) return Failure(HttpError::not_http);
      if (total_ + text_.size() + size > limits_.heads ||
          text_.size() - line_ + size > limits_.line)
        return Failure(HttpError::head_too_large);
      text_ += data.substr(used, size);
      used += size;
      if (end == data.npos) break;
      if (auto const right = end_line(); !right) return right.failure();
    }
    return used;
  }

  bool complete() const { return complete_; }
  bool empty() const { return total_ == 0 && text_.empty(); }
  std::string const& text() const { return text_; }

  // What Beast is to see: each line ends with CR LF, and Transfer-Encoding goes before
  // Content-Length (RFC 9112, section 6.3), which is left out then.
  std::string clean() const {
    std::string clean;
    clean.reserve(text_.size() + 2);
    for_each_line([&](std::string_view line) {
      if (!codings_.empty() && is_field(line, "Content-Length")) return;
      clean += line;
      if (clean.size() == line.size() && line.size() == 12) clean += ' ';  // no reason at all
      clean += "\r\n";
    });
    return clean;
  }

  // For the head after a 1xx; the limits go on.
  void next() {
    total_ += text_.size();
    text_.clear();
    line_ = 0;
    lines_ = 0;
    codings_.clear();
    complete_ = false;
  }

 private:
  bool begins_well(std::string_view next) const {
    if (text_.size() >= whole_prefix.size()) return true;
    auto const begin = text_ + std::string(next.substr(0, whole_prefix.size() - text_.size()));
    return whole_prefix.starts_with(begin);
  }

  Result<void> end_line() {
    auto line = std::string_view(text_).substr(line_);
    line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
    line_ = text_.size();
    if (line.empty()) {
      complete_ = true;
      if (!codings_.empty() && !same_word(codings_, "chunked"))
        return Failure(HttpError::bad_transfer_coding);
      return {};
    }
    if (line.find_first_of(std::string_view("\0\r", 2)) != line.npos)
      return Failure(HttpError::malformed);
    if (++lines_ == 2 && (line.front() == ' ' || line.front() == '\t'))
      return Failure(HttpError::malformed);
    if (lines_ > 1 && ++fields_ > limits_.fields) return Failure(HttpError::head_too_large);
    if (is_field(line, "Transfer-Encoding")) {
      if (!codings_.empty()) codings_ += ',';
      codings_ += trimmed(line.substr(line.find(':') + 1));
    }
    return {};
  }

  template <class Each>
  void for_each_line(Each each) const {
    std::string_view rest = text_;
    while (!rest.empty()) {
      auto const end = rest.find('\n');
      auto line = rest.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      each(line);
      rest.remove_prefix(end + 1);
    }
  }

  HttpLimits const& limits_;
  std::string text_;
  std::size_t line_ = 0;    // where the present one begins
  std::size_t total_ = 0;   // of earlier heads
  std::size_t lines_ = 0;   // of this head
  std::size_t fields_ = 0;  // of all heads
  std::string codings_;     // of all fields Transfer-Encoding; "chunked" is the only one known
  bool complete_ = false;
};

// --- the rest, by Beast ---

class HttpResponseParser::Body final : public http::basic_parser<false> {
 public:
  Body(HttpResponseReceiver& receiver, std::string text) : receiver_(receiver) {
    head_.text = std::move(text);
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
    eager(true);
  }

  bool interim() const { return interim_; }
  bool finished() const { return finished_ || left_ == 0; }
  HttpFields const& trailer() const { return trailer_; }

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

  // What Beast did not take of the bytes before stands in front of those to come.
  std::string rest;

 private:
  using Text = beast::string_view;
  static std::string string(Text text) { return {text.data(), text.size()}; }

  void on_request_impl(http::verb, Text, Text, int, beast::error_code&) override {}
  void on_response_impl(int status, Text reason, int version, beast::error_code&) override {
    head_.status = status;
    head_.reason = string(reason);
    head_.version = version;
    interim_ = status / 100 == 1 && status != 101;
  }
  void on_field_impl(http::field, Text name, Text value, beast::error_code&) override {
    (told_ ? trailer_ : head_.fields).push_back({string(name), string(value)});
  }
  void on_header_impl(beast::error_code& error) override {
    if (two_locations()) {
      error = http::error::bad_field;
      return;
    }
    told_ = true;
    receiver_.head_received(std::move(head_));
  }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, beast::error_code&) override {}
  std::size_t on_body_impl(Text data, beast::error_code&) override { return give(data); }
  void on_chunk_header_impl(std::uint64_t, Text, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text data, beast::error_code&) override {
    return give(data);
  }
  void on_finish_impl(beast::error_code&) override { finished_ = true; }

  std::size_t give(Text data) {
    given_ += data.size();
    if (!data.empty()) receiver_.body_received(bytes({data.data(), data.size()}));
    return data.size();
  }

  bool two_locations() const {
    auto const* const first = head_.fields.find("Location");
    return first && std::ranges::any_of(head_.fields, [first](HttpField const& field) {
             return same_word(field.name, "Location") && field.value != *first;
           });
  }

  HttpResponseReceiver& receiver_;
  HttpHead head_;
  HttpFields trailer_;
  std::uint64_t given_ = 0;
  std::optional<std::uint64_t> left_;  // once something was skipped
  bool told_ = false;
  bool interim_ = false;
  bool finished_ = false;
};

HttpResponseParser::HttpResponseParser(HttpResponseReceiver& receiver, HttpLimits limits)
    : receiver_(receiver), limits_(limits), head_(std::make_unique<Head>(limits_)) {}
HttpResponseParser::~HttpResponseParser() = default;

void HttpResponseParser::expect(std::string_view method) {
  head_request_ = method == "HEAD";
  connect_request_ = method == "CONNECT";
  body_.reset();
  head_ = std::make_unique<Head>(limits_);
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
  auto const used = head_->put(text(data));
  if (!used || !head_->complete()) return used;
  auto const clean = head_->clean();
  begin_body();
  auto const parsed = parse(clean);
  if (!parsed) return parsed.failure();
  if (body_->interim()) body_.reset();
  tell_if_done();
  return used;
}

void HttpResponseParser::begin_body() {
  body_ = std::make_unique<Body>(receiver_, head_->text());
  auto const success = head_->text().find(" 2") == whole_prefix.size() + 3;
  if (head_request_ || (connect_request_ && success)) body_->skip(true);  // before Beast begins
  head_->next();
}

// What is left of a line of chunks is put together in `rest`.
Result<std::size_t> HttpResponseParser::put_body(Bytes data) {
  if (body_->counts()) {
    auto const used = body_->take(data);
    tell_if_done();
    return used;
  }
  auto& rest = body_->rest;
  auto const kept = rest.size();
  if (kept > 0) rest += text(data);
  auto const whole = kept > 0 ? std::string_view(rest) : text(data);
  auto const parsed = parse(whole);
  if (!parsed) return parsed.failure();
  auto const left = std::string(whole.substr(*parsed));
  tell_if_done();
  if (done()) return data.size() - left.size();
  if (left.size() > std::max(most_chunk_line, limits_.trailers))
    return Failure(HttpError::head_too_large);
  rest = left;
  return data.size();
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
  if (!body_->trailer().empty()) receiver_.trailer_received(body_->trailer());
  receiver_.response_done();
}

Result<void> HttpResponseParser::put_eof() {
  if (done()) return {};
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
  if (!length || done() || !body_->is_header_done()) return std::nullopt;
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
  auto const length = body_ ? body_->content_length() : boost::none;
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

}  // namespace twx
