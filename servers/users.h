// Whom the finger server knows: names and what is to be said of them.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "reactor/clock.h"
#include "reactor/failure.h"

namespace twx {

// Safe to use from several threads, once it is set up.
class Users {
 public:
  std::map<std::string, std::string, std::less<>> fixed;  // go before those of the file
  std::optional<std::string> file;                        // of lines "name: text"
  Duration reload = std::chrono::seconds(30);             // how old what was read may be

  // Reads the file, if there is one.
  Result<void> read();
  // What is to be said of `name`; nothing: nobody knows it. Reads the file again if it is time; the
  // failure is told to the asker, and what was read before forgotten.
  Result<std::optional<std::string>> find(std::string_view name);

 private:
  std::map<std::string, std::string, std::less<>> read_;
  std::chrono::steady_clock::time_point read_at_{};
  std::mutex mutex_;
};

}  // namespace twx
