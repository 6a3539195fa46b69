// CLI11 tells options from values; every sentence that a person reads is made here, from what the
// command declared. Positionals are no options to CLI11, because it would split "[::1]" at its
// brackets as a list and take "-5" for a value. Words that cannot be an option or its value do not
// even go there: of URLs there may be thousands.
#include "cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cli/assign.h"
#include "cli/stray_word.h"
#include "cli/unknown_option.h"

namespace twx {
namespace {

// One set of arguments. Functions that can fail answer "" or what is wrong and what would be right,
// as Option::set does.
class Parser {
 public:
  Parser(Command const& command, Options const& options) : command_(command), options_(options) {}

  // Which option each word belongs to. No value is looked at.
  std::string recognize(std::span<char const* const> args) {
    auto wrong = split_values(args);
    return wrong.empty() ? recognize() : wrong;
  }
  bool help_asked() const;
  std::string sort_rest();
  std::string assign() const;

 private:
  std::string split_values(std::span<char const* const> args);
  std::string split_one(std::string_view arg, char const* next);
  void add_word(std::string_view word);
  bool unsets_a_flag(std::string_view name) const;
  std::string one_dash_too_few(std::string_view arg) const;
  bool written(Option const&, std::string_view unset) const;
  std::string recognize();
  std::string check() const;
  std::string assign_all() const;

