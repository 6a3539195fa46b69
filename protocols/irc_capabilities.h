// Public. IrcCapabilities: which extensions of IRC the two sides agree upon (IRCv3 capability
// negotiation, version 302). No I/O: lines out, messages in.
//
//   IrcCapabilities capabilities({"server-time", "batch"});
//   capabilities.begin();
//   for (auto const& line : capabilities.take_output()) send(line);
//   ... for each CAP that comes: capabilities.take(message), and what it wants to be sent
//   if (capabilities.settled()) send("CAP END");
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/irc_message.h"

namespace twx {

// Asks for what is wanted and offered, at first and whenever the server has news. "sasl" is asked
// for by itself, so that no other capability can spoil it. A refusal of several is asked again one
// by one; "sts" is never asked for.
class IrcCapabilities {
 public:
  // What is kept of a server's list; what is more is ignored.
  static constexpr std::size_t most_offered = 512;
  static constexpr std::size_t most_value = 4096;  // bytes

  // In the order in which they are to be asked for.
  explicit IrcCapabilities(std::vector<std::string> wanted);

  // The first line, "CAP LS 302".
  void begin();
  // Wants one more. It is asked for at once if the list has come.
  void want(std::string name);
  // A message from the server: CAP, or a reply that says that it does not know CAP (421, 451, 410
  // with "CAP"). Others change nothing.
  void take(IrcMessage const&);
  // The server has ended the registration by itself: it has no capabilities, or does not wait.
  void give_up();
  // Lines to be sent, without their ends, each up to 510 bytes.
  std::vector<std::string> take_output();

  // The list has come to its end and each request has been answered. News make it false again until
  // they are settled. "CAP END" is for the caller to send, when the login is done too.
  bool settled() const { return listed_ && asked_.empty(); }
  // The whole list has come: value() can be asked for. Stays so.
  bool listed() const { return listed_; }
  bool enabled(std::string_view name) const { return enabled_.contains(name); }
  // What the server says about it, empty where it says nothing; nothing if it is not offered.
  // Valid until the next message.
  std::optional<std::string_view> offered(std::string_view name) const;
  std::map<std::string, std::string, std::less<>> const& offered() const { return offered_; }
  std::set<std::string, std::less<>> const& enabled() const { return enabled_; }

 private:
  using Names = std::vector<std::string>;

  void take_offers(std::string_view list);
  void take_list(IrcMessage const&);
  void acknowledged(std::string_view list);
  void refused(std::string_view list);
  void deleted(std::string_view list);
  bool to_ask(std::string const& name) const;
  void ask();
  void ask(Names names);

  Names wanted_;
  std::map<std::string, std::string, std::less<>> offered_;
  std::set<std::string, std::less<>> enabled_;
  std::set<std::string, std::less<>> denied_;  // by name: not to be asked for again
  std::deque<Names> asked_;                    // requests that wait for their answer
  std::vector<std::string> output_;
  bool listed_ = false;
};

}  // namespace twx
