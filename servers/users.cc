#include "servers/users.h"

#include <cerrno>
#include <fstream>

namespace twx {
namespace {

std::string_view stripped(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto const begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace

Result<void> Users::read() {
  read_.clear();
  if (!file) return {};
  errno = 0;
  std::ifstream in(*file);
  for (std::string line; std::getline(in, line);) {
    auto const colon = line.find(':');
    if (colon == line.npos) continue;
    auto const whole = std::string_view(line);
    read_.insert_or_assign(std::string(stripped(whole.substr(0, colon))),
                           std::string(stripped(whole.substr(colon + 1))));
  }
  if (!in.eof()) return Failure({errno != 0 ? errno : EIO, std::system_category()}, *file);
  read_at_ = std::chrono::steady_clock::now();
  return {};
}

Result<std::optional<std::string>> Users::find(std::string_view name) {
  if (auto const user = fixed.find(name); user != fixed.end()) return std::optional(user->second);
  std::scoped_lock const lock(mutex_);
  if (file && std::chrono::steady_clock::now() - read_at_ >= reload)
    if (auto const again = read(); !again) return again.failure();
  auto const user = read_.find(name);
  if (user == read_.end()) return std::optional<std::string>();
  return std::optional(user->second);
}

}  // namespace twx
