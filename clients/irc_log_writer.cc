#include "clients/irc_log_writer.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace twx {
namespace {

constexpr auto sync_interval = std::chrono::seconds(1);
constexpr auto flush_interval = std::chrono::milliseconds(50);
// Peers can make up names of channels; beyond this all are forgotten.
constexpr std::size_t most_places = 4096;

IrcLogEvent note_of(std::uint64_t lost, IrcLogEvent const& event) {
  return {.kind = IrcLogKind::lost_lines,
          .time = event.time,
          .network = event.network,
          .channel = event.channel,
          .count = lost};
}

}  // namespace

struct IrcLogWriter::Log {
  Log(std::string path, std::size_t fixed) : file(std::move(path), fixed) {}

  IrcLogFile file;
  std::size_t places = 0;  // that lead here
  std::uint64_t lost = 0;  // lines, since the last that was written
  std::uint64_t used = 0;  // the turn of its last line
  bool begun = false;      // it has a line of this run
  IrcLogStamp last;        // of the last line
};

IrcLogWriter::IrcLogWriter(Clock& clock, IrcLogSettings settings)
    : clock_(clock),
      settings_(std::move(settings)),
      format_(irc_log_format(settings_.form, settings_.style)),
      stamps_(settings_.time) {}

IrcLogWriter::~IrcLogWriter() = default;

