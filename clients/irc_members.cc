#include "clients/irc_members.h"

#include <algorithm>
#include <utility>

#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr std::size_t most_signs = 16;

std::uint16_t bit(std::size_t place) {
  return place < most_signs ? static_cast<std::uint16_t>(1U << place) : std::uint16_t{0};
}

}  // namespace

IrcMembers::Table IrcMembers::table() const {
  auto const mapping = support_.case_mapping();
  return Table(0, IrcHash{mapping}, IrcEqual{mapping});
}

// Makes it if there is room.
IrcMembers::Seat* IrcMembers::seat(std::size_t channel, std::string_view nick) {
  auto found = seats_.find(nick);
  if (found == seats_.end()) {
    if (seats_.size() >= most || nick.empty()) return nullptr;
    found = seats_.emplace(nick, std::vector<Seat>()).first;
  }
  for (auto& seat : found->second)
    if (seat.channel == channel) return &seat;
  return &found->second.emplace_back(Seat{static_cast<std::uint16_t>(channel), 0});
}

IrcMembers::Seat const* IrcMembers::find(std::size_t channel, std::string_view nick) const {
  auto const found = seats_.find(nick);
  if (found == seats_.end()) return nullptr;
  for (auto const& seat : found->second)
    if (seat.channel == channel) return &seat;
  return nullptr;
}

void IrcMembers::listed(std::size_t channel, std::string_view names) {
  while (!names.empty()) {
    auto word = take_until(names, ' ');
    std::uint16_t modes = 0;
    for (; !word.empty(); word.remove_prefix(1)) {
      auto const place = support_.prefix_signs().find(word.front());
      if (place == std::string_view::npos) break;
      modes = static_cast<std::uint16_t>(modes | bit(place));
    }
    if (auto* const seat = this->seat(channel, word.substr(0, word.find('!')))) seat->modes = modes;
  }
}

void IrcMembers::joined(std::size_t channel, std::string_view nick) {
  if (auto* const seat = this->seat(channel, nick)) seat->modes = 0;
}

void IrcMembers::left(std::size_t channel, std::string_view nick) {
  auto const found = seats_.find(nick);
  if (found == seats_.end()) return;
  std::erase_if(found->second, [=](Seat const& seat) { return seat.channel == channel; });
  if (found->second.empty()) seats_.erase(found);
}

void IrcMembers::changed(std::size_t channel, IrcModeChange const& change) {
  if (change.kind != IrcModeKind::status) return;
  auto const place = support_.prefix_modes().find(change.mode);
  if (place == std::string_view::npos || !find(channel, change.parameter)) return;
  auto* const seat = this->seat(channel, change.parameter);
  auto const modes = change.set ? seat->modes | bit(place) : seat->modes & ~bit(place);
  seat->modes = static_cast<std::uint16_t>(modes);
}

void IrcMembers::renamed(std::string_view nick, std::string_view now) {
  auto const found = seats_.find(nick);
  if (found == seats_.end()) return;
  auto node = seats_.extract(found);
  node.key() = now;
  seats_.insert(std::move(node));
}

void IrcMembers::quit(std::string_view nick) {
  if (auto const found = seats_.find(nick); found != seats_.end()) seats_.erase(found);
}

void IrcMembers::clear(std::size_t channel) {
  for (auto at = seats_.begin(); at != seats_.end();) {
    std::erase_if(at->second, [=](Seat const& seat) { return seat.channel == channel; });
    at = at->second.empty() ? seats_.erase(at) : std::next(at);
  }
}

void IrcMembers::fold_anew() {
  auto all = std::exchange(seats_, table());
  for (auto& [nick, seats] : all) seats_.emplace(nick, std::move(seats));
}

std::string_view IrcMembers::sign(std::size_t channel, std::string_view nick) const {
  auto const* const seat = find(channel, nick);
  if (!seat || seat->modes == 0) return {};
  auto const signs = support_.prefix_signs();
  for (std::size_t place = 0; place < signs.size(); ++place)
    if ((seat->modes & bit(place)) != 0) return signs.substr(place, 1);
  return {};
}

}  // namespace twx
