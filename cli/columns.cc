#include "cli/columns.h"

#include <algorithm>

namespace twx {
namespace {

constexpr std::size_t widest_label = 28;
constexpr std::size_t gap = 2;

}  // namespace

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    auto const word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    if (lines.empty() || lines.back().size() + 1 + word.size() > width) {
      lines.emplace_back().reserve(std::min(width, word.size() + 1 + text.size()));
      lines.back() += word;
    } else {
      lines.back().append(" ").append(word);
    }
  }
  return lines;
}

std::vector<std::string_view> paragraphs(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    auto const end = std::min(text.find("\n\n"), text.size());
    all.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return all;
}

std::size_t text_column(std::vector<Row> const& rows) {
  std::size_t widest = 0;
  for (auto const& row : rows) {
    if (row.label.size() <= widest_label) widest = std::max(widest, row.label.size());
  }
  return widest + gap;
}

std::string columns(std::vector<Row> const& rows, std::size_t column) {
  std::string out;
  for (auto const& row : rows) {
    auto begin = out.size();  // of a line
    out += row.label;
    for (auto const& piece : wrapped(row.text, page_width - column)) {
      if (out.size() - begin + gap > column) begin = out.append("\n").size();
      out.append(begin + column - out.size(), ' ').append(piece) += '\n';
      begin = out.size();
    }
    if (out.size() > begin) out += '\n';
  }
  return out;
}

}  // namespace twx
