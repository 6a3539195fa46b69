#include "protocols/irc_capabilities.h"

#include <algorithm>
#include <utility>

#include "reactor/ascii.h"

namespace twx {
namespace {

// Of names in one request, so that an answer that repeats them all fits into a line too.
constexpr std::size_t most_asked = 350;

template <class Take>
void for_each_word(std::string_view list, Take take) {
  while (!list.empty()) {
    if (auto const word = take_until(list, ' '); !word.empty()) take(word);
  }
}

// Without the modifiers of an answer: "-" is another matter.
std::string_view bare(std::string_view name) {
  while (name.starts_with('~') || name.starts_with('=')) name.remove_prefix(1);
  return name;
}

// C++20's erase takes a key of its own type only.
template <class Container>
void erase_from(Container& container, std::string_view name) {
  if (auto const found = container.find(name); found != container.end()) container.erase(found);
}

bool contains(std::vector<std::string> const& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

IrcCapabilities::IrcCapabilities(std::vector<std::string> wanted) {
  for (auto& name : wanted) want(std::move(name));
}

void IrcCapabilities::begin() { output_.emplace_back("CAP LS 302"); }

void IrcCapabilities::want(std::string name) {
  if (!contains(wanted_, name)) wanted_.push_back(std::move(name));
  if (listed_) ask();
}

void IrcCapabilities::take(IrcMessage const& message) {
  auto const number = message.number();
  auto const unknown =
      number == 451 || ((number == 421 || number == 410) && message.parameter(1) == "CAP");
  if (unknown) return give_up();
  if (!message.is("CAP")) return;
  auto const command = message.parameter(1);
  auto const list = message.parameters().size() > 2 ? message.trailing() : "";
  if (command == "LS") return take_list(message);
  if (command == "ACK") return acknowledged(list);
  if (command == "NAK") return refused(list);
  if (command == "DEL") return deleted(list);
  if (command != "NEW") return;
  take_offers(list);
  if (listed_) ask();
}

void IrcCapabilities::give_up() {
  listed_ = true;
  asked_.clear();
}

std::optional<std::string_view> IrcCapabilities::offered(std::string_view name) const {
  auto const found = offered_.find(name);
  if (found == offered_.end()) return std::nullopt;
  return found->second;
}

// "CAP * LS * :some" and, at last, "CAP * LS :others".
void IrcCapabilities::take_list(IrcMessage const& message) {
  auto const words = message.parameters();
  if (words.size() > 2) take_offers(words.back());
  if (words.size() > 3 && words[2] == "*") return;
  listed_ = true;
  ask();
}

void IrcCapabilities::take_offers(std::string_view list) {
  for_each_word(list, [this](std::string_view word) {
    word = bare(word);
    auto const name = word.substr(0, word.find('='));
    auto const value = word.substr(std::min(word.size(), name.size() + 1));
    if (name.empty() || value.size() > most_value) return;
    if (offered_.size() < most_offered || offered_.contains(name))
      offered_.insert_or_assign(std::string(name), value);
  });
}

// The server may answer in several lines. It may also enable or disable what nobody asked for, and
// it counts what it says; but only names that are wanted are kept.
void IrcCapabilities::acknowledged(std::string_view list) {
  for_each_word(list, [this](std::string_view word) {
    auto name = bare(word);
    auto const off = name.starts_with('-');
    if (off) name = bare(name.substr(1));
    if (off)
      erase_from(enabled_, name);
    else if (contains(wanted_, name))
      enabled_.emplace(name);
    for (auto& names : asked_) std::erase(names, name);
  });
  std::erase_if(asked_, [](Names const& names) { return names.empty(); });
}

// A refusal repeats the whole request, perhaps cut; all of it is refused.
void IrcCapabilities::refused(std::string_view list) {
  auto const first = list.substr(0, list.find(' '));
  auto found = std::find_if(asked_.begin(), asked_.end(),
                            [=](Names const& names) { return contains(names, first); });
  if (found == asked_.end()) found = asked_.begin();
  if (found == asked_.end()) return;
  auto const names = std::move(*found);
  asked_.erase(found);
  if (names.size() == 1) {
    denied_.insert(names.front());
    return;
  }
  // One by one, but for what the server has withdrawn meanwhile.
  for (auto const& name : names)
    if (to_ask(name)) ask({name});
}

void IrcCapabilities::deleted(std::string_view list) {
  for_each_word(list, [this](std::string_view name) {
    erase_from(offered_, name);
    erase_from(enabled_, name);
    erase_from(denied_, name);
  });
}

bool IrcCapabilities::to_ask(std::string const& name) const {
  auto const asked = [&](Names const& names) { return contains(names, name); };
  return offered_.contains(name) && name != "sts" && !enabled_.contains(name) &&
         !denied_.contains(name) && std::none_of(asked_.begin(), asked_.end(), asked);
}

void IrcCapabilities::ask() {
  Names names;
  std::size_t size = 0;
  for (auto const& name : wanted_) {
    if (!to_ask(name) || name == "sasl") continue;
    if (size + name.size() > most_asked) ask(std::exchange(names, {}));
    if (names.empty()) size = 0;
    size += name.size() + 1;
    names.push_back(name);
  }
  if (!names.empty()) ask(std::move(names));
  if (contains(wanted_, "sasl") && to_ask("sasl")) ask({"sasl"});
}

void IrcCapabilities::ask(Names names) {
  if (names.empty()) return;
  std::string line = "CAP REQ :";
  for (auto const& name : names) (line += name) += ' ';
  line.pop_back();
  output_.push_back(std::move(line));
  asked_.push_back(std::move(names));
}

std::vector<std::string> IrcCapabilities::take_output() { return std::exchange(output_, {}); }

}  // namespace twx
