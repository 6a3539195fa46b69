#include "servers/room.h"

#include <algorithm>
#include <utility>

#include "reactor/log.h"

namespace twx {

namespace {

std::string as_typed(std::uint64_t size) {
  for (auto const& [unit, letter] : {std::pair(1U << 30, "G"), {1U << 20, "M"}, {1U << 10, "k"}})
    if (size % unit == 0) return std::to_string(size / unit) + letter;
  return std::to_string(size);
}

}  // namespace

void Room::enter(Transport& transport) {
  transport.set_water_marks({.limit = backlog_});
  members_.push_back(&transport);
}

void Room::leave(Transport const& transport, Failure const& reason) {
  std::erase(members_, &transport);
  if (reason.code() == Error::output_overflow)
    log(Level::warning, std::string(name_) + ": dropped " + transport.peer().to_string() +
                            ", which does not read fast enough (--backlog " + as_typed(backlog_) +
                            ")");
}

void Room::tell_others(Transport const& speaker, SharedBytes const& message) {
  for (auto* const member : members_)
    if (member != &speaker) member->write(message);
}

void Room::declare_backlog(Options& options) {
  options.size("--backlog", "SIZE", backlog_, 4096, std::uint64_t{1} << 40,
               "Drop a client that has left more than SIZE unread when more is said (default 1M)");
}

}  // namespace twx
