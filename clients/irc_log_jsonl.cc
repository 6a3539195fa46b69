// --format jsonl: docs/irc-log-format.md.
#include <algorithm>
#include <array>
#include <vector>

#include "clients/irc_log_forms.h"
#include "protocols/irc_message.h"
#include "protocols/irc_server_time.h"
#include "reactor/utc_text.h"

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
  // Lines come in bursts: the last text is kept.
  void append_time(std::string& line, IrcLogEvent::Time time) {
    auto const shown = std::chrono::floor<std::chrono::milliseconds>(time);
    if (shown != time_ || time_text_.empty()) time_text_ = utc_text(time_ = shown);
    line.append("\"").append(time_text_) += '"';
  }
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
  IrcTime time_{};
  std::string time_text_;     // of time_
  std::vector<IrcTag> tags_;  // kept for their memory, as is
  std::string value_;         // this
};

}  // namespace

std::unique_ptr<IrcLogFormat> irc_log_jsonl(IrcLogStyle style) {
  return std::make_unique<JsonLog>(style);
}

}  // namespace twx
