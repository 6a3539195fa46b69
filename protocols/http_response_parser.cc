#include "protocols/http_response_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "protocols/http_chunks.h"
#include "protocols/http_transfer_codings.h"

namespace twx {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::string_view whole_prefix = "HTTP/";
// Of a head, and of its fields: enough for most.
constexpr std::size_t usual_size = 512;
constexpr std::size_t usual_fields = 16;
// In place of the one that an answer of HTTP/0.9 lacks.
constexpr std::string_view bare_head = "HTTP/1.0 200 \r\n\r\n";

HttpError meaning(beast::error_code error) {
  if (error == http::error::partial_message || error == http::error::end_of_stream)
    return HttpError::truncated;
  if (error == http::error::bad_transfer_encoding) return HttpError::bad_transfer_coding;
  if (error == http::error::bad_version) return HttpError::not_http;
  return HttpError::malformed;
}

bool is_folded(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

// In values, where they may be kept (RFC 9110, section 5.5), but Beast refuses them: what it is
// shown in their place.
constexpr char stand_in = '\x80';
bool is_control(char c) {
  return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
}

// Looks at each character whatever the others are, so that many are looked at at once.
bool has_control(std::string_view line) {
  unsigned found = 0;
  for (auto const c : line) found |= is_control(c) ? 1U : 0U;
  return found != 0;
}

bool is_field(std::string_view line, std::string_view name) {
  auto const colon = line.find(':');
  return colon != line.npos && same_word(line.substr(0, colon), name);
}

// Where in a line of a head a control character does no harm: in the reason, or in a value.
std::size_t begin_of_text(std::string_view line, bool first) {
  if (first) return std::min(whole_prefix.size() + 7, line.size());
  return is_folded(line) ? 0 : std::min(line.find(':'), line.size());
}

// Puts stand-ins for them into lines that end with CR LF. What each stand-in of the result stands
// for, in their order.
std::string hide_controls(std::string& head) {
  std::string hidden;
  for (std::size_t begin = 0; begin < head.size();) {
    auto const end = head.find("\r\n", begin);
    auto const line = std::string_view(head).substr(begin, end - begin);
    for (auto i = begin + begin_of_text(line, begin == 0); i < end; ++i) {
      if (!is_control(head[i]) && head[i] != stand_in) continue;
      hidden += head[i];
      head[i] = stand_in;
    }
    begin = end + 2;
  }
  return hidden;
}

}  // namespace

// --- the head ---

// Collects lines up to the empty one. Lines may end with LF alone, as RFC 9112, section 2.2,
// allows.
class HttpResponseParser::Head {
 public:
  Head(HttpLimits const& limits, HttpLeniency const& leniency)
      : limits_(limits), leniency_(leniency), codings_(leniency) {}

