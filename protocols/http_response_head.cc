#include "protocols/http_response_head.h"

#include <algorithm>
#include <utility>

#include "protocols/http_words.h"

namespace twx {
namespace {

constexpr std::string_view whole_prefix = "HTTP/";
constexpr std::size_t without_reason = std::string_view("HTTP/1.1 200 ").size();
constexpr std::size_t usual_size = 512;   // enough for most
constexpr std::size_t usual_fields = 16;  // the same

// All that Beast has a use for: a "Connection: keep-alive" matters to HTTP/1.0 only.
bool frames(HttpField const& field, bool http10) {
  auto const& [name, value] = field;
  if (same_word(name, "Connection") || same_word(name, "Proxy-Connection"))
    return http10 || !same_word(value, "keep-alive");
  return same_word(name, "Content-Length");
}

}  // namespace

Result<std::size_t> HttpResponseHead::put(std::string_view data) {
  std::size_t used = 0;
  if (text().empty()) head_.text.reserve(std::min(data.size(), usual_size));
  while (!complete_ && used < data.size()) {
    auto const end = data.find('\n', used);
    auto const size = (end == data.npos ? data.size() : end + 1) - used;
    auto const next = data.substr(used, size);
    if (lines_ == 0 && !begins_well(next)) {
      if (!may_be_bare()) return not_http(next);
      bare_ = true;
      return 0;
    }
    if (total_ + text().size() + size > limits_.heads ||
        text().size() - line_ + size > limits_.line)
      return Failure(HttpError::head_too_large);
    head_.text += next;
    used += size;
    if (end == data.npos) break;
    if (auto const right = end_line(); !right) return right.failure();
  }
  return used;
}

bool HttpResponseHead::ends_bare() {
  bare_ = may_be_bare() && !empty() && text().size() < whole_prefix.size();
  return bare_;
}

bool HttpResponseHead::begins_well(std::string_view next) const {
  if (text().size() >= whole_prefix.size()) return true;
  auto const rest = whole_prefix.substr(text().size());
  return rest.starts_with(next.substr(0, rest.size()));
}

// By what would have come first, byte by byte.
Failure HttpResponseHead::not_http(std::string_view next) const {
  auto const rest = whole_prefix.substr(text().size());
  auto const right = std::ranges::mismatch(rest, next).in1 - rest.begin();
  auto const size = total_ + text().size() + static_cast<std::size_t>(right);
  return {size > limits_.heads ? HttpError::head_too_large : HttpError::not_http};
}

Result<void> HttpResponseHead::end_line() {
  auto line = std::string_view(text()).substr(line_);
  line_ = text().size();
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return end();
  if (line.find('\0') != line.npos || line.find('\r') != line.npos)
    return Failure(HttpError::malformed);
  if (++lines_ == 1) {
    head_.reason = line.substr(std::min(without_reason, line.size()));
    head_.fields.reserve(usual_fields);
    return {};
  }
  if (lines_ == 2 && is_folded(line)) return Failure(HttpError::malformed);
  if (++fields_ > limits_.fields) return Failure(HttpError::head_too_large);
  add_field_line(head_.fields, line);
  return {};
}

Result<void> HttpResponseHead::end() {
  complete_ = true;
  auto read = codings_.read(head_.fields);
  if (leniency_.ignore_length || codings_.any())
    std::erase_if(head_.fields,
                  [](HttpField const& field) { return same_word(field.name, "Content-Length"); });
  return read;
}

std::string HttpResponseHead::framing() const {
  auto const begin = std::string_view(text()).substr(0, without_reason);
  std::string framing;
  framing.reserve(usual_size);
  framing += begin.substr(0, std::min(begin.find('\r'), begin.find('\n')));
  if (framing.size() == without_reason - 1) framing += ' ';  // no reason at all
  framing += "\r\n";
  auto const http10 = !framing.starts_with("HTTP/1.1");
  for (auto const& field : head_.fields)
    if (frames(field, http10))
      framing.append(field.name).append(": ").append(field.value).append("\r\n");
  if (codings_.chunked()) framing += "Transfer-Encoding: chunked\r\n";
  framing += "\r\n";
  return framing;
}

HttpHead HttpResponseHead::take() {
  if (bare_) return {};
  total_ += text().size();
  auto head = std::move(head_);
  clear();
  return head;
}

void HttpResponseHead::begin() {
  clear();
  total_ = 0;
  fields_ = 0;
  bare_ = false;
}

void HttpResponseHead::clear() {
  head_.text.clear();
  head_.reason.clear();
  head_.fields.clear();
  line_ = 0;
  lines_ = 0;
  codings_ = HttpTransferCodings(leniency_);
  complete_ = false;
}

}  // namespace twx
