#include "reactor/process_plan.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace twx {
namespace {

constexpr auto usual_path = "/bin:/usr/bin";  // as the C library has it

std::vector<char*> pointers(std::vector<std::string>::iterator first,
                            std::vector<std::string>::iterator last) {
  std::vector<char*> all;
  for (; first != last; ++first) all.push_back(first->data());
  all.push_back(nullptr);
  return all;
}

std::string search_path(SpawnOptions const& options) {
  if (!options.environment) {
    auto const* const ours = std::getenv("PATH");
    return ours ? ours : usual_path;
  }
  auto const theirs = options.environment->find("PATH");
  return theirs == options.environment->end() ? usual_path : theirs->second;
}

struct User {
  std::string name;
  gid_t group = 0;
};

std::optional<User> look_up_user(uid_t number) {
  std::vector<char> room(1024);
  passwd entry{};
  passwd* found = nullptr;
  while (getpwuid_r(number, &entry, room.data(), room.size(), &found) == ERANGE)
    room.resize(2 * room.size());
  if (!found) return std::nullopt;
  return User{found->pw_name, found->pw_gid};
}

std::vector<gid_t> groups_of(User const& user, gid_t group) {
  int count = 32;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (getgrouplist(user.name.c_str(), group, groups.data(), &count) < 0)
    groups.resize(std::max(static_cast<std::size_t>(count), 2 * groups.size()));
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

}  // namespace

ProcessPlan::ProcessPlan(std::string asked, SpawnOptions const& options)
    : executable(std::move(asked)), working_directory(options.working_directory) {
  texts_.push_back(options.name.value_or(executable));
  texts_.insert(texts_.end(), options.arguments.begin(), options.arguments.end());
  auto const count = static_cast<std::ptrdiff_t>(texts_.size());
  if (options.environment)
    for (auto const& [name, value] : *options.environment) {
      texts_.push_back(name);
      texts_.back().append("=").append(value);
    }
  arguments_ = pointers(texts_.begin(), texts_.begin() + count);
  if (options.environment) environment_ = pointers(texts_.begin() + count, texts_.end());
  find_paths(options);
  find_identity(options);
}

char* const* ProcessPlan::environment() const {
  return environment_ ? environment_->data() : environ;
}

void ProcessPlan::find_paths(SpawnOptions const& options) {
  if (executable.find('/') != executable.npos) {
    paths = {executable};
    return;
  }
  if (executable.empty()) return;  // not found
  auto const all = search_path(options);
  for (std::size_t begin = 0; begin <= all.size();) {
    auto const end = std::min(all.find(':', begin), all.size());
    auto const folder = all.substr(begin, end - begin);
    paths.push_back(folder.empty() ? executable : folder + "/" + executable);
    begin = end + 1;
  }
}

void ProcessPlan::find_identity(SpawnOptions const& options) {
  if (!options.uid) {
    if (options.gid) identity = Identity{{}, options.gid, {}};
    return;
  }
  auto const user = look_up_user(*options.uid);
  auto group = options.gid;
  if (!group && user) group = user->group;
  if (!group) {
    known = failure(EINVAL, "a user without a known group");
    return;
  }
  // To become what we are would take privileges.
  if (user && getuid() == *options.uid && geteuid() == *options.uid && getegid() == *group) return;
  identity = Identity{options.uid, group, user ? groups_of(*user, *group) : std::vector{*group}};
}

void ProcessPlan::give(int target, int source) {
  auto const place = std::ranges::lower_bound(given, target, {}, &Given::target);
  given.insert(place, {target, source});
}

Result<void> ProcessPlan::give_null_device() {
  for (int target = 0; target <= 2; ++target) {
    if (std::ranges::find(given, target, &Given::target) != given.end()) continue;
    if (!null_device) null_device = Descriptor(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null_device) return failure(errno, "/dev/null");
    give(target, null_device.get());
  }
  return {};
}

Failure ProcessPlan::failure(int error, std::string const& what) const {
  return {std::error_code(error, std::system_category()),
          "run " + executable + (what.empty() ? "" : ", ") + what};
}

}  // namespace twx
