#include "cli/stray_word.h"

#include <algorithm>

#include "cli/usage_error.h"
#include "protocols/http.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

// An option, its value, and the word behind.
struct ValueAndNext {
  Option const* option;
  std::string_view value, next;
};

std::vector<ValueAndNext> values_and_next(Options const& options,
                                          std::span<std::string_view const> words) {
  std::vector<ValueAndNext> all;
  for (std::size_t i = 0; i + 2 < words.size() && words[i] != "--"; ++i) {
    auto const* const option = awaiting_value(options, words[i]);
    if (!option) continue;
    all.push_back({option, words[i + 1], words[i + 2]});
    ++i;
  }
  return all;
}

bool has_no_unit(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789.") == word.npos;
}

bool is_unit(Kind kind, std::string_view word) {
  auto const units = kind == Kind::time ? "ms,s,sec,secs,seconds,m,min,mins,minutes,h,hours"
                                        : "k,kb,kib,m,mb,mib,g,gb,gib,b,bytes";
  return lists(units, lower_case(word));
}

}  // namespace

Option const* awaiting_value(Options const& options, std::string_view word) {
  if (auto const* option = options.find(word)) return option->takes_value() ? option : nullptr;
  if (!word.starts_with('-') || word.starts_with("--")) return nullptr;
  for (auto const& letter : word.substr(1)) {
    auto const* option = options.find(std::string{'-', letter});
    if (!option) return nullptr;
    if (option->takes_value()) return &letter == &word.back() ? option : nullptr;
  }
  return nullptr;
}

std::string torn_value(Options const& options, std::span<std::string_view const> words) {
  for (auto const& [option, value, next] : values_and_next(options, words)) {
    auto const time = option->kind == Kind::time;
    if (!time && option->kind != Kind::size) continue;
    if (!has_no_unit(value) || !is_unit(option->kind, next)) continue;
    return std::string(option->name()) +
           (time ? ": a time is one word, number and unit: 500ms, 2s, 1.5m or 1h"
                 : ": a size is one word, number and unit: 4096, 64k, 1M or 2G");
  }
  return "";
}

std::string unquoted_value(Options const& options, std::span<std::string_view const> words,
                           std::string_view word) {
  for (auto const& [option, value, next] : values_and_next(options, words)) {
    if (option->kind != Kind::text || !option->choices.empty() || next != word) continue;
    if (has_no_unit(word)) continue;
    return "; put a value of several words in quotes: " + std::string(option->name()) + " '" +
           std::string(value) + " " + std::string(word) + "'";
  }
  return "";
}

std::string swallowed_word(std::span<Given const> given, bool any) {
  for (auto const& each : given) {
    if (!each.option->takes_value() || each.option->kind == Kind::url) continue;
    if (each.value.find("://") == std::string::npos && (!any || &each != &given.back())) continue;
    return "; " + in_quotes(each.value) + " is the value of " + std::string(each.option->name());
  }
  return "";
}

}  // namespace twx
