#include "cli/option_groups.h"

#include <algorithm>

namespace twx {
namespace {

constexpr char arguments_heading[] = "Arguments";
constexpr char own_heading[] = "Options";

std::string heading(Option const& option) {
  if (option.positional()) return arguments_heading;
  return option.group.empty() ? own_heading : option.group;
}

}  // namespace

std::vector<OptionGroup> option_groups(Options const& options) {
  // These two come first, whatever was declared first.
  std::vector<OptionGroup> all{{arguments_heading, {}}, {own_heading, {}}};
  for (auto const& option : options.all()) {
    auto found = std::ranges::find(all, heading(option), &OptionGroup::heading);
    if (found == all.end()) found = all.insert(all.end(), {heading(option), {}});
    found->options.push_back(&option);
  }
  std::erase_if(all, [](OptionGroup const& each) { return each.options.empty(); });
  return all;
}

std::string full_help(Option const& option) {
  bool const repeated = option.repeatable && option.takes_value() && !option.positional();
  return repeated ? option.help + "; may be repeated" : option.help;
}

}  // namespace twx
