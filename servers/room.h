// The connections of a server whose clients talk to each other. Of one thread: such a server runs
// in one.
#pragma once

#include <string_view>
#include <vector>

#include "servers/serve.h"

namespace twx {

class Room {
 public:
  // `name`: "serve chat".
  explicit Room(std::string_view name) : name_(name) {}

  // More than `backlog` unread bytes end the member's connection: it slows nobody else.
  void enter(Transport&, std::uint64_t backlog);
  // To be called before connection_lost returns.
  void leave(Transport const&, Failure const& reason);
  // The message is shared, not copied.
  void tell_others(Transport const& speaker, SharedBytes const& message);

 private:
  std::string_view name_;
  std::vector<Transport*> members_;
};

// --backlog
void declare_backlog(Options&, std::uint64_t& backlog);

}  // namespace twx
