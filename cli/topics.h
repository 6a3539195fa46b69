// What help tells that is not about one command: twx help endpoints.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace twx {

struct Topic {
  std::string_view name;
  std::string_view summary;  // one line, no full stop
  std::string (*text)();     // no line is wider than 80 columns
};
std::span<Topic const> topics();

// The topic with this name; nullptr if there is none.
Topic const* find_topic(std::string_view name);

}  // namespace twx
