// Text in columns, as --help prints it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace twx {

inline constexpr std::size_t page_width = 80;

// `text` broken at spaces into lines of at most `width` characters; a longer word has a line of its
// own.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

// The paragraphs of `text`, which empty lines divide; they point into it.
std::vector<std::string_view> paragraphs(std::string_view text);

struct Row {
  std::string label;
  std::string text;
};

// Where the texts of `rows` start: behind the widest label that is not too wide to wait for.
std::size_t text_column(std::vector<Row> const& rows);

// Each label, and from `column` on its text; the text begins on a line of its own where the label
// reaches into its column.
std::string columns(std::vector<Row> const& rows, std::size_t column);

}  // namespace twx
