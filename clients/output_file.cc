#include "clients/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "reactor/log.h"

namespace twx {
namespace {

constexpr int most_numbers = 100;  // of no_clobber, as curl has it

bool is_folder(std::string const& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_fifo(std::string const& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

bool is_plain(struct stat const& status) {
  return S_ISREG(status.st_mode) ||
         (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));  // /dev/null
}

Failure failed(std::string const& path, int error) {
  return Failure::with_message(
      Error::cannot_write,
      path + ": " + Failure(std::error_code(error, std::system_category())).message());
}

}  // namespace

bool is_plain_file(int descriptor) {
  struct stat status{};
  return fstat(descriptor, &status) == 0 && is_plain(status);
}

Failure OutputFile::failure(int error) const { return failed(plan_.path, error); }

Result<void> OutputFile::make_folders() const {
  auto const& path = plan_.path;
  for (auto slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1)) {
    auto const folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), 0750) == 0) continue;
    auto const error = errno;
    if (!is_folder(folder)) return failed(folder, error);
  }
  return {};
}

bool OutputFile::try_open(int flags) {
  constexpr int always = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  int file = -1;
  do {
    file = ::open(plan_.path.c_str(), always | flags, 0666);
  } while (file < 0 && errno == EINTR);
  file_ = Descriptor(file);
  if (!file_) return false;
  created_ = (flags & O_EXCL) != 0;
  return true;
}

bool OutputFile::open_numbered() {
  auto const path = plan_.path;
  for (int number = 1; errno == EEXIST && number <= most_numbers; ++number) {
    plan_.path = path + "." + std::to_string(number);
    if (try_open(O_EXCL)) return true;
  }
  return false;
}

Result<bool> OutputFile::open() {
  if (file_) return true;
  if (plan_.create_dirs)
    if (auto const made = make_folders(); !made) return made.failure();
  auto open = try_open(O_EXCL);
  if (!open && errno == EEXIST) {
    if (plan_.how == OutputPlan::How::truncate) open = try_open(O_TRUNC);
    if (plan_.how == OutputPlan::How::append) open = try_open(0);
    if (plan_.how == OutputPlan::How::no_clobber) open = open_numbered();
  }
  auto const error = errno;
  if (!open && error == ENXIO && is_fifo(plan_.path)) return false;
  if (!open) return failure(error);
  if (auto const right = opened(); !right) return right.failure();
  return true;
}

Result<void> OutputFile::opened() {
  struct stat status{};
  if (fstat(file_.get(), &status) < 0) return failure(errno);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  plain_ = is_plain(status);
  terminal_ = isatty(file_.get()) == 1;
  if (plan_.how != OutputPlan::How::append || !S_ISREG(status.st_mode)) return {};
  if (plan_.size && static_cast<std::uint64_t>(status.st_size) != *plan_.size)
    return Failure::with_message(Error::cannot_write, plan_.path + ": its size has changed");
  begin_ = lseek(file_.get(), 0, SEEK_END);
  return begin_ < 0 ? failure(errno) : Result<void>();
}

bool OutputFile::restart() {
  return plain() >= 0 && lseek(file_.get(), begin_, SEEK_SET) == begin_ &&
         (ftruncate(file_.get(), begin_) == 0 || errno == EINVAL);  // /dev/null
}

Result<std::size_t> OutputFile::write(Bytes data) {
  std::size_t taken = 0;
  while (taken < data.size()) {
    auto const count = ::write(file_.get(), data.data() + taken, data.size() - taken);
    if (count >= 0)
      taken += static_cast<std::size_t>(count);
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      break;
    else if (errno != EINTR)
      return failure(errno);
  }
  return taken;
}

Result<void> OutputFile::close(std::optional<std::chrono::sys_seconds> modified) {
  if (!file_) return {};
  if (modified && plain_) {
    timespec const time{modified->time_since_epoch().count(), 0};
    timespec const both[] = {time, time};
    if (futimens(file_.get(), both) < 0)  // worth a word, and no more
      log(Level::warning,
          plan_.path + ": its time could not be set: " + Failure::from_errno().message());
  }
  return ::close(file_.release()) < 0 ? failure(errno) : Result<void>();
}

void OutputFile::discard() {
  if (!plan_.remove_on_error || !created_) return;
  struct stat now{};
  auto const ours = lstat(plan_.path.c_str(), &now) == 0 && now.st_dev == device_ &&
                    now.st_ino == inode_ && S_ISREG(now.st_mode);
  if (ours && unlink(plan_.path.c_str()) < 0)
    log(Level::warning, plan_.path + ": could not be removed: " + Failure::from_errno().message());
  created_ = false;
}

}  // namespace twx
