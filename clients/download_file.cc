#include "clients/download_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "reactor/open_file.h"

namespace twx {
namespace {

constexpr int most_names = 1000;

}  // namespace

DownloadFile::DownloadFile(std::string path, Mode mode) : path_(std::move(path)) {
  mode == Mode::replace ? open_beside() : open_in_place(mode == Mode::append ? O_APPEND : O_TRUNC);
}

DownloadFile::~DownloadFile() {
  if (!part_.empty()) unlink(part_.c_str());
}

void DownloadFile::open_in_place(int how) {
  file_ = Descriptor(open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666));
  if (!file_) failed();
}

// With the rights of the file that it will replace.
void DownloadFile::open_beside() {
  struct stat before{};
  auto const replaces = stat(path_.c_str(), &before) == 0;
  for (int number = 1; !file_ && number <= most_names; ++number) {
    auto name = path_ + '.' + std::to_string(number) + ".part";
    file_ = Descriptor(open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file_) part_ = std::move(name);
    if (!file_ && errno != EEXIST) break;
  }
  if (!file_) failed();
  if (replaces && fchmod(file_.get(), before.st_mode & 07777) < 0) {
    unlink(part_.c_str());
    failed();
  }
}

void DownloadFile::data_received(Bytes data) {
  if (!write_whole(file_.get(), text(data))) failed();
}

void DownloadFile::keep() {
  if (close(file_.release()) < 0) failed();
  if (part_.empty()) return;
  if (std::rename(part_.c_str(), path_.c_str()) < 0) failed();
  part_.clear();
}

void DownloadFile::failed() const {
  throw FailureException(
      Failure::with_message(Error::cannot_write, path_ + ": " + Failure::from_errno().message()));
}

std::uint64_t file_size(std::string const& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) < 0 || !S_ISREG(found.st_mode)) return 0;
  return static_cast<std::uint64_t>(found.st_size);
}

bool is_replaceable(std::string const& path) {
  struct stat found{};
  return lstat(path.c_str(), &found) < 0 || S_ISREG(found.st_mode);
}

}  // namespace twx
