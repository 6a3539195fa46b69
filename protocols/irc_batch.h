// Public. IrcBatches: messages that belong together: a netsplit, a netjoin, history (IRCv3 batch).
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/irc_message.h"

namespace twx {

// One that has begun.
struct IrcBatch {
  std::string reference;  // the server's name for it
  std::string type;       // "netsplit", "netjoin", "chathistory", ...
  std::vector<std::string>
      parameters;           // of a netsplit: the two servers; of chathistory: the target
  std::string parent = {};  // the reference of the batch that this one is part of
};

// Those that are open. Nothing is kept of the messages in them.
class IrcBatches {
 public:
  // At a time; one more takes the place of the oldest.
  static constexpr std::size_t most = 64;

  // What a BATCH has done.
  struct Change {
    bool begun = false;  // or ended
    IrcBatch batch;
  };
  // Takes a BATCH. Nothing for other messages, for one that cannot be understood, and for the end
  // of one that is not open. Where a batch ends those inside it end too, in silence.
  std::optional<Change> take(IrcMessage const&);

  // The batch that a message is in, by its tag; nullptr if it is in none. Valid until the next
  // BATCH.
  IrcBatch const* of(IrcMessage const&) const;
  // The batch of that type that it is in, at any depth.
  IrcBatch const* of(IrcMessage const&, std::string_view type) const;
  std::size_t size() const { return open_.size(); }
  // None are open: the connection is lost.
  void clear() { open_.clear(); }

 private:
  IrcBatch const* find(std::string_view reference) const;
  std::optional<Change> begin(IrcMessage const&);
  std::optional<Change> end(std::string_view reference);
  void drop_oldest();

  std::deque<IrcBatch> open_;
};

}  // namespace twx
