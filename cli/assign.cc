#include "cli/assign.h"

#include <algorithm>

#include "cli/did_you_mean.h"
#include "cli/help.h"
#include "cli/usage_error.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

// "Where to listen" inside a sentence; "TCP port" stays.
std::string lowered(std::string text) {
  bool const acronym = text.size() > 1 && ascii::lower(text[1]) != text[1];
  if (!text.empty() && !acronym) text[0] = ascii::lower(text[0]);
  return text;
}

// What must have a name; "" if the value may be empty. An empty name is nobody's wish, but a shell
// variable that is not set. Taken for "not given" it would switch off what was asked for.
std::string_view named_by(Option const& option) {
  if (option.kind == Kind::file) return "a file";
  if (option.kind == Kind::folder) return "a directory";
  if (option.positional()) return "";  // an empty HOST has a message of its own
  if (option.kind == Kind::host) return "a name";
  return option.kind == Kind::address ? "an address" : "";
}

// The text is in `choices` if there are any, and the setter likes it.
std::string set_value(Option const& option, std::string_view value) {
  std::vector<std::string_view> const choices(option.choices.begin(), option.choices.end());
  std::string wrong;
  if (auto const what = named_by(option); value.empty() && !what.empty()) {
    wrong.append("the value is empty; it must be ").append(what);
  } else if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) {
    std::string all;
    for (auto const choice : choices) all.append(all.empty() ? "" : ", ").append(choice);
    wrong = in_quotes(value) + " is none of " + all + did_you_mean(value, choices);
  } else {
    wrong = option.set(value);
  }
  return wrong.empty() ? wrong : std::string(option.name()) + ": " + wrong;
}

// `left` is how many values there are.
std::string missing_positional(Options const& options, std::size_t left) {
  for (auto const& option : options.all()) {
    if (!option.positional() || !option.required) continue;
    if (left-- == 0) return option.metavar + " is missing: " + lowered(option.help);
  }
  return {};
}

// Netcat's two words for where to listen.
bool divided_endpoint(Option const& option, std::string_view host, std::string_view port) {
  return option.kind == Kind::endpoint && option.repeatable && ascii::is_digits(port) &&
         host.find_first_of(":/@ ") == host.npos;
}

// For two that are in the wrong order.
std::string value_before(Option const& option, std::string_view value) {
  return option.metavar + " comes first, and " + in_quotes(value) + " is one; the usage is: ";
}

}  // namespace

std::string assign_options(std::vector<Given> const& given, bool last_counts) {
  for (auto each = given.begin(); each != given.end(); ++each) {
    auto const& option = *each->option;
    auto const same = [&](Given const& other) { return other.option == &option; };
    auto const first = std::find_if(given.begin(), each, same);
    // Of a plain flag nothing is lost when it comes twice.
    if (first != each && !option.repeatable && option.takes_value() && !last_counts) {
      return std::string(option.name()) + " is given twice, " + in_quotes(first->value) + " and " +
             in_quotes(each->value) + "; give it once";
    }
    if (each->unset)
      option.unset();
    else if (auto wrong = set_value(option, each->value); !wrong.empty())
      return wrong;
  }
  return {};
}

Misplaced assign_positionals(Command const& command, Options const& options,
                             std::span<std::string_view const> values) {
  if (auto wrong = missing_positional(options, values.size()); !wrong.empty()) return {wrong, {}};
  auto required = std::ranges::count_if(options.all(), [](Option const& option) {
    return option.positional() && option.required;
  });
  auto next = values.begin();
  for (auto const& option : options.all()) {
    if (!option.positional()) continue;
    if (option.required) --required;
    for (bool more = true; more && values.end() - next > required; more = option.repeatable) {
      auto const value = *next++;
      auto wrong = set_value(option, value);
      if (wrong.empty()) continue;
      if (next != values.end() && divided_endpoint(option, value, *next))
        wrong = option.metavar + ": a host and its port are one word: " + std::string(value) + ":" +
                std::string(*next);
      else if (!option.repeatable && next != values.end() && set_value(option, *next).empty())
        wrong = value_before(option, *next) + usage(command, options);
      return {wrong, value};
    }
  }
  if (next == values.end()) return {};
  return {in_quotes(*next) + " is one argument too many; the usage is: " + usage(command, options),
          *next};
}

}  // namespace twx
