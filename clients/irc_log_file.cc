#include "clients/irc_log_file.h"

#include <unistd.h>

#include <utility>

namespace twx {
namespace {

constexpr auto look_interval = std::chrono::seconds(1);
constexpr std::size_t most_held = 1024 * 1024;

}  // namespace

// Pipes fail in words that say little.
Failure IrcLogFile::with_path(Failure const& failure) const {
  auto const code = failure.code();
  if (code == std::errc::resource_unavailable_try_again)
    return Failure::with_message(code, path_ + ": its reader does not keep up");
  if (code == std::errc::no_such_device_or_address)
    return Failure::with_message(code, path_ + ": nobody reads it");
  return {code, path_};
}

Result<void> IrcLogFile::open() {
  auto const opened = is_standard_output() ? file_.open_shared(STDOUT_FILENO)
                                           : file_.open_at(path_, fixed_folders_);
  if (!opened) return with_path(opened.failure());
  file_.set_most_held(most_held);
  return {};
}

Result<bool> IrcLogFile::prepare(Time now) {
  auto const look = !is_open() || (!is_standard_output() && now - looked_ >= look_interval);
  if (!look) return false;
  looked_ = now;
  if (is_open() && (is_standard_output() || file_.in_place(path_))) return false;
  if (auto const opened = open(); !opened) return opened.failure();
  return file_.began_empty();
}

Result<void> IrcLogFile::write(std::string_view line) {
  if (auto const written = file_.write(line); !written) return with_path(written.failure());
  unsynced_ = true;
  return {};
}

Result<void> IrcLogFile::sync() {
  if (!std::exchange(unsynced_, false) || !is_open()) return {};
  if (auto const synced = file_.sync(); !synced) return with_path(synced.failure());
  return {};
}

Result<void> IrcLogFile::flush() {
  if (auto const flushed = file_.flush(); !flushed) return with_path(flushed.failure());
  return {};
}

std::uint64_t IrcLogFile::take_dropped() {
  return file_.dropped() - std::exchange(dropped_, file_.dropped());
}

}  // namespace twx
