#include "clients/resume.h"

#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "reactor/ascii.h"

namespace twx {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  return parse_number(text, value) ? std::optional(value) : std::nullopt;
}

// What stands behind the unit of a Content-Range in bytes: "5-9/10", "*/10".
std::string_view range_of(HttpHead const& head) {
  auto const value = trimmed(head.fields.value("Content-Range"));
  auto const space = value.find(' ');
  if (space == value.npos || !same_word(value.substr(0, space), "bytes")) return {};
  return trimmed(value.substr(space + 1));
}

std::optional<std::uint64_t> first_of(std::string_view range) {
  return number(range.substr(0, range.find('-')));
}

std::optional<std::uint64_t> total_of(std::string_view range) {
  auto const slash = range.find('/');
  return slash == range.npos ? std::nullopt : number(range.substr(slash + 1));
}

}  // namespace

Result<std::uint64_t> size_so_far(std::string const& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::uint64_t{0};
    return Failure::with_message(Error::cannot_read, path + ": " + Failure::from_errno().message());
  }
  if (!S_ISREG(status.st_mode))
    return Failure::with_message(Error::cannot_read, path + ": only a file has a size to go on at");
  return static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t told_offset(std::string_view option) { return number(option).value_or(0); }

std::string range_from(std::uint64_t offset) { return "bytes=" + std::to_string(offset) + "-"; }

Result<Resume> resume(HttpHead const& head, std::uint64_t offset) {
  auto const range = range_of(head);
  if (head.status == 206 && first_of(range) == offset) return Resume::append;
  if (head.status == 416 && total_of(range) == offset) return Resume::complete;
  auto const whole = head.status == 200 && !head.fields.find("Transfer-Encoding");
  if (whole && number(head.fields.value("Content-Length")) == offset) return Resume::complete;
  return Failure(HttpError::range_refused);
}

}  // namespace twx
