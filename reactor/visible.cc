#include "reactor/visible.h"

#include "reactor/ascii.h"
#include "reactor/utf8.h"

namespace twx {
namespace {

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

void escape(std::string_view bytes, std::string& out) {
  for (auto const c : bytes) ascii::append_hex(out += "\\x", c);
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
  if (auto const length = utf8_length(rest); length > 1) {
    auto const sequence = rest.substr(0, length);
    if (is_c1(sequence))
      escape(sequence, out);
    else
      out += sequence;
    return length;
  }
  if (!last && is_cut_utf8(rest)) return 0;
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
