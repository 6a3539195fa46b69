#include "reactor/append_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "reactor/open_file.h"

namespace twx {
namespace {

constexpr int opening = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

Failure failure_of(int error) { return {std::error_code(error, std::system_category())}; }

// A folder below `parent` that is no symbolic link, made if need be.
Descriptor folder_in(int parent, std::string const& name) {
  auto const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Descriptor folder(openat(parent, name.c_str(), flags));
  if (folder || errno != ENOENT) return folder;
  if (mkdirat(parent, name.c_str(), 0777) < 0 && errno != EEXIST) return {};
  return Descriptor(openat(parent, name.c_str(), flags));
}

// `at` is where the part that is not trusted begins.
Descriptor open_below(std::string const& path, std::size_t at) {
  auto const trusted = at == 0 ? std::string(".") : path.substr(0, at);
  Descriptor folder(::open(trusted.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  while (folder) {
    auto const begin = path.find_first_not_of('/', at);
    if (begin == path.npos) return errno = EISDIR, Descriptor();
    auto const end = path.find('/', begin);
    auto const name = path.substr(begin, end - begin);
    if (end == path.npos)
      return Descriptor(openat(folder.get(), name.c_str(), opening | O_NOFOLLOW, 0666));
    folder = folder_in(folder.get(), name);
    at = end;
  }
  return folder;
}

// So that a full pipe or terminal does not block us, without a change for others that share it.
Descriptor shared(int fd) {
  auto const path = "/proc/self/fd/" + std::to_string(fd);
  struct stat status{};
  if (fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode))) {
    Descriptor again(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (again) return again;
  }
  return duplicate(fd);
}

// What stands behind the last newline of a file, as far as `most` bytes show it. Nothing if it
// cannot be read.
std::size_t length_of_torn(int fd, off_t size, std::size_t most) {
  auto const path = "/proc/self/fd/" + std::to_string(fd);
  Descriptor const reading(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!reading) return 0;
  std::string end(std::min(most, static_cast<std::size_t>(size)), '\0');
  auto const begin = size - static_cast<off_t>(end.size());
  auto const count = pread(reading.get(), end.data(), end.size(), begin);
  if (count != static_cast<ssize_t>(end.size())) return 0;
  auto const newline = end.rfind('\n');
  return newline == end.npos ? end.size() : end.size() - newline - 1;
}

// The kernel copies a line page by page, and a program that is killed meanwhile leaves a part that
// ends with a page. Whether there was one, and it is cut off: by nobody else than the only writer.
bool cut_killed_line(int fd) {
  constexpr off_t page = 4096;
  constexpr std::size_t longest = 65536;
  struct stat status{};
  if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &status) < 0) return false;
  if (status.st_size % page != 0) return false;
  auto const torn = length_of_torn(fd, status.st_size, longest);
  if (torn == 0 || torn == longest || static_cast<off_t>(torn) == status.st_size) return false;
  return ftruncate(fd, status.st_size - static_cast<off_t>(torn)) == 0;
}

}  // namespace

Result<void> AppendFile::open_at(std::string const& path, std::size_t fixed) {
  auto file = fixed == std::string::npos ? Descriptor(::open(path.c_str(), opening, 0666))
                                         : open_below(path, fixed);
  if (!file) return failure_of(errno);
  begin(std::move(file));
  if (torn_ && cut_killed_line(file_.get())) torn_ = false;
  // Others then see that they are not the only ones. Where there are no locks nothing is cut.
  if (regular_) static_cast<void>(flock(file_.get(), LOCK_SH | LOCK_NB));
  return {};
}

Result<void> AppendFile::open_shared(int fd) {
  auto file = shared(fd);
  if (!file) return failure_of(errno);
  begin(std::move(file));
  return {};
}

void AppendFile::begin(Descriptor file) {
  close();
  file_ = std::move(file);
  struct stat status{};
  auto const known = fstat(file_.get(), &status) == 0;
  regular_ = known && S_ISREG(status.st_mode);
  socket_ = known && S_ISSOCK(status.st_mode);
  empty_ = regular_ && status.st_size == 0;
  torn_ = regular_ && !empty_ && length_of_torn(file_.get(), status.st_size, 1) > 0;
}

void AppendFile::close() {
  if (!held_.empty()) static_cast<void>(flush());
  drop_held();
  file_.reset();
}

void AppendFile::drop_held() {
  dropped_ += static_cast<std::uint64_t>(std::count(held_.begin(), held_.end(), '\n'));
  held_.clear();
}

// How many bytes were taken, or -1 and errno.
ssize_t AppendFile::try_write(std::string_view bytes) const {
  ssize_t count = -1;
  do {
    count = socket_ ? send(file_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                    : ::write(file_.get(), bytes.data(), bytes.size());
  } while (count < 0 && errno == EINTR);
  return count;
}

Result<void> AppendFile::write(std::string_view line) {
  if (!regular_ && most_held_ > 0) return write_or_hold(line);
  if (torn_) line = line_.assign("\n").append(line);
  std::size_t done = 0;
  while (done < line.size()) {
    auto const count = try_write(line.substr(done));
    if (count < 0) return undo(line.substr(0, done), errno);
    done += static_cast<std::size_t>(count);
  }
  torn_ = false;
  return {};
}

Failure AppendFile::undo(std::string_view done, int error) {
  if (!done.empty() && !take_back(done.size())) torn_ = done.back() != '\n';
  return failure_of(error);
}

// Not if somebody else has written behind it.
bool AppendFile::take_back(std::size_t written) const {
  if (!regular_) return false;
  struct stat status{};
  auto const end = lseek(file_.get(), 0, SEEK_CUR);
  if (end < 0 || fstat(file_.get(), &status) < 0 || status.st_size != end) return false;
  auto const begin = end - static_cast<off_t>(written);
  return ftruncate(file_.get(), begin) == 0 && lseek(file_.get(), begin, SEEK_SET) == begin;
}

Result<void> AppendFile::write_or_hold(std::string_view line) {
  if (auto const flushed = flush(); !flushed) return flushed;
  if (held_.empty()) {
    auto const count = try_write(line);
    if (count < 0 && errno != EAGAIN) return failure_of(errno);
    if (count > 0) line.remove_prefix(static_cast<std::size_t>(count));
    // The rest of what has begun is held in any case.
    if (count > 0) return held_ = line, Result<void>();
  }
  if (held_.size() + line.size() > most_held_) return failure_of(EAGAIN);
  held_ += line;
  return {};
}

// What cannot be written to any more is dropped, and so is what was held for it.
Result<void> AppendFile::flush() {
  if (held_.empty()) return {};
  auto const count = try_write(held_);
  if (count >= 0) {
    held_.erase(0, static_cast<std::size_t>(count));
  } else if (errno != EAGAIN) {
    auto const error = errno;
    drop_held();
    return failure_of(error);
  }
  return {};
}

bool AppendFile::in_place(std::string const& path) const {
  struct stat named{};
  struct stat opened{};
  return stat(path.c_str(), &named) == 0 && fstat(file_.get(), &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

Result<void> AppendFile::sync() const {
  if (fdatasync(file_.get()) == 0 || errno == EINVAL || errno == EROFS) return {};
  return failure_of(errno);
}

}  // namespace twx
