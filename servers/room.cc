#include "servers/room.h"

#include <algorithm>

#include "reactor/log.h"

namespace twx {

void Room::enter(Transport& transport, std::uint64_t backlog) {
  transport.set_water_marks({.limit = backlog});
  members_.push_back(&transport);
}

void Room::leave(Transport const& transport, Failure const& reason) {
  std::erase(members_, &transport);
  if (reason.code() == Error::output_overflow)
    log(Level::warning,
        std::string(name_) + ": dropped " + transport.peer().to_string() + ", which does not read");
}

void Room::tell_others(Transport const& speaker, SharedBytes const& message) {
  for (auto* const member : members_)
    if (member != &speaker) member->write(message);
}

void declare_backlog(Options& options, std::uint64_t& backlog) {
  options.size("--backlog", "SIZE", backlog, 4096, std::uint64_t{1} << 40,
               "Drop a client that has left more than SIZE unread (default 1M)");
}

}  // namespace twx
