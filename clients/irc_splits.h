// Netsplits: the many QUITs that two servers cause by losing each other become one line, and so do
// the JOINs when they have found each other again.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "clients/irc_log_event.h"
#include "reactor/clock.h"
#include "reactor/function.h"

namespace twx {

// Channels are told by their index.
class IrcSplits {
 public:
  // Gets netsplit and netjoin, with target, text, count and the time of the first; valid in the
  // call.
  using Tell = Function<void(std::size_t channel, IrcLogEvent const&)>;

  IrcSplits(Clock& clock, Tell tell) : clock_(clock), tell_(std::move(tell)) {}

  // What a QUIT says that was caused by a split: "a.example b.example". Servers put "Quit: " before
  // what people say.
  static bool is_split(std::string_view reason);

  // One who has gone. A line follows within 5 s, or at flush().
  void quit(std::string_view servers, std::string_view nick, std::span<std::size_t const> channels,
            IrcLogEvent const& event);
  // True: it went away in a split, within the last hour; a line for all of them follows.
  bool joined(std::string_view nick, std::size_t channel, IrcLogEvent const& event);
  // Says what is to be said: the batch is over, or the connection.
  void flush();

 private:
  struct Nicks {
    std::string text;
    std::uint64_t count = 0;
    std::uint64_t left_out = 0;
  };
  struct Gone {
    std::string servers;
    Time at{};
  };

  void add(IrcLogKind, std::string const& servers, std::string_view nick, std::size_t channel,
           IrcLogEvent const&);
  static std::string place(std::size_t channel, std::string_view nick);

  Clock& clock_;
  Tell tell_;
  // What is being collected.
  IrcLogKind kind_ = IrcLogKind::netsplit;
  std::string servers_;
  IrcLogEvent::Time time_{};
  std::optional<IrcLogEvent::Time> server_time_;
  std::map<std::size_t, Nicks> channels_;
  std::unordered_map<std::string, Gone> gone_;
  DelayedCall flush_;
};

}  // namespace twx
