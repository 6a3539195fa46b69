#include "cli/dispatch.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "cli/did_you_mean.h"
#include "cli/help.h"
#include "cli/topics.h"
#include "cli/usage_error.h"
#include "cli/version.h"

namespace twx {
namespace {

using Commands = std::span<Command const* const>;
using Args = std::span<char const* const>;

Command const* find(Commands commands, std::string_view path) {
  auto const found =
      std::ranges::find_if(commands, [&](auto const* command) { return command->path == path; });
  return found == commands.end() ? nullptr : *found;
}

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

constexpr WordBeforePath before_paths[] = {{"help", "tell what a command takes"},
                                            {"man", "show a page of the manual"}};

bool asks_for_help(std::string_view arg) { return arg == "--help" || arg == "-h"; }

Say usage_error(std::string_view path, std::string message) {
  return {usage_error_text(path, {std::move(message)}), ExitStatus::usage};
}

Say unknown_option(std::string_view arg) {
  static constexpr std::array<std::string_view, 2> names{"--help", "--version"};
  auto meant = did_you_mean(arg, names);
  if (meant.empty()) meant = "; options follow the command";
  return usage_error({}, "there is no option '" + std::string(arg) + "' here" + meant);
}

Say unknown_command(Commands commands, std::string_view word) {
  auto meant = did_you_mean(word, first_words(commands));
  // The name of a server alone.
  for (auto const* command : commands) {
    if (command->name() == word) meant = "; did you mean '" + std::string(command->path) + "'?";
  }
  std::vector<std::string_view> names;
  for (auto const& topic : topics()) names.push_back(topic.name);
  if (auto const topic = nearest(word, names); meant.empty() && !topic.empty())
    meant = "; did you mean 'help " + std::string(topic) + "'?";
  return usage_error({}, "there is no command '" + std::string(word) + "'" + meant);
}

// `args` begin with the first word of several commands.
Request dispatch_group(Commands commands, Args args) {
  std::string const group = args[0];
  if (args.size() == 1) return Say{list_text(commands, group), ExitStatus::usage};
  std::string const word = args[1];
  if (asks_for_help(word)) return Say{list_text(commands, group)};
  auto const names = names_in(commands, group);
  if (word.starts_with('-')) {
    std::string message = "after '" + group + "' and before '" + word + "' must stand one of ";
    for (auto const name : names) message.append(name == names.front() ? "" : ", ").append(name);
    return usage_error(group, std::move(message));
  }
  auto const meant = nearest(word, names);
  std::string message = "there is no command '" + group + " " + word + "'";
  if (!meant.empty()) message += "; did you mean '" + group + " " + std::string(meant) + "'?";
  return usage_error(group, std::move(message));
}

Request dispatch_help(Commands commands, Args args) {
  static constexpr char const* help[] = {"--help"};
  if (args.empty() || asks_for_help(args[0])) return Say{list_text(commands, {})};
  // The name of a group alone is no mistake here.
  if (args.size() == 1 && !names_in(commands, args[0]).empty()) {
    return Say{list_text(commands, args[0])};
  }
  if (args.size() == 1) {
    if (auto const* topic = find_topic(args[0])) return Say{topic->text()};
  }
  auto request = dispatch(commands, args);
  if (auto* const start = std::get_if<Start>(&request)) start->arguments = help;
  return request;
}

// "serve echo" of these words.
std::string path_of(Args words) {
  std::string path;
  for (auto const* word : words) path.append(path.empty() ? "" : " ").append(word);
  return path;
}

std::string page_asked_for(Args words) {
  auto const path = path_of(words);
  auto const* topic = find_topic(path);
  return topic ? std::string(topic->page) : man_page_name(path);
}

Request dispatch_man(Commands commands, Args words) {
  if (!words.empty() && asks_for_help(words[0])) return Say{list_text(commands, {})};
  auto pages = man_pages(commands);
  auto const found = std::ranges::find(pages, page_asked_for(words), &ManPage::name);
  if (found != pages.end()) return Show{std::move(*found), words};
  auto request = dispatch(commands, words);
  if (auto const* start = std::get_if<Start>(&request)) {
    return usage_error({}, "'man' takes a command and nothing else: man " +
                               std::string(start->command->path));
  }
  return request;
}

}  // namespace

std::span<WordBeforePath const> words_before_paths() { return before_paths; }

Request dispatch(Commands commands, Args args) {
  if (args.empty()) return Say{list_text(commands, {}), ExitStatus::usage};
  std::string_view const first = args[0];
  if (first == "--version" || first == "-V") return Say{version_text()};
  if (asks_for_help(first)) return Say{list_text(commands, {})};
  if (first == "help") return dispatch_help(commands, args.subspan(1));
  if (first == "man") return dispatch_man(commands, args.subspan(1));
  if (first.starts_with('-')) return unknown_option(first);
  if (args.size() > 1) {
    auto const* command = find(commands, std::string(first) + " " + args[1]);
    if (command) return Start{command, args.subspan(2)};
  }
  if (auto const* command = find(commands, first)) return Start{command, args.subspan(1)};
  if (names_in(commands, first).empty()) return unknown_command(commands, first);
  return dispatch_group(commands, args);
}

}  // namespace twx
