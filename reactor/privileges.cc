#include "reactor/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "reactor/ascii.h"

namespace twx {
namespace {

Failure invalid(std::string const& why) {
  return Failure::with_message(std::make_error_code(std::errc::invalid_argument), why);
}

Failure system_failure(char const* what) {
  return {std::error_code(errno, std::system_category()), what};
}

// The greatest number means "leave it as it is" to the system.
std::optional<std::uint32_t> number(std::string const& text) {
  std::uint32_t value = 0;
  auto const good = parse_number(text, value) && value != std::numeric_limits<std::uint32_t>::max();
  return good ? std::optional(value) : std::nullopt;
}

passwd const* find_user(std::string const& user) {
  auto const uid = number(user);
  return uid ? getpwuid(*uid) : getpwnam(user.c_str());
}

Result<std::uint32_t> find_group(std::string const& group) {
  if (auto const gid = number(group)) return *gid;
  auto const* const found = getgrnam(group.c_str());
  if (!found) return invalid("there is no group '" + group + "'");
  return found->gr_gid;
}

std::vector<std::uint32_t> groups_of(std::string const& name, std::uint32_t own) {
  int count = 0;
  getgrouplist(name.c_str(), own, nullptr, &count);
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (getgrouplist(name.c_str(), own, groups.data(), &count) < 0) count = 0;
  groups.resize(static_cast<std::size_t>(count));
  std::erase(groups, own);
  return groups;
}

std::vector<std::uint32_t> present_groups() {
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, getgroups(0, nullptr))));
  auto const count = getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(0, count)));
  return groups;
}

// Real, effective and saved.
bool is_user(uid_t wanted) {
  uid_t ids[3];
  return getresuid(&ids[0], &ids[1], &ids[2]) == 0 &&
         std::ranges::all_of(ids, [&](uid_t id) { return id == wanted; });
}

bool is_group(gid_t wanted) {
  gid_t ids[3];
  return getresgid(&ids[0], &ids[1], &ids[2]) == 0 &&
         std::ranges::all_of(ids, [&](gid_t id) { return id == wanted; });
}

// The list may hold the group itself; that changes nothing.
bool has_groups(Identity const& wanted) {
  auto some = wanted.groups.value_or(std::vector<std::uint32_t>());
  auto others = present_groups();
  for (auto* const list : {&some, &others}) {
    if (wanted.gid) std::erase(*list, *wanted.gid);
    std::ranges::sort(*list);
  }
  return some == others;
}

bool is(Identity const& wanted) {
  return (!wanted.uid || is_user(*wanted.uid)) && (!wanted.gid || is_group(*wanted.gid)) &&
         has_groups(wanted);
}

// Tries the ways back; root itself has nothing to go back to.
bool could_return(Identity const& dropped) {
  if (dropped.uid && *dropped.uid != 0 && (setuid(0) == 0 || seteuid(0) == 0)) return true;
  if (geteuid() == 0) return false;
  return dropped.gid && *dropped.gid != 0 && (setgid(0) == 0 || setegid(0) == 0);
}

}  // namespace

Result<Identity> Privileges::resolve() const {
  Identity identity;
  if (group) {
    auto const gid = find_group(*group);
    if (!gid) return gid.failure();
    identity.gid = *gid;
  }
  if (user) {
    auto const* const found = find_user(*user);
    identity.uid = found ? found->pw_uid : number(*user);
    if (!identity.uid) return invalid("there is no user '" + *user + "'");
    if (!found && !group)
      return invalid("user " + *user + " is not in the system's database: name a group too");
    if (!identity.gid) identity.gid = found->pw_gid;
    if (found) identity.groups = groups_of(found->pw_name, *identity.gid);
  }
  if (!groups) return identity;
  auto& all = identity.groups.emplace();
  for (auto const& each : *groups) {
    auto const gid = find_group(each);
    if (!gid) return gid.failure();
    all.push_back(*gid);
  }
  return identity;
}

Result<void> drop_privileges(Identity const& to) {
  if (!to.uid && !to.gid && !to.groups) return {};
  if (geteuid() != 0 && is(to)) return {};
  auto const groups = to.groups.value_or(std::vector<std::uint32_t>());
  if (setgroups(groups.size(), groups.data()) < 0) return system_failure("setgroups");
  if (to.gid && setresgid(*to.gid, *to.gid, *to.gid) < 0) return system_failure("setresgid");
  if (to.uid && setresuid(*to.uid, *to.uid, *to.uid) < 0) return system_failure("setresuid");
  if (!is(to) || could_return(to))
    return Failure(std::make_error_code(std::errc::operation_not_permitted),
                   "privileges could be regained");
  return {};
}

Result<void> forbid_new_privileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return system_failure("prctl");
  return {};
}

}  // namespace twx
