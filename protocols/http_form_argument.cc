#include <algorithm>

#include "protocols/http_form_encoding.h"
#include "protocols/http_words.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr std::string_view blank = " \t\r\n\v\f";

Failure wrong(std::string_view argument, std::string_view what) {
  return Failure::with_message(std::make_error_code(std::errc::invalid_argument),
                               "the form field " + std::string(argument) + ": " +
                                   std::string(what));
}

std::string_view without_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(blank) + 1);
}

// What stands behind the "=", word by word. A word ends at a semicolon or, between files, a comma.
class Words {
 public:
  explicit Words(std::string_view text) : left_(text) {}

  // Gives what was skipped.
  std::string_view skip_blank() {
    auto const size = std::min(left_.find_first_not_of(blank), left_.size());
    auto const skipped = left_.substr(0, size);
    left_.remove_prefix(size);
    return skipped;
  }
  bool take(char c) {
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool take_key(std::string_view key) {
    if (!starts_with_word(left_, key)) return false;
    left_.remove_prefix(key.size());
    skip_blank();
    return true;
  }
  // Without quotes and escapes, or without the blank space behind it.
  std::string word(std::string_view ends) {
    if (left_.starts_with('"'))
      if (auto quoted = quoted_word()) {
        plain(ends);
        return std::move(*quoted);
      }
    return std::string(without_end(plain(ends)));
  }
  // As it stands.
  std::string_view plain(std::string_view ends) {
    auto const word = left_.substr(0, left_.find_first_of(ends));
    left_.remove_prefix(word.size());
    return word;
  }

 private:
  // Nothing, and nothing taken, if its end is missing.
  std::optional<std::string> quoted_word() {
    std::string word;
    for (std::size_t i = 1; i < left_.size(); ++i) {
      if (left_[i] == '"') {
        left_.remove_prefix(i + 1);
        return word;
      }
      auto const next = left_.substr(i + 1, 1);
      if (left_[i] == '\\' && (next == "\"" || next == "\\")) ++i;
      word += left_[i];
    }
    return std::nullopt;
  }

  std::string_view left_;
};

bool is_type(std::string_view type) {
  auto const slash = type.find('/');
  return slash != 0 && slash != type.npos && slash + 1 < type.size() &&
         type.substr(0, slash).find(' ') == type.npos;
}

Result<std::string> read_file(std::string const& path) {
  auto const body = file_body(path);
  if (!body) return body.failure();
  for (std::string all;;) {
    auto piece = (*body)->read();
    if (!piece) return piece.failure();
    auto const given = piece->value_or(Bytes());
    if (given.empty()) return all;
    all += text(given);
  }
}

// curl's: a line that begins with blank space goes on with the one before; "#" begins a comment.
std::vector<std::string> lines_of_fields(std::string_view all) {
  std::vector<std::string> lines;
  for (auto goes_on = false; !all.empty();) {
    std::string line(take_until(all, '\n'));
    std::erase(line, '\r');
    auto const folded = !line.empty() && blank.find(line.front()) != blank.npos;
    if (line.empty() || (folded && !goes_on)) continue;
    goes_on = !line.starts_with('#');
    if (folded)
      lines.back() += line;
    else if (goes_on)
      lines.push_back(std::move(line));
  }
  for (auto& line : lines) line = without_end(line);
  return lines;
}

Result<void> add_field(FormPiece& piece, std::string_view argument, std::string_view line) {
  auto const colon = line.find(':');
  if (colon == line.npos) return wrong(argument, "headers= wants NAME: VALUE");
  piece.fields.push_back(
      {std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))});
  return {};
}

Result<void> read_fields(Words& words, FormPiece& piece, std::string_view argument,
                         std::string_view ends, ReadText const& read) {
  auto const from_file = words.take('@') || words.take('<');
  words.skip_blank();
  auto const word = words.word(ends);
  if (!from_file) return add_field(piece, argument, word);
  auto const all = read ? read(word) : read_file(word);
  if (!all) return all.failure();
  for (auto const& line : lines_of_fields(*all))
    if (auto const added = add_field(piece, argument, line); !added) return added;
  return {};
}

// One word and what describes it.
Result<FormPiece> read_piece(Words& words, FormPiece::Kind kind, std::string_view argument,
                             std::string_view ends, ReadText const& read) {
  words.skip_blank();
  FormPiece piece{.kind = kind, .value = words.word(ends)};
  for (auto in_type = false; words.take(';');) {
    auto const space = words.skip_blank();
    if (!in_type && words.take_key("type=")) {
      piece.type = without_end(words.plain(ends));
      if (!is_type(*piece.type)) return wrong(argument, "the type is not like text/plain");
      in_type = true;
    } else if (words.take_key("filename=")) {
      piece.filename = words.word(ends);
      in_type = false;
    } else if (words.take_key("headers=")) {
      if (auto const added = read_fields(words, piece, argument, ends, read); !added)
        return added.failure();
      in_type = false;
    } else if (words.take_key("encoder=")) {
      piece.encoding = form_encoding(words.word(ends));
      if (!piece.encoding)
        return wrong(argument, "encoder= is binary, 8bit, 7bit, base64 or quoted-printable");
      in_type = false;
    } else if (in_type) {
      auto const more = std::string(space) + std::string(without_end(words.plain(ends)));
      piece.type = piece.type.value_or("") + ";" + more;
    } else {
      words.word(ends);
    }
  }
  return piece;
}

}  // namespace

Result<FormPart> parse_form(std::string_view argument, ReadText const& read) {
  auto const equals = argument.find('=');
  if (equals == argument.npos) return wrong(argument, "no = in it");
  FormPart part{.name = std::string(argument.substr(0, equals)), .pieces = {}};
  auto const content = argument.substr(equals + 1);
  if (part.name.empty() && content == ")") {
    part.role = FormPart::Role::end;
    return part;
  }
  if (content.starts_with('(')) part.role = FormPart::Role::begin;
  Words words(content);
  auto const files = words.take('@');
  auto const kind = files             ? FormPiece::Kind::file
                    : words.take('<') ? FormPiece::Kind::file_content
                                      : FormPiece::Kind::content;
  do {
    auto piece = read_piece(words, kind, argument, files ? ";," : ";", read);
    if (!piece) return piece.failure();
    part.pieces.push_back(std::move(*piece));
  } while (files && words.take(','));
  return part;
}

Result<FormPart> parse_form_string(std::string_view argument) {
  auto const equals = argument.find('=');
  if (equals == argument.npos) return wrong(argument, "no = in it");
  FormPart part{.name = std::string(argument.substr(0, equals)), .pieces = {}};
  part.pieces.push_back({.value = std::string(argument.substr(equals + 1))});
  return part;
}

}  // namespace twx
