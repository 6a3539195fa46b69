#include "cli/unknown_option.h"

#include <algorithm>
#include <vector>

#include "cli/declared.h"
#include "cli/did_you_mean.h"
#include "cli/foreign_words.h"
#include "cli/help.h"
#include "cli/usage_error.h"
#include "protocols/http.h"

namespace twx {
namespace {

// "CHANNEL" of "CHANNEL[,CHANNEL...]".
std::string_view first_word(std::string_view metavar) {
  return metavar.substr(0, metavar.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
}

// "; PORT stands alone: ..." for "--port".
std::string as_positional(Command const& command, Options const& options, std::string_view name) {
  for (auto const& option : options.all()) {
    auto const word = first_word(option.metavar);
    auto const is_value = std::ranges::any_of(option.choices, [name](std::string const& choice) {
      return name == "--" + choice;
    });
    if (!option.positional() || (!is_value && name != "--" + lower_case(word))) continue;
    return "; " + std::string(is_value ? name.substr(2) : word) +
           " stands alone: " + usage(command, options);
  }
  return "";
}

std::string nearest_option(Options const& options, std::string_view name) {
  std::vector<std::string_view> names;
  for (auto const& option : options.all()) {
    if (option.positional()) continue;
    for (auto const each : option.each_name()) names.push_back(each);
  }
  return did_you_mean(name, names);
}

// "; only 'serve echo' has it". A letter means too many things to be looked for.
std::string of_others(std::string_view name) {
  if (!name.starts_with("--")) return "";
  std::vector<std::string_view> paths;
  for (auto const* command : commands())
    if (Declared(*command).options.find(name)) paths.push_back(command->path);
  if (paths.empty()) return "";
  auto const first = in_quotes(paths.front());
  return paths.size() == 1 ? "; only " + first + " has it" : "; " + first + " and others have it";
}

std::string instead_of(Command const& command, Options const& options, std::string_view name) {
  if (auto const foreign = foreign_option(command.path, name); !foreign.empty())
    return "; " + std::string(foreign);
  auto meant = as_positional(command, options, name);
  if (meant.empty()) meant = nearest_option(options, name);
  return meant.empty() ? of_others(name) : meant;
}

}  // namespace

std::string unknown_option(Command const& command, Options const& options, std::string_view word) {
  constexpr std::size_t letter = 2;
  auto name = word.substr(0, word.starts_with("--") ? word.find('=') : letter);
  auto const long_name = "-" + std::string(word.substr(0, word.find('=')));
  auto meant = std::string();
  if (name.size() == letter && word.size() > letter + 1)  // -timeout, rather than letters
    meant = instead_of(command, options, long_name);
  if (meant.empty())
    meant = instead_of(command, options, name);
  else
    name = word.substr(0, word.find('='));
  return "there is no option " + in_quotes(name) + meant;
}

}  // namespace twx
