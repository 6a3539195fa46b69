#include "servers/users.h"

#include <algorithm>
#include <utility>

#include "reactor/log.h"
#include "reactor/visible.h"
#include "servers/regular_file.h"

namespace twx {

std::string_view stripped(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto const begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string_view unaskable(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.find('@') != name.npos) return "it has an '@', which asks another host";
  if (name == "/W" || name.starts_with("/W ")) return "it begins with /W, which asks for more";
  return name.size() > longest_query ? "it is longer than a query" : "";
}

Result<void> Users::read() {
  std::scoped_lock const lock(mutex_);
  return load();
}

void Users::read_again() {
  std::scoped_lock const lock(mutex_);
  failure_.reset();  // one that lasts is said again
  load_and_tell();
  if (file && !failure_) log(Level::notice, *file + ": read again");
}

Result<void> Users::load() {
  if (!file) return {};
  read_.clear();
  failure_.reset();
  read_at_ = std::chrono::steady_clock::now();
  auto const contents = read_regular_file(*file);
  if (!contents) {
    failure_ = contents.failure();
    return *failure_;
  }
  std::set<std::string> complaints;
  std::string_view rest = *contents;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    auto const end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    if (auto const wrong = take_line(rest.substr(0, end)); !wrong.empty())
      complaints.insert(*file + ":" + std::to_string(number) + ": " + wrong);
    rest.remove_prefix(end);
  }
  for (auto const& complaint : complaints)
    if (!complaints_.contains(complaint)) log(Level::warning, complaint);
  complaints_ = std::move(complaints);
  return {};
}

std::string Users::take_line(std::string_view line) {
  auto const colon = line.find(':');
  if (colon == line.npos) return "";
  auto const name = stripped(line.substr(0, colon));
  auto const why = unaskable(name);
  if (!why.empty()) return "nobody can ask for '" + escaped(name) + "': " + std::string(why);
  read_.insert_or_assign(std::string(name), std::string(stripped(line.substr(colon + 1))));
  return "";
}

void Users::load_and_tell() {
  auto const before = std::exchange(failure_, std::nullopt);
  auto const loaded = load();
  if (!loaded && (!before || before->message() != loaded.failure().message()))
    log(Level::error, loaded.failure().message());
  if (loaded && before && file) log(Level::warning, *file + ": can be read again");
}

Result<std::optional<std::string>> Users::find(std::string_view name) {
  if (auto const user = fixed.find(name); user != fixed.end()) return std::optional(user->second);
  std::scoped_lock const lock(mutex_);
  if (file && std::chrono::steady_clock::now() - read_at_ >= reload) load_and_tell();
  if (failure_) return *failure_;
  auto const user = read_.find(name);
  if (user == read_.end()) return std::optional<std::string>();
  return std::optional(user->second);
}

}  // namespace twx
