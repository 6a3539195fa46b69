#include "protocols/http_response_head.h"

#include <algorithm>

#include "protocols/http_words.h"

namespace twx {
namespace {

constexpr std::string_view whole_prefix = "HTTP/";
constexpr std::size_t usual_size = 512;  // enough for most

bool is_folded(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

bool is_field(std::string_view line, std::string_view name) {
  auto const colon = line.find(':');
  return colon != line.npos && same_word(line.substr(0, colon), name);
}

// Where in a line of a head a control character does no harm: in the reason, or in a value.
std::size_t begin_of_text(std::string_view line, bool first) {
  if (first) return std::min(std::string_view("HTTP/1.1 200").size(), line.size());
  return is_folded(line) ? 0 : std::min(line.find(':'), line.size());
}

std::string_view take_line(std::string_view& lines) {
  auto line = take_until(lines, '\n');
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<std::size_t> HttpResponseHead::put(std::string_view data) {
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
    if (total_ + text_.size() + size > limits_.heads || text_.size() - line_ + size > limits_.line)
      return Failure(HttpError::head_too_large);
    text_ += data.substr(used, size);
    used += size;
    if (end == data.npos) break;
    if (auto const right = end_line(); !right) return right.failure();
  }
  return used;
}

bool HttpResponseHead::ends_bare() const {
  return may_be_bare() && !empty() && text_.size() < whole_prefix.size();
}

bool HttpResponseHead::begins_well(std::string_view next) const {
  if (text_.size() >= whole_prefix.size()) return true;
  auto const rest = whole_prefix.substr(text_.size());
  return rest.starts_with(next.substr(0, rest.size()));
}

// By what would have come first, byte by byte.
Failure HttpResponseHead::not_http(std::string_view next) const {
  auto const rest = whole_prefix.substr(text_.size());
  auto const right = std::ranges::mismatch(rest, next).in1 - rest.begin();
  auto const size = total_ + text_.size() + static_cast<std::size_t>(right);
  return {size > limits_.heads ? HttpError::head_too_large : HttpError::not_http};
}

Result<void> HttpResponseHead::end_line() {
  auto line = std::string_view(text_).substr(line_);
  auto const whole_end = line.ends_with("\r\n");
  line.remove_suffix(whole_end ? 2 : 1);
  line_ = text_.size();
  if (!whole_end || (lines_ == 0 && line.size() == 12)) is_clean_ = false;
  if (line.empty()) {
    complete_ = true;
    return codings_.read();
  }
  if (!is_field_text(line)) {
    has_controls_ = true;
    if (line.find('\0') != line.npos || line.find('\r') != line.npos)
      return Failure(HttpError::malformed);
  }
  if (++lines_ == 2 && is_folded(line)) return Failure(HttpError::malformed);
  if (lines_ > 1 && ++fields_ > limits_.fields) return Failure(HttpError::head_too_large);
  note_codings(line);
  return {};
}

void HttpResponseHead::note_codings(std::string_view line) {
  if (is_folded(line)) {
    if (in_codings_) codings_.add_folded(line);
    return;
  }
  in_codings_ = is_field(line, "Transfer-Encoding");
  if (in_codings_) codings_.add_field(line.substr(line.find(':') + 1));
}

std::string HttpResponseHead::clean() const {
  if (is_clean_ && !ignores_length()) return text_;
  std::string clean;
  clean.reserve(text_.size() + 2);
  auto passed_over = false;
  std::size_t transfers = 0;
  for (std::string_view rest = text_; !rest.empty();) {
    auto const line = take_line(rest);
    if (passed_over && is_folded(line)) continue;
    auto const transfer = is_field(line, "Transfer-Encoding");
    passed_over = transfer || (ignores_length() && is_field(line, "Content-Length"));
    if (transfer) {
      auto const last = ++transfers == codings_.values().size();
      clean += line.substr(0, line.find(':'));
      clean += last && codings_.chunked() ? ": chunked\r\n" : ": other\r\n";
    }
    if (passed_over) continue;
    clean += line;
    if (clean.size() == line.size() && line.size() == 12) clean += ' ';  // no reason at all
    clean += "\r\n";
  }
  return clean;
}

std::string HttpResponseHead::hide_controls(std::string& clean) const {
  std::string hidden;
  if (!has_controls_) return hidden;
  for (std::size_t begin = 0; begin < clean.size();) {
    auto const end = clean.find("\r\n", begin);
    auto const line = std::string_view(clean).substr(begin, end - begin);
    for (auto i = begin + begin_of_text(line, begin == 0); i < end; ++i) {
      if (is_field_char(clean[i]) && clean[i] != stand_in) continue;
      hidden += clean[i];
      clean[i] = stand_in;
    }
    begin = end + 2;
  }
  return hidden;
}

void HttpResponseHead::next() {
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

}  // namespace twx