  Command const& command_;
  Options const& options_;
  std::vector<std::string_view> args_;   // with "--name=value" made two words
  std::vector<std::string_view> words_;  // of these, before "--": options and their values
  std::vector<Given> given_;
  std::vector<std::string> rest_;              // what CLI11 knows no option for
  std::vector<std::string_view> positionals_;  // that, if it is no mistyped option, and the others
};

// "-" alone is a value.
bool begins_as_option(std::string_view arg) { return arg.size() > 1 && arg.starts_with('-'); }

std::string needs_value(Option const& option, std::string const& where = {}) {
  auto const name = std::string(option.name());
  return in_quotes(name) + " needs a value" + where + ": " + name + " " + option.metavar;
}

// CLI11 takes "--name=" for "--name" and would use up the next word, and it lets flags have values.
std::string Parser::split_values(std::span<char const* const> args) {
  std::size_t i = 0;
  for (; i < args.size() && args[i] != std::string_view("--"); ++i) {
    std::string_view const arg = args[i];
    if (!begins_as_option(arg)) {
      args_.push_back(arg);
      positionals_.push_back(arg);
      continue;
    }
    auto const* const next = i + 1 < args.size() ? args[i + 1] : nullptr;
    auto wrong = split_one(arg, next);
    if (!wrong.empty()) return wrong;
    if (!next || !awaiting_value(options_, arg)) continue;
    add_word(next);
    ++i;
  }
  auto const rest = args.subspan(i);
  args_.insert(args_.end(), rest.begin(), rest.end());
  if (!rest.empty()) positionals_.insert(positionals_.end(), rest.begin() + 1, rest.end());
  return {};
}

void Parser::add_word(std::string_view word) {
  args_.push_back(word);
  words_.push_back(word);
}

std::string Parser::split_one(std::string_view arg, char const* next) {
  auto const equals = arg.starts_with("--") ? arg.find('=') : arg.npos;
  auto const name = arg.substr(0, equals);
  if (auto const* option = options_.find(name); option && equals != arg.npos) {
    if (!option->takes_value()) return in_quotes(name) + " takes no value";
    add_word(name);
    add_word(arg.substr(equals + 1));
    return {};
  }
  if (equals != arg.npos && unsets_a_flag(name)) return in_quotes(name) + " takes no value";
  add_word(arg);
  if (auto const* option = awaiting_value(options_, arg); option && next) {
    // A forgotten value must not swallow the option behind it.
    auto const following = std::string_view(next).substr(0, std::string_view(next).find('='));
    if (following == "--" || options_.find(following)) {
      return needs_value(*option, " before " + in_quotes(following));
    }
  }
  return one_dash_too_few(arg);
}

bool Parser::unsets_a_flag(std::string_view name) const {
  return options_.is_forgiving() &&
         std::ranges::any_of(options_.all(),
                             [name](Option const& option) { return option.unset_name() == name; });
}

// "-verbose". As letters, or as a letter with its value, it would hardly be meant.
std::string Parser::one_dash_too_few(std::string_view arg) const {
  auto const meant = "-" + std::string(arg);
  if (arg.size() <= 2 || !arg.starts_with('-') || !options_.find(meant)) return {};
  return "there is no option " + in_quotes(arg) + "; did you mean " + in_quotes(meant) + "?";
}

// Whether it may be among the words. CLI11 compares each name that it knows with all others, which
// would cost more than all else where there are two hundred of them.
bool Parser::written(Option const& option, std::string_view unset) const {
  auto const names = option.each_name();
  return std::ranges::any_of(words_, [&](std::string_view arg) {
    if (!arg.starts_with('-')) return false;
    if (arg.starts_with("--")) return arg == unset || std::ranges::find(names, arg) != names.end();
    return std::ranges::any_of(names, [&](std::string_view name) {
      return !name.starts_with("--") && arg.find(name[1]) != arg.npos;
    });
  });
}

std::string Parser::recognize() {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  struct Known {
    CLI::Option* made;
    Option const* option;
    bool unset = false;
  };
  std::vector<Known> known;
  for (auto const& option : options_.all()) {
    auto const unset = options_.is_forgiving() ? option.unset_name() : std::string();
    if (option.positional() || !written(option, unset)) continue;
    auto* const made = option.takes_value() ? app.add_option(option.names, CLI::callback_t())
                                            : app.add_flag(option.names);
    made->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    known.push_back({made, &option});
    if (!unset.empty()) known.push_back({app.add_flag(unset)->take_all(), &option, true});
  }
  try {
    app.parse(std::vector<std::string>(words_.rbegin(), words_.rend()));
  } catch (CLI::ArgumentMismatch const&) {
    // The arguments came to an end at an option that takes a value.
    auto const* const option = awaiting_value(options_, words_.back());
    return option ? needs_value(*option) : in_quotes(words_.back()) + " needs a value";
  }
  std::vector<std::size_t> taken(known.size());
  for (auto const* each : app.parse_order()) {
    auto const at = std::ranges::find(known, each, [](auto const& entry) { return entry.made; });
    auto const& option = *at->option;
    auto const index = taken[static_cast<std::size_t>(at - known.begin())]++;
    auto value = option.takes_value() ? each->results()[index] : std::string();
    given_.push_back({&option, std::move(value), at->unset});
  }
  rest_ = app.remaining();
  return {};
}

bool Parser::help_asked() const {
  auto const* const help = options_.find("--help");
  return std::ranges::any_of(given_, [&](Given const& each) { return each.option == help; });
}

std::string Parser::sort_rest() {
  bool options_ended = false;
  for (auto const& arg : rest_) {
    if (!options_ended && arg == "--") {  // CLI11 makes "-v" and "--" of "-v-"
      options_ended = true;
    } else if (!options_ended && begins_as_option(arg)) {
      return unknown_option(command_, options_, arg);
    } else {
      positionals_.push_back(arg);
    }
  }
  return {};
}

std::string Parser::check() const {
  for (auto const& check : options_.checks()) {
    if (auto wrong = check(); !wrong.empty()) return wrong;
  }
  return {};
}

std::string Parser::assign_all() const {
  if (auto wrong = assign_options(given_, options_.is_forgiving()); !wrong.empty()) return wrong;
  auto const [misplaced, value] = assign_positionals(command_, options_, positionals_);
  auto wrong = misplaced.empty() ? check() : misplaced;
  if (wrong.empty()) return wrong;
  if (!value.empty()) wrong += unquoted_value(options_, args_, value);
  return positionals_.empty() ? wrong + swallowed_word(given_, !misplaced.empty()) : wrong;
}

// As assign_all, but what is wrong may come of a value that was torn in two.
std::string Parser::assign() const {
  auto const wrong = assign_all();
  auto const torn = wrong.empty() ? "" : torn_value(options_, args_);
  return torn.empty() ? wrong : torn;
}

// The words between dividers, up to "--".
std::vector<std::span<char const* const>> divided(Options const& options,
                                                  std::span<char const* const> args) {
  auto const divides = [&](std::string_view word) {
    auto const* const option = options.find(word);
    return option && option->divides;
  };
  std::vector<std::span<char const* const>> sets;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < args.size() && args[i] != std::string_view("--"); ++i) {
    if (!divides(args[i])) continue;
    sets.push_back(args.subspan(begin, i - begin));
    begin = i + 1;
  }
  sets.push_back(args.subspan(begin));
  return sets;
}

}  // namespace

ParseResult parse(Command const& command, Options const& options,
                  std::span<char const* const> args) {
  std::vector<Parser> sets;
  std::string wrong;
  for (auto const& set : divided(options, args)) {
    sets.emplace_back(command, options);
    if (wrong.empty()) wrong = sets.back().recognize(set);
  }
  if (wrong.empty() && std::ranges::any_of(sets, &Parser::help_asked)) return HelpAsked{};
  for (auto& set : sets) {
    if (wrong.empty()) wrong = set.sort_rest();
  }
  auto const divider = std::ranges::find(options.all(), true, &Option::divides);
  for (auto const& set : sets) {
    if (wrong.empty() && &set != &sets.front()) wrong = divider->set("");
    if (wrong.empty()) wrong = set.assign();
  }
  if (wrong.empty()) return Parsed{};
  return UsageError{std::move(wrong)};
}

std::string_view cli11_version() { return CLI11_VERSION; }

}  // namespace twx
