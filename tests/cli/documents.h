// What is made from the declarations and checked in: ./dev docs writes it, a test compares it.
#pragma once

#include <map>
#include <string>

#include "cli/completion.h"
#include "cli/man_page.h"
#include "cli/reference.h"

namespace twx::test {

// Text by path in the tree.
inline std::map<std::string, std::string> documents() {
  std::map<std::string, std::string> all{{"docs/reference.md", reference(commands())}};
  for (auto& page : man_pages(commands()))
    all["man/" + page.name + "." + std::to_string(page.section)] = std::move(page.text);
  auto const table = completion_table(commands());
  all["completions/twx.bash"] = bash_completion(table);
  all["completions/_twx"] = zsh_completion(table);
  all["completions/twx.fish"] = fish_completion(table);
  return all;
}

}  // namespace twx::test
