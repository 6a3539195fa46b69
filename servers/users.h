// Whom the finger server knows: names and what is to be said of them.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "reactor/clock.h"
#include "reactor/failure.h"

namespace twx {

// What a query may ask for in one line, its "/W " included.
constexpr std::size_t longest_query = 1024;

// Without the blanks around it.
std::string_view stripped(std::string_view);
// Why no query can ask for `name`, "it has an '@', which asks another host"; empty: one can.
std::string_view unaskable(std::string_view name);

// Safe to use from several threads, once it is set up.
class Users {
 public:
  std::map<std::string, std::string, std::less<>> fixed;  // go before those of the file
  std::optional<std::string> file;                        // of lines "name: text"
  Duration reload = std::chrono::seconds(30);             // how old what was read may be

  // Reads the file, if there is one. Names that nobody can ask for are left out, which is said once
  // of each.
  Result<void> read();
  // The same for a person who has asked for it: how it went is said.
  void read_again();
  // What is to be said of `name`; nothing: nobody knows it. Reads the file again if it is time. A
  // failure is said once, until another one comes or all is well, which is said too; until it is
  // time again it is what every asker is told, and what was read before is forgotten.
  Result<std::optional<std::string>> find(std::string_view name);

 private:
  Result<void> load();
  std::string take_line(std::string_view);  // what is wrong with it, empty if nothing is
  void load_and_tell();

  std::map<std::string, std::string, std::less<>> read_;
  std::set<std::string> complaints_;  // about the lines of the file
  std::optional<Failure> failure_;    // of the last reading
  std::chrono::steady_clock::time_point read_at_{};
  std::mutex mutex_;
};

}  // namespace twx
