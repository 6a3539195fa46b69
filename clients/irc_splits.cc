#include "clients/irc_splits.h"

#include <algorithm>
#include <utility>

#include "reactor/ascii.h"

namespace twx {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_fold = 5s;
constexpr auto longest_absence = 1h;
constexpr std::size_t most_gone = 20'000;
constexpr std::size_t most_text = 400;  // bytes of nicks in a line

bool is_name(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) || c == '.' || c == '-' || c == '*' || c == '_';
}

// A host name with a dot, or "*.net", which stands for it where names are hidden.
bool is_server(std::string_view name) {
  auto const dot = name.rfind('.');
  return dot != name.npos && dot > 0 && dot + 2 < name.size() && name.find("..") == name.npos &&
         std::ranges::all_of(name, is_name) &&
         std::ranges::all_of(name.substr(dot + 1), ascii::is_letter);
}

}  // namespace

bool IrcSplits::is_split(std::string_view reason) {
  auto const space = reason.find(' ');
  if (space == reason.npos) return false;
  auto const one = reason.substr(0, space);
  auto const other = reason.substr(space + 1);
  return is_server(one) && is_server(other) && (one != other || one.front() == '*');
}

std::string IrcSplits::place(std::size_t channel, std::string_view nick) {
  auto place = std::to_string(channel);
  place += ' ';
  return place += nick;
}

void IrcSplits::quit(std::string_view servers, std::string_view nick,
                     std::span<std::size_t const> channels, IrcLogEvent const& event) {
  std::string const names(servers);
  if (gone_.size() + channels.size() > most_gone) gone_.clear();
  for (auto const channel : channels) {
    add(IrcLogKind::netsplit, names, nick, channel, event);
    gone_.insert_or_assign(place(channel, nick), Gone{names, clock_.now()});
  }
}

bool IrcSplits::joined(std::string_view nick, std::size_t channel, IrcLogEvent const& event) {
  if (gone_.empty()) return false;
  auto const found = gone_.find(place(channel, nick));
  if (found == gone_.end()) return false;
  auto const gone = std::move(found->second);
  gone_.erase(found);
  if (clock_.now() - gone.at > longest_absence) return false;
  add(IrcLogKind::netjoin, gone.servers, nick, channel, event);
  return true;
}

void IrcSplits::add(IrcLogKind kind, std::string const& servers, std::string_view nick,
                    std::size_t channel, IrcLogEvent const& event) {
  if (kind != kind_ || servers != servers_) flush();
  if (channels_.empty()) {
    kind_ = kind;
    servers_ = servers;
    time_ = event.time;
    server_time_ = event.server_time;
    flush_ = clock_.call_later(longest_fold, [this] { flush(); });
  }
  auto& nicks = channels_[channel];
  ++nicks.count;
  if (nicks.text.size() + nick.size() > most_text) {
    ++nicks.left_out;
    return;
  }
  if (!nicks.text.empty()) nicks.text += ", ";
  nicks.text += nick;
}

void IrcSplits::flush() {
  flush_ = {};
  for (auto& [channel, nicks] : std::exchange(channels_, {})) {
    auto text = nicks.text;
    if (nicks.left_out > 0) (text += " and ") += std::to_string(nicks.left_out) + " more";
    tell_(channel, {.kind = kind_,
                    .time = time_,
                    .server_time = server_time_,
                    .target = servers_,
                    .text = text,
                    .count = nicks.count});
  }
}

}  // namespace twx
