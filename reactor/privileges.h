// Public. Giving up root: what a server does once it holds its ports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reactor/failure.h"

namespace twx {

// The numbers of a user and its groups.
struct Identity {
  std::optional<std::uint32_t> uid = {};
  std::optional<std::uint32_t> gid = {};
  // The supplementary ones. Nothing: none if there is a user or a group above, otherwise as it is.
  std::optional<std::vector<std::uint32_t>> groups = {};
};

// What is to be given up. Users and groups are names or numbers.
struct Privileges {
  std::optional<std::string> user = {};   // nothing: stays who it is
  std::optional<std::string> group = {};  // nothing: the user's own by the system's database
  // Supplementary groups, given up by themselves too; nothing: those that the database gives the
  // user, none without a user.
  std::optional<std::vector<std::string>> groups = {};
  // Programs that are started gain nothing by set-user-id bits either. Nothing: if there is a user
  // or a group above.
  std::optional<bool> no_new_privs = {};

  // Looks the names up. Fails with std::errc::invalid_argument for one that does not exist and for
  // a user without a group.
  Result<Identity> resolve() const;
};

// Becomes `identity` for good: supplementary groups, group, user, in all threads, and checks that
// there is no way back. Without root it succeeds only if nothing is to be changed. After a failure
// some may be given up and some not: the process should end.
Result<void> drop_privileges(Identity const& identity);

// prctl(PR_SET_NO_NEW_PRIVS), for this thread and those that it starts from now on.
Result<void> forbid_new_privileges();

}  // namespace twx
