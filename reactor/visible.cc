#include "reactor/visible.h"

namespace twx {
namespace {

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

void escape(std::string_view bytes, std::string& out) {
  static constexpr char hex[] = "0123456789abcdef";
  for (auto const c : bytes) {
    out += "\\x";
    out += hex[byte(c) >> 4];
    out += hex[byte(c) & 15];
  }
}

// How many bytes the UTF-8 sequence that begins with `first` has, 1 if it begins none.
std::size_t sequence_length(unsigned char first) {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if ((first & 0xf0) == 0xe0) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 1;
}

// No overlong form, no surrogate, nothing beyond U+10FFFF (RFC 3629, section 4).
bool fits(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xe0: return second >= 0xa0;
    case 0xed: return second < 0xa0;
    case 0xf0: return second >= 0x90;
    case 0xf4: return second < 0x90;
    default: return true;
  }
}

// How many of the bytes that a sequence needs are there and continue it.
std::size_t continued(std::string_view text, std::size_t length) {
  if (text.size() > 1 && !fits(byte(text[0]), byte(text[1]))) return 1;
  std::size_t count = 1;
  while (count < length && count < text.size() && (byte(text[count]) & 0xc0) == 0x80) ++count;
  return count;
}

bool is_c1(std::string_view sequence) {
  return byte(sequence[0]) == 0xc2 && byte(sequence[1]) < 0xa0;
}

}  // namespace

// Appends the first character of `rest` and returns its length, 0 if more bytes must come first.
std::size_t VisibleText::take(std::string_view rest, bool last, std::string& out) const {
  auto const c = byte(rest[0]);
  if (c == '\r') {
    if (rest.size() == 1 && !last) return 0;
    if (rest.size() > 1 && rest[1] == '\n')
      out += '\r';
    else
      escape(rest.substr(0, 1), out);
    return 1;
  }
  auto const length = sequence_length(c);
  auto const there = continued(rest, length);
  if (length > 1 && there == length) {
    auto const sequence = rest.substr(0, length);
    if (is_c1(sequence))
      escape(sequence, out);
    else
      out += sequence;
    return length;
  }
  if (length > 1 && there == rest.size() && !last) return 0;
  auto const control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
  if (control)
    escape(rest.substr(0, 1), out);
  else
    out += rest[0];
  return 1;
}

std::string VisibleText::feed(std::string_view bytes) {
  std::string out;
  held_ += bytes;
  std::string_view rest = held_;
  while (!rest.empty()) {
    auto const taken = take(rest, false, out);
    if (taken == 0) break;
    rest.remove_prefix(taken);
  }
  held_ = std::string(rest);
  return out;
}

std::string VisibleText::finish() {
  std::string out;
  std::string_view rest = held_;
  while (!rest.empty()) rest.remove_prefix(take(rest, true, out));
  held_.clear();
  return out;
}

std::string escaped(std::string_view bytes) {
  VisibleText visible;
  auto text = visible.feed(bytes);
  text += visible.finish();
  std::string out;
  for (auto const c : text) {
    if (c == '\n' || c == '\r' || c == '\t')
      escape({&c, 1}, out);
    else
      out += c;
  }
  return out;
}

}  // namespace twx
