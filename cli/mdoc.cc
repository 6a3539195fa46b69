#include "cli/mdoc.h"

#include <algorithm>
#include <cctype>

#include "cli/columns.h"

namespace twx {
namespace {

enum class Hyphen { of_words, of_code };

bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// "" for what stands for itself.
std::string_view name_of(char c, Hyphen hyphen) {
  switch (c) {
    case '\\': return "\\e";
    case '\'': return "\\(aq";
    case '`': return "\\(ga";
    case '^': return "\\(ha";
    case '~': return "\\(ti";
    case '-': return hyphen == Hyphen::of_code ? "\\-" : "";
    default: return "";
  }
}

std::string with_escapes(std::string_view text, Hyphen hyphen) {
  std::string out;
  for (char const c : text) {
    auto const name = name_of(c, hyphen);
    out.append(name.empty() ? std::string_view(&c, 1) : name);
  }
  return out;
}

// "--pin", "'-v'"; the hyphen of "half-close" is one between words.
Hyphen hyphen_of(std::string_view word) {
  auto const first = std::ranges::find_if(word, is_alnum);
  return std::find(word.begin(), first, '-') != first ? Hyphen::of_code : Hyphen::of_words;
}

bool ends_sentence(std::string_view word) {
  while (word.ends_with('"') || word.ends_with(')')) word.remove_suffix(1);
  return word.ends_with('.') || word.ends_with('?') || word.ends_with('!');
}

bool begins_sentence(std::string_view rest) {
  auto const word = rest.substr(0, rest.find(' '));
  auto const letter = word.find_first_not_of("\"(");
  return letter != word.npos && (is_upper(word[letter]) || hyphen_of(word) == Hyphen::of_code);
}

// Where the sentence that `text` begins with ends.
std::size_t end_of_sentence(std::string_view text) {
  for (auto space = text.find(' '); space != text.npos; space = text.find(' ', space + 1)) {
    if (ends_sentence(text.substr(0, space)) && begins_sentence(text.substr(space + 1))) {
      return space;
    }
  }
  return text.size();
}

// "No", "Ar": two or three letters, the first of them large.
bool may_be_macro(std::string_view word) {
  return (word.size() == 2 || word.size() == 3) && is_upper(word.front()) &&
         std::ranges::all_of(word.substr(1), is_lower);
}

bool is_delimiter(std::string_view word) {
  return word.size() == 1 && std::string_view("()[].,:;?!|").find(word) != word.npos;
}

// A line of text that began with a dot would be a macro.
std::string as_line(std::string line) {
  return (line.starts_with('.') ? "\\&" : "") + std::move(line) + "\n";
}

}  // namespace

std::string mdoc_escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto const end = std::min(text.find(' '), text.size());
    auto const word = text.substr(0, end);
    out += with_escapes(word, hyphen_of(word));
    if (end < text.size()) out += ' ';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string mdoc_argument(std::string_view text) {
  std::string out = may_be_macro(text) || is_delimiter(text) ? "\\&" : "";
  for (char const c : text) out += c == '"' ? "\\(dq" : with_escapes({&c, 1}, Hyphen::of_code);
  return out.find(' ') == out.npos && !out.empty() ? out : '"' + out + '"';
}

std::string mdoc_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto const end = std::min(text.find(' '), text.size());
    out.append(out.empty() ? "" : " ").append(mdoc_argument(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string mdoc_paragraph(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto const end = end_of_sentence(text);
    for (auto& line : wrapped(mdoc_escaped(text.substr(0, end)), page_width)) {
      out += as_line(std::move(line));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string mdoc_display(std::string_view line) {
  return ".Bd -literal -offset indent\n" + as_line(with_escapes(line, Hyphen::of_code)) + ".Ed\n";
}

}  // namespace twx
