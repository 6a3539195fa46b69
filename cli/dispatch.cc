#include "cli/dispatch.h"

#include <algorithm>
#include <string_view>

#include "cli/help.h"
#include "cli/topics.h"
#include "cli/unknown_command.h"
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

constexpr WordBeforePath before_paths[] = {{"help", "tell what a command takes"},
                                           {"man", "show a page of the manual"}};

bool asks_for_help(std::string_view arg) { return arg == "--help" || arg == "-h"; }

Mistaken usage_error(std::string_view path, std::string message) {
  return {std::string(path), {std::move(message)}};
}

// `args` begin with the first word of several commands.
Request dispatch_group(Commands commands, Args args) {
  std::string const group = args[0];
  if (args.size() == 1) return Say{list_text(commands, group), ExitStatus::usage};
  std::string const word = args[1];
  if (asks_for_help(word)) return Say{list_text(commands, group)};
  return usage_error(group, unknown_name(commands, group, word));
}

Request dispatch_help(Commands commands, Args args) {
  static constexpr char const* help[] = {"--help"};
  if (args.empty() || asks_for_help(args[0])) return Say{list_text(commands, {})};
  if (std::ranges::find(before_paths, args[0], &WordBeforePath::word) != std::end(before_paths))
    return Say{list_text(commands, {})};
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

std::string page_asked_for(Args words) {
  auto const path = joined_words(words);
  auto const* topic = find_topic(path);
  return topic ? std::string(topic->page) : man_page_name(path);
}

Request dispatch_man(Commands commands, Args words) {
  if (!words.empty() && asks_for_help(words[0])) return Say{list_text(commands, {})};
  auto pages = man_pages(commands);
  auto const found = std::ranges::find(pages, page_asked_for(words), &ManPage::name);
  if (found != pages.end() && (words.empty() || *words[0] != '\0'))
    return Show{std::move(*found), words};
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
  if (first.starts_with('-')) return usage_error({}, option_before_command(first));
  if (args.size() > 1) {
    auto const* command = find(commands, std::string(first) + " " + args[1]);
    if (command) return Start{command, args.subspan(2)};
  }
  if (auto const* command = find(commands, first)) return Start{command, args.subspan(1)};
  if (names_in(commands, first).empty()) return usage_error({}, unknown_command(commands, args));
  return dispatch_group(commands, args);
}

}  // namespace twx
