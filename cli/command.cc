#include "cli/command.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace twx {
namespace {

std::string joined(std::vector<std::string> const& words, std::string_view between) {
  std::string out;
  for (auto const& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

// "a whole number from 1 to 65535".
std::string range_text(std::uint64_t least, std::uint64_t most) {
  std::string text = "a whole number";
  if (most != std::numeric_limits<std::uint64_t>::max()) {
    return text + " from " + std::to_string(least) + " to " + std::to_string(most);
  }
  return least > 0 ? text + " of at least " + std::to_string(least) : text;
}

// A setter for values that `parse` understands.
template <class Value, class Parse>
auto parsed_into(Value& value, Parse parse) {
  return [&value, parse](std::string_view text) -> std::string {
    auto result = parse(text);
    if (!result) return result.failure().message();
    value = *result;
    return {};
  };
}

auto stored_in(auto& value) {
  return [&value](std::string_view text) -> std::string {
    value = std::string(text);
    return {};
  };
}

auto added_to(std::vector<std::string>& values) {
  return [&values](std::string_view text) -> std::string {
    values.emplace_back(text);
    return {};
  };
}

Option declared(std::string names, std::string metavar, Kind kind, std::string help,
                std::function<std::string(std::string_view)> set) {
  Option option;
  option.names = std::move(names);
  option.metavar = std::move(metavar);
  option.kind = kind;
  option.help = std::move(help);
  option.set = std::move(set);
  return option;
}

// For a number that `value` can be assigned.
template <class Value>
auto count_setter(Value& value, std::uint64_t least, std::uint64_t most) {
  return [&value, least, most](std::string_view text) -> std::string {
    auto const count = parse_count(text);
    if (!count || *count < least || *count > most) {
      return "'" + std::string(text) + "' is not " + range_text(least, most);
    }
    value = *count;
    return {};
  };
}

}  // namespace

std::vector<std::string_view> Option::each_name() const {
  std::vector<std::string_view> all;
  for (std::string_view rest = names; !rest.empty();) {
    auto const end = std::min(rest.find(','), rest.size());
    all.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return all;
}

std::string_view Option::name() const {
  return std::string_view(names).substr(names.rfind(',') + 1);
}

std::string Option::unset_name() const {
  if (!unset || !name().starts_with("--")) return {};
  auto const word = name().substr(2);
  return word.starts_with("no-") ? "--" + std::string(word.substr(3)) : "--no-" + std::string(word);
}

bool Option::is_named(std::string_view name) const {
  for (std::string_view rest = names;;) {
    auto const end = rest.find(',');
    if (rest.substr(0, end) == name) return true;
    if (end == rest.npos) return false;
    rest.remove_prefix(end + 1);
  }
}

// Asked for each word of the command line, of which there may be thousands.
Option const* Options::find(std::string_view name) const {
  if (!name.starts_with('-')) return nullptr;
  auto const found = std::ranges::find_if(options_, [name](Option const& option) {
    return option.is_named(name);
  });
  return found == options_.end() ? nullptr : &*found;
}

Option& Options::option(Option option) {
  if (option.group.empty()) option.group = group_;
  return options_.emplace_back(std::move(option));
}

void Options::flag(std::string names, bool& value, std::string help) {
  auto set = [&value](std::string_view) {
    value = true;
    return std::string();
  };
  option(declared(std::move(names), "", Kind::flag, std::move(help), set)).unset = [&value] {
    value = false;
  };
}

void Options::divider(std::string names, std::string help, std::function<void()> next) {
  auto set = [next = std::move(next)](std::string_view) {
    next();
    return std::string();
  };
  option(declared(std::move(names), "", Kind::flag, std::move(help), set)).divides = true;
}

void Options::flag_count(std::string names, int& value, std::string help) {
  auto set = [&value](std::string_view) {
    ++value;
    return std::string();
  };
  option(declared(std::move(names), "", Kind::flag, std::move(help), set)).repeatable = true;
}

void Options::option(std::string names, std::string metavar, std::string& value, std::string help,
                     Kind kind) {
  option(declared(std::move(names), std::move(metavar), kind, std::move(help), stored_in(value)));
}

void Options::option(std::string names, std::string metavar, std::optional<std::string>& value,
                     std::string help, Kind kind) {
  option(declared(std::move(names), std::move(metavar), kind, std::move(help), stored_in(value)));
}

void Options::option(std::string names, std::string metavar, std::vector<std::string>& values,
                     std::string help, Kind kind) {
  option(declared(std::move(names), std::move(metavar), kind, std::move(help), added_to(values)))
      .repeatable = true;
}

void Options::option(std::string names, std::string metavar, std::optional<Duration>& value,
                     std::string help) {
  option(declared(std::move(names), std::move(metavar), Kind::time, std::move(help),
                  parsed_into(value, parse_time)));
}

void Options::option(std::string names, std::string metavar, Duration& value, std::string help) {
  option(declared(std::move(names), std::move(metavar), Kind::time, std::move(help),
                  parsed_into(value, parse_time)));
}

void Options::option(std::string names, std::string metavar, std::uint64_t& value,
                     std::uint64_t least, std::uint64_t most, std::string help) {
  auto set = count_setter(value, least, most);
  option(declared(std::move(names), std::move(metavar), Kind::count, std::move(help), set));
}

void Options::option(std::string names, std::string metavar, std::optional<std::uint64_t>& value,
                     std::uint64_t least, std::uint64_t most, std::string help) {
  auto set = count_setter(value, least, most);
  option(declared(std::move(names), std::move(metavar), Kind::count, std::move(help), set));
}

void Options::size(std::string names, std::string metavar, std::uint64_t& value,
                   std::uint64_t least, std::uint64_t most, std::string help) {
  auto set = [&value, least, most](std::string_view text) -> std::string {
    auto const size = parse_size(text);
    if (!size) return size.failure().message();
    if (*size < least || *size > most)
      return "'" + std::string(text) + "' is not a size from " + std::to_string(least) + " to " +
             std::to_string(most) + " bytes";
    value = *size;
    return {};
  };
  option(declared(std::move(names), std::move(metavar), Kind::size, std::move(help), set));
}

void Options::choice(std::string names, std::string metavar, std::string& value,
                     std::vector<std::string> choices, std::string help) {
  if (metavar.empty()) {
    metavar = joined(choices, "|");
  } else {
    help += " (" + joined(choices, ", ") + ")";
  }
  option(
      declared(std::move(names), std::move(metavar), Kind::text, std::move(help), stored_in(value)))
      .choices = std::move(choices);
}

void Options::positional(std::string name, std::string& value, bool required, std::string help,
                         Kind kind) {
  auto metavar = name;
  option(declared(std::move(name), std::move(metavar), kind, std::move(help), stored_in(value)))
      .required = required;
}

void Options::positional(std::string name, std::vector<std::string>& values, bool required,
                         std::string help, Kind kind) {
  auto metavar = name;
  auto& made = option(
      declared(std::move(name), std::move(metavar), kind, std::move(help), added_to(values)));
  made.required = required;
  made.repeatable = true;
}

void Options::example(std::string command, std::string what) {
  examples_.push_back({std::move(command), std::move(what)});
}

}  // namespace twx
