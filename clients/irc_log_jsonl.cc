// --format jsonl: docs/irc-log-format.md.
#include <algorithm>
#include <array>
#include <vector>

#include "clients/irc_log_forms.h"
#include "protocols/irc_message.h"

namespace twx {
namespace {

std::string_view name_of(IrcLogKind kind) {
  constexpr std::array<std::string_view, 19> names{
      "connected", "disconnected", "joined",  "left",       "message", "action", "notice",
      "join",      "part",         "quit",    "kick",       "nick",    "mode",   "topic",
      "gap",       "netsplit",     "netjoin", "lost_lines", "note"};
  static_assert(static_cast<std::size_t>(IrcLogKind::note) + 1 == names.size());
  return names[static_cast<std::size_t>(kind)];
}

bool to_escape(char c) { return c == '"' || c == '\\'; }

// What stands from `begin` on is printable UTF-8, so only two characters are left to be escaped.
void escape_from(std::string& line, std::size_t begin) {
  std::size_t count = 0;
  for (auto const c : std::string_view(line).substr(begin)) count += to_escape(c) ? 1 : 0;
  if (count == 0) return;
  auto from = line.size();
  line.resize(from + count);
  for (auto to = line.size(); to > from;) {
    line[--to] = line[--from];
    if (to_escape(line[to])) line[--to] = '\\';
  }
}

void append_digits(std::string& line, unsigned number, std::size_t digits) {
  auto const end = line.size() + digits;
  line.append(digits, '0');
  for (auto at = end; number > 0 && digits > 0; number /= 10, --digits)
    line[--at] = static_cast<char>('0' + number % 10);
}

// RFC 3339, in UTC.
void append_time(std::string& line, std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  auto const day = floor<days>(time);
  year_month_day const date(day);
  auto const of_day = static_cast<unsigned>(floor<milliseconds>(time - day).count());
  auto const part = [&](char before, unsigned number, std::size_t digits) {
    line += before;
    append_digits(line, number, digits);
  };
  part('"', static_cast<unsigned>(static_cast<int>(date.year())), 4);
  part('-', static_cast<unsigned>(date.month()), 2);
  part('-', static_cast<unsigned>(date.day()), 2);
  part('T', of_day / 3600000, 2);
  part(':', of_day / 60000 % 60, 2);
  part(':', of_day / 1000 % 60, 2);
  part('.', of_day % 1000, 3);
  line += "Z\"";
}

class JsonLog final : public IrcLogFormat {
 public:
  explicit JsonLog(IrcLogStyle style) : style_(style) {}

  void append(std::string& line, IrcLogEvent const& event, IrcLogStamp const& stamp) override {
    line += "{\"time\":";
    append_time(line, stamp.time);
    if (stamp.of_server) append_time(line += ",\"received\":", event.time);
    line.append(",\"event\":\"").append(name_of(event.kind)) += '"';
    member(line, "network", event.network);
    member(line, "channel", event.channel);
    member(line, "nick", event.nick);
    member(line, "prefix", event.prefix);
    member(line, "user_host", event.user_host);
    member(line, "account", event.account);
    member(line, "target", event.target);
    append_text(line, event);
    append_numbers(line, event);
    append_tags(line, event.tags);
    line += "}\n";
  }

 private:
  template <class Append>
  static void append_quoted(std::string& line, Append append) {
    line += '"';
    auto const begin = line.size();
    append();
    escape_from(line, begin);
    line += '"';
  }
  void append_string(std::string& line, std::string_view text) const {
    append_quoted(line, [&] { printable_plain_text(line, text, style_.encoding); });
  }
  // Of a tag, nothing is formatting.
  void append_whole(std::string& line, std::string_view text) const {
    append_quoted(line, [&] { printable_utf8(line, text, style_.encoding); });
  }
  void member(std::string& line, std::string_view name, std::string_view text) const {
    if (text.empty()) return;
    line.append(",\"").append(name).append("\":");
    append_string(line, text);
  }
  // Who reads messages need not ask whether there is one.
  void append_text(std::string& line, IrcLogEvent const& event) const {
    auto const said = event.kind == IrcLogKind::message || event.kind == IrcLogKind::action ||
                      event.kind == IrcLogKind::notice || event.kind == IrcLogKind::topic;
    if (said && event.text.empty())
      line += ",\"text\":\"\"";
    else
      member(line, "text", logged_text(event));
  }
  static void append_numbers(std::string& line, IrcLogEvent const& event) {
    if (event.kind == IrcLogKind::gap)
      line.append(",\"duration\":").append(std::to_string(event.duration.count()));
    if (event.count > 0) line.append(",\"count\":").append(std::to_string(event.count));
    if (event.history) line += ",\"history\":true";
  }
  // In the order of their names; of one that comes twice the last counts.
  void append_tags(std::string& line, std::string_view text) {
    if (text.empty()) return;
    tags_.clear();
    for (auto const& tag : IrcTags(text)) tags_.push_back(tag);
    std::sort(tags_.begin(), tags_.end(), [](IrcTag const& one, IrcTag const& other) {
      auto const order = one.name.compare(other.name);
      return order < 0 || (order == 0 && one.name.data() < other.name.data());
    });
    line += ",\"tags\":{";
    auto comma = "";
    for (std::size_t i = 0; i < tags_.size(); ++i) {
      if (i + 1 < tags_.size() && tags_[i].name == tags_[i + 1].name) continue;
      line += comma;
      append_tag(line, tags_[i]);
      comma = ",";
    }
    line += '}';
  }
  void append_tag(std::string& line, IrcTag const& tag) {
    append_whole(line, tag.name);
    line += ':';
    value_.clear();
    tag.append_value(value_);
    append_whole(line, value_);
  }

  IrcLogStyle const style_;
  std::vector<IrcTag> tags_;
  std::string value_;
};

}  // namespace

std::unique_ptr<IrcLogFormat> irc_log_jsonl(IrcLogStyle style) {
  return std::make_unique<JsonLog>(style);
}

}  // namespace twx
