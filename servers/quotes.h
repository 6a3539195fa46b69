// Where a quote comes from: one text, or the entries of fortune files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reactor/failure.h"

namespace twx {

struct Quotes {
  std::optional<std::string> text;  // empty means the default
  std::vector<std::string> files;   // if any, instead of the text

  // The text, or a random entry of a random file, which is read anew at each call: entries are
  // divided by "\n%\n", and a last newline stays in the last entry. Safe in several threads.
  Result<std::string> next() const;
  // The first file that cannot be read.
  Result<void> check() const;
};

// The entries of a fortune file's contents.
std::vector<std::string_view> fortunes(std::string_view contents);

}  // namespace twx
