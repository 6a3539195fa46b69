#include "cli/unknown_command.h"

#include <algorithm>
#include <array>
#include <vector>

#include "cli/did_you_mean.h"
#include "cli/dispatch.h"
#include "cli/foreign_endpoint.h"
#include "cli/foreign_words.h"
#include "cli/topics.h"
#include "cli/usage_error.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

using Commands = std::span<Command const* const>;
using Words = std::span<char const* const>;

std::string you_meant(std::string_view what) {
  return what.empty() ? "" : "; did you mean " + in_quotes(what) + "?";
}

// What it was perhaps written for: a command, the name of a server, a topic.
std::string nearest_path(Commands commands, std::string_view word) {
  struct Known {
    std::string_view name;
    std::string path;
  };
  std::vector<Known> known;
  for (auto const first : first_words(commands)) known.push_back({first, std::string(first)});
  for (auto const* command : commands) {
    if (!command->group().empty()) known.push_back({command->name(), std::string(command->path)});
  }
  for (auto const& each : words_before_paths())
    known.push_back({each.word, std::string(each.word)});
  for (auto const& topic : topics())
    known.push_back({topic.name, "help " + std::string(topic.name)});
  std::vector<std::string_view> names(known.size());
  std::ranges::transform(known, names.begin(), &Known::name);
  auto const name = nearest(word, names);
  return name.empty() ? "" : std::ranges::find(known, name, &Known::name)->path;
}

// What the words look like where the first is the name of nothing.
std::string looks_like(Words words) {
  std::string_view const word = words[0];
  if (word.starts_with("http://") || word.starts_with("https://"))
    return you_meant("fetch " + joined_words(words));
  if (!foreign_endpoint(word, true).empty())
    return "; use 'connect HOST PORT' or 'serve NAME ENDPOINT'";
  if (ascii::is_digits(word)) return "; a port follows 'serve NAME', or 'connect HOST'";
  auto const colon = word.rfind(':');
  bool const has_port = colon != word.npos && ascii::is_digits(word.substr(colon + 1));
  bool const port_follows = words.size() == 2 && ascii::is_digits(words[1]);
  return has_port || port_follows ? you_meant("connect " + joined_words(words)) : "";
}

}  // namespace

std::vector<std::string_view> first_words(Commands commands) {
  std::vector<std::string_view> all;
  for (auto const* command : commands) {
    auto const word = command->group().empty() ? command->name() : command->group();
    if (std::ranges::find(all, word) == all.end()) all.push_back(word);
  }
  return all;
}

std::vector<std::string_view> names_in(Commands commands, std::string_view group) {
  std::vector<std::string_view> all;
  for (auto const* command : commands) {
    if (!group.empty() && command->group() == group) all.push_back(command->name());
  }
  return all;
}

std::string joined_words(Words words) {
  std::string all;
  for (auto const* word : words) all.append(all.empty() ? "" : " ").append(word);
  return all;
}

std::string unknown_command(Commands commands, Words words) {
  std::string_view const word = words[0];
  std::string meant(foreign_command(word));
  if (!meant.empty()) meant.insert(0, "; ");
  if (meant.empty()) meant = you_meant(nearest_path(commands, word));
  if (meant.empty()) meant = looks_like(words);
  return "there is no command " + in_quotes(word) + meant;
}

std::string unknown_name(Commands commands, std::string_view group, std::string_view word) {
  auto const names = names_in(commands, group);
  auto const before = std::string(group) + " ";
  if (word.starts_with('-') || ascii::is_digits(word) || word.find_first_of(":/") != word.npos) {
    auto message =
        "after " + in_quotes(group) + " and before " + in_quotes(word) + " must stand one of ";
    for (auto const name : names) message.append(name == names.front() ? "" : ", ").append(name);
    return message;
  }
  auto meant = std::string(nearest(word, names));
  if (!meant.empty()) meant.insert(0, before);
  if (word == "help") meant = "help " + std::string(group);
  return "there is no command " + in_quotes(before + std::string(word)) + you_meant(meant);
}

std::string option_before_command(std::string_view word) {
  static constexpr std::array<std::string_view, 2> names{"--help", "--version"};
  auto const name = word.substr(0, word.find('='));
  std::string meant(foreign_option("twx", name));
  if (!meant.empty()) meant.insert(0, "; ");
  if (meant.empty()) meant = did_you_mean(name, names);
  if (meant.empty()) meant = "; options follow the command";
  return "there is no option " + in_quotes(name) + " here" + meant;
}

}  // namespace twx
