// Public. IrcSupport: what the server says about itself in RPL_ISUPPORT, 005
// (draft-hardy-irc-isupport).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "protocols/irc_case_mapping.h"
#include "protocols/irc_message.h"

namespace twx {

// How a mode of a channel takes a parameter.
enum class IrcModeKind : std::uint8_t {
  list,      // type A: adds to a list or takes away; without a parameter it asks for the list
  always,    // type B: with a parameter, set or not
  when_set,  // type C: with a parameter where it is set
  flag,      // type D: never one; modes of users too
  status,    // of a member, in PREFIX: always with a nick
  unknown,   // in none of the server's lists; taken as without a parameter
};

// Before the first 005, and for what it leaves out, the values are what the draft or RFC 2812 says.
class IrcSupport {
 public:
  // Takes a 005: each token but the last parameter, which is text. "-TOKEN" takes one back. At most
  // 512 tokens are kept.
  void take(IrcMessage const& reply);
  // "NAME", "NAME=VALUE" with \xHH in the value, "-NAME".
  void take_token(std::string_view token);
  // As before the first 005.
  void clear();

  // The value, empty where it has none; nothing if the server did not name it. Names are in
  // capitals. Valid until the next change.
  std::optional<std::string_view> value(std::string_view name) const;
  bool has(std::string_view name) const { return value(name).has_value(); }
  // All of them, in the order of their names.
  std::map<std::string, std::string, std::less<>> const& tokens() const { return tokens_; }

  IrcCaseMapping case_mapping() const { return case_mapping_; }
  // The two are one name. Case counts as the server says.
  bool same(std::string_view one, std::string_view other) const {
    return irc_equal(case_mapping_, one, other);
  }
  // Letters, the highest first: "ov", and their signs: "@+". Of equal length.
  std::string_view prefix_modes() const { return prefix_modes_; }
  std::string_view prefix_signs() const { return prefix_signs_; }
  // "#&", say. Empty: there are no channels.
  std::string_view channel_types() const { return channel_types_; }
  bool is_channel(std::string_view target) const {
    return !target.empty() && channel_types_.find(target.front()) != std::string::npos;
  }
  // `target` without the signs of STATUSMSG: "#c" for "@#c".
  std::string_view without_status(std::string_view target) const;
  IrcModeKind mode_kind(char mode) const;

  std::string_view network() const { return value("NETWORK").value_or(""); }
  // Bytes; nothing where the server names no limit.
  std::optional<std::size_t> nick_length() const { return number("NICKLEN"); }
  std::optional<std::size_t> topic_length() const { return number("TOPICLEN"); }
  std::optional<std::size_t> user_length() const { return number("USERLEN"); }
  std::optional<std::size_t> host_length() const { return number("HOSTLEN"); }
  // Of a line with its end, without tags: 512, or LINELEN.
  std::size_t line_length() const;
  // Of the kinds that take a parameter, in one MODE: 3, or MODES; nothing: any number.
  std::optional<std::size_t> modes() const;
  // For `command`, in capitals; nothing: any number, or the server does not say.
  std::optional<std::size_t> target_max(std::string_view command) const;
  // The mode that marks bots (IRCv3 bot-mode).
  std::optional<char> bot_mode() const;
  // IRCv3 chathistory: the most messages that one request gets; 0: any number. Nothing if there is
  // no history.
  std::optional<std::size_t> chat_history() const { return number("CHATHISTORY"); }
  // What its requests may name: "timestamp", "msgid"; in the server's order, with commas.
  std::string_view message_reference_types() const { return value("MSGREFTYPES").value_or(""); }
  // WHOX is there.
  bool whox() const { return has("WHOX"); }

 private:
  std::optional<std::size_t> number(std::string_view name) const;
  void take_effect(std::string_view name);
  void read_prefix();

  std::map<std::string, std::string, std::less<>> tokens_;
  IrcCaseMapping case_mapping_ = IrcCaseMapping::rfc1459;
  std::string prefix_modes_ = "ov";
  std::string prefix_signs_ = "@+";
  std::string channel_types_ = "#&";
};

}  // namespace twx
