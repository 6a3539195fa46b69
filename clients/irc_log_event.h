// What a log of IRC says: one event, one line.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace twx {

// What each kind uses of IrcLogEvent stands behind it; the rest is ignored, except in JSON Lines,
// where whatever is not empty is told.
enum class IrcLogKind {
  connected,
  disconnected,  // text: why
  joined,        // the logger itself: channel, nick, user_host
  left,          // the logger itself: channel, nick, user_host, text: why
  message,       // nick, text
  action,        // nick, text
  notice,        // nick, text
  user_joined,   // nick, user_host, account
  user_left,     // nick, user_host, text: why
  user_quit,     // nick, user_host, text: why
  user_kicked,   // nick: who did it, target: who was kicked, text: why
  nick_changed,  // nick: the old one, target: the new one
  mode,          // nick, text: as in "+o-v alice bob"
  topic,         // nick, text: the new one
  gap,           // duration: of what is missing before this line, text: why
  netsplit,      // target: the two servers, "a b", text: the nicks, or some; count: of all
  netjoin,       // likewise
  lost_lines,    // count: lines that could not be written before this one
  note,          // text: whatever else a reader of the log must know
};

// Nothing is owned. Texts are as the server sent them: what writes them makes them plain and valid.
struct IrcLogEvent {
  using Time = std::chrono::system_clock::time_point;

  IrcLogKind kind = IrcLogKind::note;
  Time time = {};                        // when it came, by this host's clock
  std::optional<Time> server_time = {};  // of the tag `time`, if there is one
  bool history = false;                  // replayed: its line bears server_time whatever is set
  std::string_view network = {};         // its name; what the lines of several are told apart by
  std::string_view channel = {};         // as it is shown; empty for what concerns them all
  std::string_view channel_key = {};     // folded by the network's case mapping: names the file
  std::string_view nick = {};
  std::string_view prefix = {};     // of the nick in this channel: "@", "+", or empty
  std::string_view user_host = {};  // user@host
  std::string_view account = {};    // services account, if it is known
  std::string_view target = {};
  std::string_view text = {};
  std::chrono::seconds duration{};
  std::uint64_t count = 0;
  std::string_view tags = {};  // as they stand in the line, without "@": IrcTags::text()
};

}  // namespace twx
