// What is made from the declarations and checked in: ./dev docs writes it, a test compares it.
#pragma once

#include <map>
#include <string>

#include "cli/man_page.h"
#include "cli/reference.h"

namespace twx::test {

// Text by path in the tree.
inline std::map<std::string, std::string> documents() {
  std::map<std::string, std::string> all{{"docs/reference.md", reference(commands())}};
  for (auto& page : man_pages(commands()))
    all["man/" + page.name + "." + std::to_string(page.section)] = std::move(page.text);
  return all;
}

}  // namespace twx::test
