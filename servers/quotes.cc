#include "servers/quotes.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace twx {
namespace {

// More than any collection of fortunes; a device that never ends must not fill the memory.
constexpr std::size_t most = 64 * 1024 * 1024;

Failure cannot_read(std::string const& file) {
  return Failure(std::error_code(errno, std::system_category()), file);
}

Result<std::string> read_file(std::string const& file) {
  auto const fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return cannot_read(file);
  std::string contents;
  std::array<char, 65536> buffer{};
  ssize_t count = 0;
  while (contents.size() < most && (count = read(fd, buffer.data(), buffer.size())) > 0)
    contents.append(buffer.data(), static_cast<std::size_t>(count));
  Result<std::string> result = std::move(contents);
  if (count < 0) result = cannot_read(file);
  close(fd);
  return result;
}

std::size_t random_index(std::size_t size) {
  return arc4random_uniform(static_cast<std::uint32_t>(size));
}

}  // namespace

std::vector<std::string_view> fortunes(std::string_view contents) {
  constexpr std::string_view divider = "\n%\n";
  std::vector<std::string_view> entries;
  for (;;) {
    auto const end = contents.find(divider);
    entries.push_back(contents.substr(0, end));
    if (end == contents.npos) return entries;
    contents.remove_prefix(end + divider.size());
  }
}

Result<std::string> Quotes::next() const {
  if (files.empty()) return text && !text->empty() ? *text : "An apple a day keeps the doctor away";
  auto contents = read_file(files[random_index(files.size())]);
  if (!contents) return contents;
  auto const entries = fortunes(*contents);
  return std::string(entries[random_index(entries.size())]);
}

Result<void> Quotes::check() const {
  for (auto const& file : files)
    if (auto const contents = read_file(file); !contents) return contents.failure();
  return {};
}

}  // namespace twx
