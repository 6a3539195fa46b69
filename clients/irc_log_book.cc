#include "clients/irc_log_book.h"

#include <algorithm>
#include <utility>

namespace twx {
namespace {

std::string name_of(Endpoint const& endpoint) {
  return endpoint.kind == Endpoint::Kind::tcp ? endpoint.host : endpoint.to_string();
}

}  // namespace

IrcLogBook::IrcLogBook(Clock& clock, IrcLogArguments const& arguments)
    : writer_(clock, arguments.log), network_(name_of(arguments.endpoint)) {
  for (auto const& channel : arguments.channels) channels_.emplace_back().name = channel.name;
  fold(IrcCaseMapping::rfc1459);
}

void IrcLogBook::fold(IrcCaseMapping mapping) {
  table_ = Table(0, IrcHash{mapping}, IrcEqual{mapping});
  for (std::size_t index = 0; index < channels_.size(); ++index) {
    channels_[index].key = irc_folded(mapping, channels_[index].name);
    table_.emplace(channels_[index].name, index);
  }
}

std::optional<std::size_t> IrcLogBook::find(std::string_view name) const {
  auto const found = table_.find(name);
  if (found == table_.end()) return std::nullopt;
  return found->second;
}

void IrcLogBook::set_network(std::string_view name) {
  knows_network_ = true;
  if (!name.empty()) network_ = name;
}

bool IrcLogBook::new_word(std::string_view word) {
  auto const is_new = word_ != word;
  word_ = word;
  return is_new;
}

bool IrcLogBook::new_cause(std::size_t index, int number) {
  auto& told = channels_[index].told;
  if (std::find(told.begin(), told.end(), number) != told.end()) return false;
  told.push_back(number);
  return true;
}

void IrcLogBook::write(std::size_t index, IrcLogEvent event) {
  event.network = network_;
  event.channel = channels_[index].name;
  event.channel_key = channels_[index].key;
  writer_.write(event);
}

void IrcLogBook::write(std::span<std::size_t const> indices, IrcLogEvent event) {
  if (indices.size() == 1) return write(indices.front(), event);
  event.network = network_;
  places_.clear();
  for (auto const index : indices)
    places_.push_back({.name = channels_[index].name, .key = channels_[index].key});
  writer_.write(event, places_, true);
}

void IrcLogBook::write_all(IrcLogEvent event) {
  event.network = network_;
  places_.clear();
  for (auto const& channel : channels_)
    places_.push_back({.name = channel.name, .key = channel.key});
  writer_.write(event, places_, false);
}

void IrcLogBook::write_aside(IrcLogEvent event) {
  event.network = network_;
  writer_.write(event, {}, false);
}

}  // namespace twx
