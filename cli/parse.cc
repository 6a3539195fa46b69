// CLI11 tells options from values; every sentence that a person reads is made here, from what the
// command declared. Positionals are what CLI11 leaves over, because it would split "[::1]" at its
// brackets as a list and take "-5" for a value.
#include "cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cli/did_you_mean.h"
#include "cli/help.h"

namespace twx {
namespace {

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

// "Where to listen" inside a sentence; "TCP port" stays.
std::string lowered(std::string text) {
  auto const is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  bool const acronym = text.size() > 1 && is_upper(text[1]);
  if (!text.empty() && is_upper(text[0]) && !acronym) text[0] = static_cast<char>(text[0] | 0x20);
  return text;
}

// A value, or "" for a flag, in the order of the command line.
struct Given {
  Option const* option;
  std::string value;
};

// Functions that can fail answer "" or what is wrong and what would be right, as Option::set does.
class Parser {
 public:
  Parser(Command const& command, Options const& options) : command_(command), options_(options) {}

  ParseResult parse(std::span<char const* const> args) {
    std::string wrong = split_values(args);
    if (wrong.empty()) wrong = recognize();
    if (wrong.empty() && help_asked()) return HelpAsked{};
    if (wrong.empty()) wrong = sort_rest();
    if (wrong.empty()) wrong = take_options();
    if (wrong.empty()) wrong = take_positionals();
    for (auto const& check : options_.checks()) {
      if (wrong.empty()) wrong = check();
    }
    if (wrong.empty()) return Parsed{};
    return UsageError{std::move(wrong)};
  }

 private:
  std::string split_values(std::span<char const* const> args);
  std::string split_one(std::string_view arg, char const* next);
  std::string recognize();
  bool help_asked() const;
  std::string sort_rest();
  std::string take_options();
  std::string missing_positional() const;
  std::string take_positionals();

  Option const* find(std::string_view name) const;
  std::string unknown(std::string_view arg) const;

