#include "clients/cookie_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "reactor/descriptor.h"
#include "reactor/open_file.h"
#include "reactor/visible.h"

namespace twx {
namespace {

Failure failed(Error error, std::string const& path) {
  return Failure::with_message(error, path + ": " + Failure::from_errno().message());
}

// What `path` is in the end, so that a link stays one.
std::string real_path(std::string const& path) {
  std::unique_ptr<char, decltype(&std::free)> const real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? real.get() : path;
}

bool close_file(Descriptor& file) { return close(file.release()) == 0; }

// Where the old owner cannot be kept, nobody else may read the cookies.
bool take_over(Descriptor const& file, struct stat const& old) {
  auto mode = old.st_mode & 07777;
  struct stat now{};
  if (fstat(file.get(), &now) != 0) return false;
  auto const same = now.st_uid == old.st_uid && now.st_gid == old.st_gid;
  if (!same && fchown(file.get(), old.st_uid, old.st_gid) != 0) mode &= ~077U;
  return fchmod(file.get(), mode) == 0;
}

Result<void> write_there(std::string const& path, std::string_view text) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  std::string shown;
  if (file && isatty(file.get()) == 1) {
    VisibleText visible;
    shown = visible.feed(text);
    text = shown += visible.finish();
  }
  if (!file || !write_whole(file.get(), text) || !close_file(file))
    return failed(Error::cannot_write, path);
  return {};
}

Result<void> replace(std::string const& path, std::string_view text,
                     std::optional<struct stat> const& old) {
  auto fresh = path + ".XXXXXX";
  Descriptor file(mkostemp(fresh.data(), O_CLOEXEC));  // 0600
  if (!file) return failed(Error::cannot_write, path);
  if (write_whole(file.get(), text) && (!old || take_over(file, *old)) && fsync(file.get()) == 0 &&
      close_file(file) && rename(fresh.c_str(), path.c_str()) == 0)
    return {};
  auto failure = failed(Error::cannot_write, path);
  unlink(fresh.c_str());
  return failure;
}

}  // namespace

Result<std::string> read_cookie_file(std::string const& path) {
  Descriptor file(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::string();
  if (!file) return failed(Error::cannot_read, path);
  std::string all;
  char piece[16 * 1024];
  for (;;) {
    auto const count = ::read(file.get(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(Error::cannot_read, path);
    if (count == 0) return all;
    all.append(piece, static_cast<std::size_t>(count));
  }
}

Result<void> write_cookie_file(std::string const& path, std::string_view text) {
  auto const there = real_path(path);
  struct stat old{};
  if (stat(there.c_str(), &old) != 0) {
    if (errno != ENOENT) return failed(Error::cannot_write, path);
    return replace(there, text, std::nullopt);
  }
  return S_ISREG(old.st_mode) ? replace(there, text, old) : write_there(there, text);
}

}  // namespace twx
