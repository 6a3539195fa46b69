// What help tells that is not about one command: twx help endpoints.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/columns.h"

namespace twx {

struct TopicPart {
  std::string prose;      // a paragraph; may be empty
  std::vector<Row> rows;  // what it announces; may be empty
};

struct Topic {
  std::string_view name;
  std::string_view page;                       // of the manual, in section 7: "twx-endpoint"
  std::string_view summary;                    // one line, no full stop
  std::vector<TopicPart> (*parts)();           // in order
  std::span<std::string_view const> examples;  // commands as typed in a shell

  // What help prints; no line is wider than 80 columns.
  std::string text() const;
};
std::span<Topic const> topics();

// The topic with this name; nullptr if there is none.
Topic const* find_topic(std::string_view name);

}  // namespace twx
