// Public. IrcMessage: one line of IRC, taken apart where it lies (RFC 1459 and 2812, section 2.3;
// IRCv3 message-tags). irc_line: one put together.
//
//   if (auto const message = IrcMessage::parse(line); message && message->is("PRIVMSG"))
//     heard(message->source().nick, message->parameter(1), message->tags().value("msgid"));
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocols/irc_error.h"
#include "reactor/failure.h"

namespace twx {

// Of what is received; bytes.
struct IrcLimits {
  static constexpr std::size_t tags = 8191;  // with the "@" and the space behind them
  static constexpr std::size_t body = 4096;  // the rest without its end: 510 by the RFC, but
                                             // servers differ (LINELEN)
  static constexpr std::size_t line = tags + body;
  static constexpr std::size_t parameters = 15;  // the last one takes all that is left
};

// "nick!user@host", "nick" or "server.name"; what is not there is empty.
struct IrcSource {
  std::string_view nick;  // or the server's name
  std::string_view user = {};
  std::string_view host = {};

  // Views of `source`, which has no colon in front.
  static IrcSource split(std::string_view source);
};

// One tag as it stands in the line.
struct IrcTag {
  std::string_view name;        // with "+" and vendor: "+example.org/key"
  std::string_view value = {};  // still escaped; empty where there is none

  // Appends the value with its escapes undone; any byte may be in it, CR and LF too.
  void append_value(std::string& out) const;
};

// The tags of a message, looked through each time: there is no table.
class IrcTags {
 public:
  class Iterator;

  IrcTags() = default;
  explicit IrcTags(std::string_view text) : text_(text) {}  // without "@"

  bool empty() const { return text_.empty(); }
  std::string_view text() const { return text_; }
  // The value, still escaped; of several of that name the last counts.
  std::optional<std::string_view> find(std::string_view name) const;
  // With its escapes undone; empty if there is none.
  std::string value(std::string_view name) const;
  // In their order, names that come twice too. Those without a name are left out.
  Iterator begin() const;
  Iterator end() const;

 private:
  std::string_view text_;
};

// From one tag to the next.
class IrcTags::Iterator {
 public:
  // Begins with the first tag in `rest`.
  explicit Iterator(std::string_view rest) : rest_(rest) { step(); }
  IrcTag const& operator*() const { return tag_; }
  IrcTag const* operator->() const { return &tag_; }
  Iterator& operator++() {
    step();
    return *this;
  }
  bool operator==(Iterator const& other) const {
    return tag_.name.data() == other.tag_.name.data();
  }

 private:
  void step();
  std::string_view rest_;
  IrcTag tag_{};
};

inline IrcTags::Iterator IrcTags::begin() const { return Iterator(text_); }
inline IrcTags::Iterator IrcTags::end() const { return Iterator({}); }

// Views of the line: valid as long as that is. Takes no memory of its own.
class IrcMessage {
 public:
  // `line` with its end or without. Nothing if there is no command in it or a limit is passed.
  static std::optional<IrcMessage> parse(std::string_view line);

  IrcTags tags() const { return tags_; }
  // Without ":"; empty if there is none.
  std::string_view source_text() const { return source_; }
  IrcSource source() const { return IrcSource::split(source_); }
  // As it was sent; servers send capitals.
  std::string_view command() const { return command_; }
  bool is(std::string_view command) const { return command_ == command; }
  // 1 to 999 for the three digits of a reply, 0 for other commands.
  int number() const { return number_; }
  std::span<std::string_view const> parameters() const { return {parameters_.data(), count_}; }
  // Counted from 0; empty where there are not so many.
  std::string_view parameter(std::size_t index) const {
    return index < count_ ? parameters_[index] : std::string_view();
  }
  // The last one; empty if there is none.
  std::string_view trailing() const { return count_ > 0 ? parameters_[count_ - 1] : ""; }
  // All of it, tags included, without its end.
  std::string_view line() const { return line_; }

 private:
  bool read(std::string_view line);
  void read_parameters(std::string_view rest);

  std::string_view line_;
  IrcTags tags_;
  std::string_view source_;
  std::string_view command_;
  int number_ = 0;
  std::size_t count_ = 0;
  std::array<std::string_view, IrcLimits::parameters> parameters_;
};

// `text` can be a parameter at any place: it is not empty, has neither CR, LF, NUL nor a space, and
// does not begin with a colon.
bool is_irc_word(std::string_view text);

// What irc_line puts together; views are the caller's.
struct IrcParts {
  std::string_view command;
  std::span<std::string_view const> parameters = {};
  std::span<IrcTag const> tags = {};  // values as they are meant: they are escaped here
  std::string_view source = {};
  bool colon = false;  // before the last parameter, though it could do without
};

// The line without its end. Fails with IrcError::bad_part where a part holds CR, LF or NUL (in the
// value of a tag only NUL), where one but the last parameter is empty, begins with ":" or holds a
// space, or where there are more than 15. It says nothing about the length.
Result<std::string> irc_line(IrcParts const&);
// The same for a command and its parameters.
Result<std::string> irc_line(std::string_view command,
                             std::initializer_list<std::string_view> parameters,
                             bool colon = false);

}  // namespace twx
