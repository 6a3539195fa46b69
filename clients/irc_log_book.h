// What irc-log knows from one connection to the next, and how its lines get into their files.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "clients/irc_history.h"
#include "clients/irc_log_options.h"
#include "clients/irc_log_writer.h"
#include "protocols/irc_case_mapping.h"

namespace twx {

// Channels are told by their index in IrcLogArguments::channels.
class IrcLogBook {
 public:
  struct Channel {
    std::string name;                   // as the user or, later, the server writes it
    std::string key;                    // folded
    std::optional<Time> missing_since;  // what was said since then has not been heard
    std::vector<int> told;              // causes of refusals, since it was joined last
    // The last that is in the log without a gap before it, and the last of all. Ids only where
    // there is a history to be asked.
    IrcMark heard;
    IrcMark newest;
    std::optional<IrcLogEvent::Time> heard_before;  // what `heard` was when it was joined last
  };

  // The clock must outlive it.
  IrcLogBook(Clock&, IrcLogArguments const&);

  IrcLogWriter& writer() { return writer_; }
  std::size_t size() const { return channels_.size(); }
  Channel& channel(std::size_t index) { return channels_[index]; }
  // Nothing: nobody wants that one.
  std::optional<std::size_t> find(std::string_view name) const;
  // From now on names are one name by the network's rules.
  void fold(IrcCaseMapping);

  // The network's name; at first that of its server.
  std::string const& network() const { return network_; }
  void set_network(std::string_view name);
  // The name is the network's own.
  bool knows_network() const { return knows_network_; }

  IrcSeen& seen() { return seen_; }

  // False if these are the last ones again: the server's last words.
  bool new_word(std::string_view word);
  // True the first time since the channel was joined last.
  bool new_cause(std::size_t index, int number);

  // Writes the event, of which network and channel are set here: of one channel; of several, in
  // each of their files; of all.
  void write(std::size_t index, IrcLogEvent event);
  void write(std::span<std::size_t const> indices, IrcLogEvent event);
  void write_all(IrcLogEvent event);
  // Of no channel: only where one file has them all.
  void write_aside(IrcLogEvent event);

 private:
  using Table = std::unordered_map<std::string, std::size_t, IrcHash, IrcEqual>;

  IrcLogWriter writer_;
  std::vector<Channel> channels_;
  Table table_;
  IrcSeen seen_;
  std::string word_;
  std::string network_;
  bool knows_network_ = false;
  std::vector<IrcLogWriter::Channel> places_;  // kept for its memory
};

}  // namespace twx