  // How much of `data` belongs to the head.
  Result<std::size_t> put(std::string_view data) {
    std::size_t used = 0;
    if (text_.empty()) text_.reserve(std::min(data.size(), usual_size));
    while (!complete_ && used < data.size()) {
      auto const end = data.find('\n', used);
      auto const size = (end == data.npos ? data.size() : end + 1) - used;
      if (!begins_well(data.substr(used, size))) {
        if (!may_be_bare()) return not_http(data.substr(used, size));
        bare_ = true;
        return 0;
      }
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
  // There is none; text() is the begin of the body.
  bool bare() const { return bare_; }
  // At the end of what came.
  bool ends_bare() const { return may_be_bare() && !empty() && text_.size() < whole_prefix.size(); }
  bool empty() const { return total_ == 0 && text_.empty(); }
  std::string const& text() const { return text_; }
  bool has_controls() const { return has_controls_; }
  HttpTransferCodings const& codings() const { return codings_; }

  // What Beast is to see: each line ends with CR LF; of transfer codings, only whether there are
  // chunks; and no Content-Length that does not count (RFC 9112, section 6.3).
  std::string clean() const {
    if (is_clean_ && !ignores_length()) return text_;
    std::string clean;
    clean.reserve(text_.size() + 2);
    auto passed_over = false;
    std::size_t transfers = 0;
    for_each_line([&](std::string_view line) {
      if (passed_over && is_folded(line)) return;
      auto const transfer = is_field(line, "Transfer-Encoding");
      passed_over = transfer || (ignores_length() && is_field(line, "Content-Length"));
      if (transfer) {
        auto const last = ++transfers == codings_.values().size();
        clean += line.substr(0, line.find(':'));
        clean += last && codings_.chunked() ? ": chunked\r\n" : ": other\r\n";
      }
      if (passed_over) return;
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
    codings_ = HttpTransferCodings(leniency_);
    in_codings_ = false;
    has_controls_ = false;
    is_clean_ = true;
    complete_ = false;
  }

 private:
  bool begins_well(std::string_view next) const {
    if (text_.size() >= whole_prefix.size()) return true;
    auto const rest = whole_prefix.substr(text_.size());
    return rest.starts_with(next.substr(0, rest.size()));
  }

  // By what would have come first, byte by byte.
  Failure not_http(std::string_view next) const {
    auto const rest = std::string_view(whole_prefix).substr(text_.size());
    auto const right = std::ranges::mismatch(rest, next).in1 - rest.begin();
    auto const size = total_ + text_.size() + static_cast<std::size_t>(right);
    return Failure(size > limits_.heads ? HttpError::head_too_large : HttpError::not_http);
  }
  bool may_be_bare() const { return leniency_.http09 && total_ == 0; }
  bool ignores_length() const { return leniency_.ignore_length || !codings_.values().empty(); }

  Result<void> end_line() {
    auto line = std::string_view(text_).substr(line_);
    auto const whole_end = line.ends_with("\r\n");
    line.remove_suffix(whole_end ? 2 : 1);
    line_ = text_.size();
    if (!whole_end || (lines_ == 0 && line.size() == 12)) is_clean_ = false;
    if (line.empty()) {
      complete_ = true;
      return codings_.read();
    }
    if (has_control(line)) {
      has_controls_ = true;
      if (line.find('\0') != line.npos || line.find('\r') != line.npos)
        return Failure(HttpError::malformed);
    }
    if (++lines_ == 2 && is_folded(line)) return Failure(HttpError::malformed);
    if (lines_ > 1 && ++fields_ > limits_.fields) return Failure(HttpError::head_too_large);
    note_codings(line);
    return {};
  }

  void note_codings(std::string_view line) {
    if (is_folded(line)) {
      if (in_codings_) codings_.add_folded(line);
      return;
    }
    in_codings_ = is_field(line, "Transfer-Encoding");
    if (in_codings_) codings_.add_field(line.substr(line.find(':') + 1));
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

// --- the rest, by Beast ---

class HttpResponseParser::Body final : public http::basic_parser<false> {
 public:
  // `hidden` is what hide_controls() has given.
  Body(HttpResponseReceiver& receiver, std::string text, HttpTransferCodings const& codings,
       std::string hidden = {})
      : receiver_(receiver),
        transfers_(codings.values()),
        transfer_codings_(codings.rest()),
        hidden_(std::move(hidden)) {
    head_.text = std::move(text);
    head_.fields.reserve(usual_fields);
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
    eager(true);
  }

  bool interim() const { return interim_; }
  bool finished() const { return finished_ || left_ == 0 || (chunks_ && chunks_->done()); }
  std::string const& transfer_codings() const { return transfer_codings_; }
  void become_bare() { bare_ = true; }

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
  static std::string string(Text text) { return {text.data(), text.size()}; }
  // With what was hidden, in the order of the head.
  std::string shown(Text text) {
    auto all = string(text);
    if (hidden_.empty()) return all;
    for (auto& c : all)
      if (c == stand_in) c = hidden_.at(shown_++);
    return all;
  }

  void on_request_impl(http::verb, Text, Text, int, beast::error_code&) override {}
  void on_response_impl(int status, Text reason, int version, beast::error_code&) override {
    head_.status = status;
    head_.reason = shown(reason);
    head_.version = bare_ ? 9 : version;
    interim_ = status / 100 == 1 && status != 101;
  }
  void on_field_impl(http::field field, Text name, Text value, beast::error_code&) override {
    auto const transfer = field == http::field::transfer_encoding;
    head_.fields.push_back({string(name), transfer ? transfers_.at(told_++) : shown(value)});
  }
  void on_header_impl(beast::error_code& error) override {
    if (two_locations()) {
      error = http::error::bad_field;
      return;
    }
    receiver_.head_received(std::move(head_));
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

  bool two_locations() const {
    auto const* const first = head_.fields.find("Location");
    return first && std::ranges::any_of(head_.fields, [first](HttpField const& field) {
             return same_word(field.name, "Location") && field.value != *first;
           });
  }

  HttpResponseReceiver& receiver_;
  HttpHead head_;
  std::vector<std::string> const transfers_;  // in place of those that Beast sees
  std::size_t told_ = 0;                      // of them
  std::string const transfer_codings_;
  std::string const hidden_;
  std::size_t shown_ = 0;  // of it
  std::optional<HttpChunks> chunks_;
  std::uint64_t given_ = 0;
  std::optional<std::uint64_t> left_;  // once something was skipped
  bool bare_ = false;
  bool interim_ = false;
  bool finished_ = false;
};

HttpResponseParser::HttpResponseParser(HttpResponseReceiver& receiver, HttpLimits limits)
    : receiver_(receiver), limits_(limits), head_(std::make_unique<Head>(limits_, leniency_)) {}
HttpResponseParser::~HttpResponseParser() = default;

void HttpResponseParser::expect(std::string_view method, HttpLeniency leniency) {
  leniency_ = leniency;
  head_request_ = method == "HEAD";
  connect_request_ = method == "CONNECT";
  if (connect_request_) leniency_.http09 = false;
  body_.reset();
  head_ = std::make_unique<Head>(limits_, leniency_);
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
  auto clean = head_->clean();
  begin_body(head_->has_controls() ? hide_controls(clean) : std::string());
  auto const parsed = parse(clean);
  if (!parsed) return parsed.failure();
  if (body_->interim()) body_.reset();
  tell_if_done();
  return used;
}

void HttpResponseParser::begin_body(std::string hidden) {
  body_ = std::make_unique<Body>(receiver_, head_->text(), head_->codings(), std::move(hidden));
  auto const success = head_->text().find(" 2") == whole_prefix.size() + 3;
  if (head_request_ || (connect_request_ && success)) body_->skip(true);  // before Beast begins
  if (head_->codings().chunked()) body_->begin_chunks(limits_, leniency_.raw);
  head_->next();
}

// An answer to HEAD is nothing but a head.
Result<void> HttpResponseParser::begin_bare() {
  if (head_request_) return Failure(HttpError::malformed);
  body_ = std::make_unique<Body>(receiver_, "", HttpTransferCodings(leniency_));
  body_->become_bare();
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
