#include "reactor/pid_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>

#include "reactor/log.h"
#include "reactor/open_file.h"

namespace twx {
namespace {

constexpr int most_races = 10;  // with others that replace the same file

Failure failure(int error, std::string const& path) {
  return {std::error_code(error, std::system_category()), "pid file " + path};
}

Failure in_the_way(std::string const& path, std::string const& why) {
  return Failure::with_message(std::make_error_code(std::errc::file_exists),
                               "pid file " + path + ": " + why);
}

// Under another name, for as long as it has no content.
class Draft {
 public:
  explicit Draft(std::string const& path) : path_(path + "." + std::to_string(getpid())) {}
  ~Draft() { unlink(path_.c_str()); }
  Draft(Draft const&) = delete;
  Draft& operator=(Draft const&) = delete;

  Result<Descriptor> write() const {
    unlink(path_.c_str());  // of an earlier process of this number
    Descriptor file(
        open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    auto const text = std::to_string(getpid()) + "\n";
    auto const size = static_cast<ssize_t>(text.size());
    if (!file || ::write(file.get(), text.data(), text.size()) != size)
      return failure(errno, path_);
    return file;
  }
  // False and EEXIST if there is anything of that name.
  bool publish(std::string const& path) const { return link(path_.c_str(), path.c_str()) == 0; }

 private:
  std::string path_;
};

// The process that an old file names; 0 for an empty one.
Result<int> process_in(int fd, std::string const& path) {
  if (!is_regular_file(fd)) return in_the_way(path, "is no regular file");
  char text[32];
  auto const size = read(fd, text, sizeof text);
  if (size < 0) return failure(errno, path);
  auto process = 0;
  auto const [end, error] = std::from_chars(text, text + size, process);
  auto const whole = error == std::errc() && process > 0 && (end == text + size || *end == '\n');
  if (size > 0 && !whole) return in_the_way(path, "holds something else");
  return process;
}

// This one cannot have written it: its number has come back.
bool lives(int process) {
  return process > 0 && process != getpid() && (kill(process, 0) == 0 || errno != ESRCH);
}

// Removes an old file whose process is gone; nothing happens if it went meanwhile.
Result<void> clear(std::string const& path) {
  Descriptor const old(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!old && errno == ENOENT) return {};
  if (!old) return failure(errno, path);
  auto const process = process_in(old.get(), path);
  if (!process) return process.failure();
  if (lives(*process))
    return in_the_way(path, "process " + std::to_string(*process) + " is running");
  // Whoever has locked it and still finds it there may remove it, nobody else.
  if (flock(old.get(), LOCK_EX | LOCK_NB) < 0) return in_the_way(path, "another process takes it");
  if (!names(path, old.get())) return {};
  if (unlink(path.c_str()) < 0) return failure(errno, path);
  log(Level::warning, "pid file " + path + " was left by a process that is gone");
  return {};
}

}  // namespace

Result<PidFile> PidFile::create(std::string path) {
  Draft const draft(path);
  auto file = draft.write();
  if (!file) return file.failure();
  for (int i = 0; i < most_races; ++i) {
    if (draft.publish(path)) return PidFile(std::move(path), std::move(*file));
    if (errno != EEXIST) return failure(errno, path);
    if (auto cleared = clear(path); !cleared) return cleared.failure();
  }
  return failure(EEXIST, path);
}

PidFile::PidFile(std::string path, Descriptor file)
    : path_(std::move(path)), file_(std::move(file)), process_(getpid()) {}

PidFile::~PidFile() {
  if (!file_ || process_ != getpid() || !names(path_, file_.get())) return;
  if (unlink(path_.c_str()) == 0) return;
  if (ftruncate(file_.get(), 0) < 0) log_failure("a pid file stays", Failure::from_errno());
}

}  // namespace twx
