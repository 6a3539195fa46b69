#include "clients/irc_log_stamp.h"

#include <string_view>

namespace twx {
namespace {

void append_number(std::string& line, int number, int digits) {
  char text[12];
  auto* const end = text + sizeof text;
  auto* begin = end;
  for (; number > 0 || digits > 0; number /= 10, --digits)
    *--begin = static_cast<char>('0' + number % 10);
  line.append(begin, end);
}

void append_name(std::string& line, std::string_view names, int index) {
  line.append(names.substr(static_cast<std::size_t>(index) * 3, 3)) += ' ';
}

void append_day_and_month(std::string& line, std::tm const& date) {
  append_name(line, "SunMonTueWedThuFriSat", date.tm_wday);
  append_name(line, "JanFebMarAprMayJunJulAugSepOctNovDec", date.tm_mon);
}

}  // namespace

void IrcLogStamp::append_clock(std::string& line) const {
  append_number(line, date.tm_hour, 2);
  line += ':';
  append_number(line, date.tm_min, 2);
  line += ':';
  append_number(line, date.tm_sec, 2);
}

void IrcLogStamp::append_asctime(std::string& line) const {
  append_day_and_month(line, date);
  if (date.tm_mday < 10) line += ' ';
  append_number(line, date.tm_mday, 1);
  line += ' ';
  append_clock(line);
  line += ' ';
  append_number(line, date.tm_year + 1900, 4);
}

void IrcLogStamp::append_day(std::string& line) const {
  append_day_and_month(line, date);
  append_number(line, date.tm_mday, 2);
  line += ' ';
  append_number(line, date.tm_year + 1900, 4);
}

void IrcLogStamp::append_date(std::string& line) const {
  append_number(line, date.tm_year + 1900, 4);
  line += '-';
  append_number(line, date.tm_mon + 1, 2);
  line += '-';
  append_number(line, date.tm_mday, 2);
}

bool IrcLogStamp::same_day(IrcLogStamp const& other) const {
  return date.tm_yday == other.date.tm_yday && date.tm_year == other.date.tm_year;
}

IrcLogStamps::IrcLogStamps(IrcLogTime time) : time_(time) { tzset(); }

IrcLogStamp const& IrcLogStamps::of(IrcLogEvent const& event) {
  if (event.server_time && (time_ == IrcLogTime::server || event.history))
    return at(*event.server_time, true);
  return at(event.time);
}

IrcLogStamp const& IrcLogStamps::at(std::chrono::system_clock::time_point time, bool of_server) {
  auto const second = std::chrono::floor<std::chrono::seconds>(time);
  auto const past = second - minute_;
  if (known_ && past.count() >= 0 && past.count() < 60)
    last_.date.tm_sec = static_cast<int>(past.count());
  else
    look_up(second);
  last_.time = time;
  last_.of_server = of_server;
  return last_;
}

// A time that the calendar does not know, such as one billions of years ahead, is 1970.
void IrcLogStamps::look_up(std::chrono::sys_seconds second) {
  std::time_t const epoch = 0;
  auto const count = static_cast<std::time_t>(second.time_since_epoch().count());
  auto* const known =
      time_ == IrcLogTime::utc ? gmtime_r(&count, &last_.date) : localtime_r(&count, &last_.date);
  if (!known) gmtime_r(&epoch, &last_.date);
  minute_ = second - std::chrono::seconds(last_.date.tm_sec);
  known_ = true;
}

}  // namespace twx