  Command const& command_;
  Options const& options_;
  std::vector<std::string> args_;         // with "--name=value" made two words
  std::vector<Given> given_;              // options
  std::vector<std::string> rest_;         // what CLI11 knows no option for, "--" included
  std::vector<std::string> positionals_;  // of these, those that are no mistyped option
};

std::string needs_value(Option const& option, std::string_view name, std::string const& where = {}) {
  return in_quotes(name) + " needs a value" + where + ": " + std::string(name) + " " + option.metavar;
}

// The text is in `choices` if there are any, and the setter likes it.
std::string set_value(Option const& option, std::string_view value) {
  std::vector<std::string_view> const choices(option.choices.begin(), option.choices.end());
  std::string wrong;
  if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) {
    std::string all;
    for (auto const choice : choices) all.append(all.empty() ? "" : ", ").append(choice);
    wrong = in_quotes(value) + " is none of " + all + did_you_mean(value, choices);
  } else {
    wrong = option.set(value);
  }
  return wrong.empty() ? wrong : std::string(option.name()) + ": " + wrong;
}

Option const* Parser::find(std::string_view name) const {
  for (auto const& option : options_.all()) {
    if (option.positional()) continue;
    auto const names = option.each_name();
    if (std::ranges::find(names, name) != names.end()) return &option;
  }
  return nullptr;
}

std::string Parser::unknown(std::string_view arg) const {
  auto const name =
      arg.starts_with("--") ? arg.substr(0, arg.find('=')) : arg.substr(0, std::size_t{2});
  std::vector<std::string_view> names;
  for (auto const& option : options_.all()) {
    if (option.positional()) continue;
    for (auto const each : option.each_name()) names.push_back(each);
  }
  return "there is no option " + in_quotes(name) + did_you_mean(name, names);
}

// CLI11 takes "--name=" for "--name" and would use up the next word, and it lets flags have values.
std::string Parser::split_values(std::span<char const* const> args) {
  std::size_t i = 0;
  for (; i < args.size() && args[i] != std::string_view("--"); ++i) {
    auto wrong = split_one(args[i], i + 1 < args.size() ? args[i + 1] : nullptr);
    if (!wrong.empty()) return wrong;
  }
  args_.insert(args_.end(), args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
  return {};
}

std::string Parser::split_one(std::string_view arg, char const* next) {
  auto const equals = arg.starts_with("--") ? arg.find('=') : arg.npos;
  auto const name = arg.substr(0, equals);
  auto const* const option = find(name);
  args_.emplace_back(option ? name : arg);
  if (equals != arg.npos && option) {
    if (!option->takes_value()) return in_quotes(name) + " takes no value";
    args_.emplace_back(arg.substr(equals + 1));
  } else if (option && option->takes_value() && next) {
    // A forgotten value must not swallow the option behind it.
    auto const following = std::string_view(next).substr(0, std::string_view(next).find('='));
    if (following == "--" || find(following)) {
      return needs_value(*option, name, " before " + in_quotes(following));
    }
  } else if (!option && arg.size() > 2 && find("-" + std::string(arg))) {
    auto const* const first = find(arg.substr(0, 2));
    if (!first || !first->takes_value()) {
      return "there is no option " + in_quotes(arg) + "; did you mean '-" + std::string(arg) + "'?";
    }
  }
  return {};
}

std::string Parser::recognize() {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<CLI::Option*, Option const*>> known;
  for (auto const& option : options_.all()) {
    if (option.positional()) continue;
    auto* const made = option.takes_value() ? app.add_option(option.names, CLI::callback_t())
                                            : app.add_flag(option.names);
    made->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    known.emplace_back(made, &option);
  }
  try {
    app.parse(std::vector<std::string>(args_.rbegin(), args_.rend()));
  } catch (CLI::ArgumentMismatch const&) {
    // The arguments came to an end at an option that takes a value: "--name" or the q of "-vq".
    auto const& last = args_.back();
    auto const name = find(last) ? last : std::string{'-', last.back()};
    return needs_value(*find(name), name);
  }
  std::vector<std::size_t> taken(known.size());
  for (auto const* each : app.parse_order()) {
    auto const at = std::ranges::find(known, each, [](auto const& entry) { return entry.first; });
    auto const& option = *at->second;
    auto const index = taken[static_cast<std::size_t>(at - known.begin())]++;
    given_.push_back({&option, option.takes_value() ? each->results()[index] : std::string()});
  }
  rest_ = app.remaining();
  return {};
}

bool Parser::help_asked() const {
  auto const* const help = find("--help");
  return std::ranges::any_of(given_, [&](Given const& each) { return each.option == help; });
}

std::string Parser::sort_rest() {
  bool options_ended = false;
  for (auto& arg : rest_) {
    if (!options_ended && arg == "--") {
      options_ended = true;
    } else if (!options_ended && arg.size() > 1 && arg.front() == '-') {
      return unknown(arg);
    } else {
      positionals_.push_back(std::move(arg));
    }
  }
  return {};
}

std::string Parser::take_options() {
  for (auto each = given_.begin(); each != given_.end(); ++each) {
    auto const& option = *each->option;
    auto const same = [&](Given const& other) { return other.option == &option; };
    auto const first = std::find_if(given_.begin(), each, same);
    // Of a plain flag nothing is lost when it comes twice.
    if (first != each && !option.repeatable && option.takes_value()) {
      return std::string(option.name()) + " is given twice, " + in_quotes(first->value) + " and " +
             in_quotes(each->value) + "; give it once";
    }
    if (auto wrong = set_value(option, each->value); !wrong.empty()) return wrong;
  }
  return {};
}

std::string Parser::missing_positional() const {
  auto left = positionals_.size();
  for (auto const& option : options_.all()) {
    if (!option.positional() || !option.required) continue;
    if (left-- == 0) return option.metavar + " is missing: " + lowered(option.help);
  }
  return {};
}

std::string Parser::take_positionals() {
  if (auto wrong = missing_positional(); !wrong.empty()) return wrong;
  auto required = std::ranges::count_if(
      options_.all(), [](Option const& option) { return option.positional() && option.required; });
  auto next = positionals_.begin();
  for (auto const& option : options_.all()) {
    if (!option.positional()) continue;
    if (option.required) --required;
    for (bool more = true; more && positionals_.end() - next > required; more = option.repeatable) {
      if (auto wrong = set_value(option, *next++); !wrong.empty()) return wrong;
    }
  }
  if (next == positionals_.end()) return {};
  return in_quotes(*next) + " is one argument too many; the usage is: " + usage(command_, options_);
}

}  // namespace

ParseResult parse(Command const& command, Options const& options,
                  std::span<char const* const> args) {
  return Parser(command, options).parse(args);
}

std::string_view cli11_version() { return CLI11_VERSION; }

}  // namespace twx
