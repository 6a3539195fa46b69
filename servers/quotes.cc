#include "servers/quotes.h"

#include <cstdlib>

#include "servers/regular_file.h"

namespace twx {
namespace {

std::size_t random_index(std::size_t size) {
  return arc4random_uniform(static_cast<std::uint32_t>(size));
}

}  // namespace

std::vector<std::string_view> fortunes(std::string_view contents) {
  constexpr std::string_view divider = "\n%\n";
  std::vector<std::string_view> entries;
  for (;;) {
    auto const end = contents.find(divider);
    // Fortune files end with a divider, behind which stands no entry.
    if (entries.empty() || !contents.empty()) entries.push_back(contents.substr(0, end));
    if (end == contents.npos) return entries;
    contents.remove_prefix(end + divider.size());
  }
}

Result<std::string> Quotes::next() const {
  if (files.empty()) return text && !text->empty() ? *text : "An apple a day keeps the doctor away";
  auto contents = read_regular_file(files[random_index(files.size())]);
  if (!contents) return contents;
  auto const entries = fortunes(*contents);
  return std::string(entries[random_index(entries.size())]);
}

Result<void> Quotes::check() const {
  for (auto const& file : files)
    if (auto const contents = read_regular_file(file); !contents) return contents.failure();
  return {};
}

}  // namespace twx
