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

  // --backlog
  void declare_backlog(Options&);

  // A member that has left more than the backlog unread when more is said loses its connection: it
  // slows nobody else.
  void enter(Transport&);
  // To be called before connection_lost returns.
  void leave(Transport const&, Failure const& reason);
  // The message is shared, not copied.
  void tell_others(Transport const& speaker, SharedBytes const& message);

 private:
  std::string_view name_;
  std::uint64_t backlog_ = 1 << 20;
  std::vector<Transport*> members_;
};

}  // namespace twx