Result<void> IrcLogWriter::open() {
  auto const& path = settings_.path;
  if (path.fixed()) return log_at(path.expand({}, {}, {})).file.open();
  auto const whole = path.expand({}, {}, {});
  auto const folder = path.fixed_folders() == 0 ? "." : whole.substr(0, path.fixed_folders());
  if (access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return Failure({errno, std::system_category()}, folder);
}

// Which file: the places of channels are remembered until the date changes the path.

std::int64_t IrcLogWriter::period_of(IrcLogStamp const& stamp) const {
  switch (settings_.path.unit()) {
    case IrcLogTemplate::Unit::none: return 0;
    case IrcLogTemplate::Unit::day: return stamp.date.tm_year * 366 + stamp.date.tm_yday;
    case IrcLogTemplate::Unit::second: break;
  }
  return std::chrono::floor<std::chrono::seconds>(stamp.time).time_since_epoch().count();
}

IrcLogWriter::Place& IrcLogWriter::place_of(std::string_view network, std::string_view key) {
  key_.clear();
  if (settings_.path.has_network()) key_ += network;
  key_ += '\0';
  if (settings_.path.has_channel()) key_ += key;
  return places_[key_];
}

IrcLogWriter::Log& IrcLogWriter::log_of(std::string_view network, std::string_view key,
                                        IrcLogStamp const& stamp) {
  if (places_.size() > most_places) forget_all(stamp);
  auto& place = place_of(network, key);
  auto const period = period_of(stamp);
  if (place.log && place.period == period) return *place.log;
  auto& log = log_at(settings_.path.expand(network, key, stamp.date));
  ++log.places;
  place.period = period;
  if (auto* const old = std::exchange(place.log, &log)) leave(*old, stamp);
  return log;
}

IrcLogWriter::Log& IrcLogWriter::log_at(std::string const& path) {
  if (auto const known = logs_.find(path); known != logs_.end()) return *known->second;
  auto const fixed = settings_.path.fixed() ? path.npos : settings_.path.fixed_folders();
  return *logs_.emplace(path, std::make_unique<Log>(path, fixed)).first->second;
}

void IrcLogWriter::leave(Log& log, IrcLogStamp const& stamp) {
  if (--log.places > 0) return;
  end(log, stamp);
  logs_.erase(logs_.find(log.file.path()));
}

void IrcLogWriter::forget_all(IrcLogStamp const& stamp) {
  for (auto& [path, log] : logs_) end(*log, stamp);
  places_.clear();
  logs_.clear();
}

void IrcLogWriter::write(IrcLogEvent const& event) {
  try {
    auto const& stamp = stamps_.of(event);
    auto const key = event.channel_key.empty() ? event.channel : event.channel_key;
    put(log_of(event.network, key, stamp), event, stamp);
  } catch (...) {
    trouble_.lost(clock_.now(), Failure::from_current_exception());
  }
}

void IrcLogWriter::write(IrcLogEvent const& event, std::span<Channel const> channels, bool each) {
  auto const tells_channel =
      settings_.form == IrcLogForm::jsonl || settings_.style.label != IrcLogLabel::none;
  auto const apart = each && tells_channel && !channels.empty();
  if (!settings_.path.has_channel() && !apart) return write(event);
  auto one = event;
  for (auto const& channel : channels) {
    one.channel = channel.name;
    one.channel_key = channel.key;
    write(one);
  }
}

// One line into one file.

void IrcLogWriter::put(Log& log, IrcLogEvent const& event, IrcLogStamp const& stamp) {
  try {
    auto done = prepare(log);
    if (done && log.lost > 0) done = put_note(log, event, stamp);
    if (done) done = put_line(log, event, stamp);
    if (!done) return lose(log, done.failure());
    ++written_;
  } catch (...) {
    lose(log, Failure::from_current_exception());
  }
}

Result<void> IrcLogWriter::prepare(Log& log) {
  if (!log.file.is_open()) make_room();
  log.used = ++turn_;
  auto const now = clock_.now();
  auto const prepared = log.file.prepare(now);
  if (auto const dropped = log.file.take_dropped(); dropped > 0) lose(log, gone(log), dropped);
  if (prepared) {
    if (*prepared) log.begun = false;
  } else if (log.file.is_open()) {
    trouble_.tell(now, "the old log file stays", prepared.failure());
  } else {
    return prepared.failure();
  }
  return {};
}

void IrcLogWriter::make_room() {
  std::size_t open = 0;
  Log* oldest = nullptr;
  for (auto& [path, log] : logs_) {
    if (!log->file.is_open()) continue;
    ++open;
    if (!oldest || log->used < oldest->used) oldest = log.get();
  }
  if (open >= settings_.most_open && oldest) close(*oldest);
}

Result<void> IrcLogWriter::put_line(Log& log, IrcLogEvent const& event, IrcLogStamp const& stamp) {
  line_.clear();
  if (!log.begun)
    format_->append_opened(line_, stamp);
  else if (!log.last.same_day(stamp))
    format_->append_day_changed(line_, stamp);
  format_->append(line_, event, stamp);
  return write_line(log, stamp);
}

Result<void> IrcLogWriter::put_note(Log& log, IrcLogEvent const& event, IrcLogStamp const& stamp) {
  auto put = put_line(log, note_of(log.lost, event), stamp);
  if (!put) return put;
  log.lost = 0;
  if (--failing_ == 0) trouble_.over();
  return put;
}

Result<void> IrcLogWriter::write_line(Log& log, IrcLogStamp const& stamp) {
  if (auto written = log.file.write(line_); !written) return written;
  log.begun = true;
  log.last = stamp;
  if (settings_.sync != IrcLogSync::none) sync(log);
  if (log.file.held() > 0) wait_for_reader();
  return {};
}

void IrcLogWriter::lose(Log& log, Failure const& failure, std::uint64_t lines) {
  if (failure.code() == std::errc::broken_pipe && log.file.is_standard_output())
    reader_gone_ = true;
  lines += log.file.take_dropped();
  if (log.lost == 0) ++failing_;
  log.lost += lines;
  // A reader that went away has seen what it wanted.
  if (!reader_gone_) trouble_.lost(clock_.now(), failure, lines);
}

// Lines that were held for a reader when the file was closed.
Failure IrcLogWriter::gone(Log const& log) {
  return {{EPIPE, std::system_category()}, log.file.path()};
}

// What is done now and then.

void IrcLogWriter::sync(Log& log) {
  if (settings_.sync == IrcLogSync::interval) {
    if (!sync_.active()) sync_ = clock_.call_later(sync_interval, [this] { sync_all(); });
    return;
  }
  if (auto const synced = log.file.sync(); !synced)
    trouble_.tell(clock_.now(), "the log may not be on the disk", synced.failure());
}

void IrcLogWriter::sync_all() {
  for (auto& [path, log] : logs_) {
    if (auto const synced = log->file.sync(); !synced)
      trouble_.tell(clock_.now(), "the log may not be on the disk", synced.failure());
  }
}

void IrcLogWriter::wait_for_reader() {
  if (!flush_.active()) flush_ = clock_.call_later(flush_interval, [this] { flush_held(); });
}

void IrcLogWriter::flush_held() {
  for (auto& [path, log] : logs_) {
    if (log->file.held() == 0) continue;
    auto const flushed = log->file.flush();
    if (!flushed) lose(*log, flushed.failure(), 0);
    if (log->file.held() > 0) wait_for_reader();
  }
}

void IrcLogWriter::reopen() {
  for (auto& [path, log] : logs_) {
    if (!log->file.is_open() || log->file.is_standard_output()) continue;
    if (settings_.path.unit() != IrcLogTemplate::Unit::none) {
      close(*log);
    } else if (auto const opened = log->file.open(); !opened) {
      trouble_.tell(clock_.now(), "the old log file stays", opened.failure());
    } else if (log->file.began_empty()) {
      log->begun = false;
    }
  }
}

// The end.

void IrcLogWriter::close(std::chrono::system_clock::time_point now) {
  forget_all(stamps_.at(now));
  sync_ = {};
  flush_ = {};
  trouble_.finish();
}

void IrcLogWriter::end(Log& log, IrcLogStamp const& stamp) {
  if (auto const said = reader_gone_ ? Result<void>() : say_end(log, stamp); !said)
    trouble_.tell(clock_.now(), "the log has no end", said.failure());
  close(log);
  if (log.lost > 0) --failing_;
}

// Closed files are opened once more only if there is something to say.
Result<void> IrcLogWriter::say_end(Log& log, IrcLogStamp const& stamp) {
  std::string closing;
  if (log.begun) format_->append_closed(closing, stamp);
  if (closing.empty() && log.lost == 0) return {};
  auto done = prepare(log);
  if (done && log.lost > 0) done = put_note(log, {.time = stamp.time}, stamp);
  if (!done || !log.begun) return done;  // not in a file that has only just begun
  line_ = closing;
  return write_line(log, stamp);
}

std::size_t IrcLogWriter::held() const {
  std::size_t bytes = 0;
  for (auto const& [path, log] : logs_) bytes += log->file.held();
  return bytes;
}

void IrcLogWriter::close(Log& log) {
  if (settings_.sync != IrcLogSync::none) {
    if (auto const synced = log.file.sync(); !synced)
      trouble_.tell(clock_.now(), "the log may not be on the disk", synced.failure());
  }
  log.file.close();
  if (auto const dropped = log.file.take_dropped(); dropped > 0) lose(log, gone(log), dropped);
}

}  // namespace twx
