// Suggestions for mistyped names.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace twx {

// How many letters must be added, dropped, replaced or swapped with a neighbour to make `a` of `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate that `word` was probably meant to be: at most two edits away, one for three of its
// letters, capitals not counted; or the only one that it begins. Empty if there is none.
std::string_view nearest(std::string_view word, std::span<std::string_view const> candidates);

// "; did you mean 'serve'?", or nothing.
std::string did_you_mean(std::string_view word, std::span<std::string_view const> candidates);

}  // namespace twx
