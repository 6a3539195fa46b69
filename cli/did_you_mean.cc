#include "cli/did_you_mean.h"

#include <algorithm>
#include <vector>

#include "protocols/http.h"

namespace twx {
namespace {

constexpr std::size_t most_edits = 2;
constexpr std::size_t letters_for_an_edit = 3;
constexpr std::size_t least_prefix = 3;

std::string_view without_dashes(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
  return name;
}

std::string_view only_with_prefix(std::string_view word,
                                  std::span<std::string_view const> candidates) {
  if (without_dashes(word).size() < least_prefix) return {};
  auto const begins = [&](std::string_view candidate) { return candidate.starts_with(word); };
  auto const found = std::ranges::find_if(candidates, begins);
  if (found == candidates.end()) return {};
  return std::any_of(found + 1, candidates.end(), begins) ? std::string_view() : *found;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the usual table for the last two and the present letter of `a`.
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto const replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      bool const swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string_view nearest(std::string_view word, std::span<std::string_view const> candidates) {
  std::string_view best;
  auto least = most_edits + 1;
  for (auto const candidate : candidates) {
    auto const letters = std::min(without_dashes(word).size(), without_dashes(candidate).size());
    auto const longer = std::max(word.size(), candidate.size());
    // Too different in length to be worth the table, which a long argument would make costly.
    if (longer - std::min(word.size(), candidate.size()) > most_edits) continue;
    // -V and -v are two options, --TLS and --tls are one.
    auto const edits = letters < 2 ? edit_distance(word, candidate)
                                   : edit_distance(lower_case(word), lower_case(candidate));
    if (edits < least && letters_for_an_edit * edits <= letters) {
      least = edits;
      best = candidate;
    }
  }
  return best.empty() ? only_with_prefix(word, candidates) : best;
}

std::string did_you_mean(std::string_view word, std::span<std::string_view const> candidates) {
  auto const meant = nearest(word, candidates);
  if (meant.empty()) return {};
  return "; did you mean '" + std::string(meant) + "'?";
}

}  // namespace twx
