// Internal to reactor/. All that a child needs between fork and exec, made beforehand: in there
// nothing can be allocated.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reactor/descriptor.h"
#include "reactor/process.h"

namespace twx {

struct ProcessPlan {
  struct Identity {
    std::optional<uid_t> user;
    std::optional<gid_t> group;
    std::vector<gid_t> groups;  // of the user
  };
  struct Given {
    int target = -1;  // the child's number
    int source = -1;  // ours
    int moved = -1;   // above all targets, in the child
  };

  ProcessPlan(std::string asked, SpawnOptions const& options);

  // The child gets `source`, which must stay open until it runs; by ascending target.
  void give(int target, int source);
  // Those of 0, 1 and 2 that nobody gave.
  Result<void> give_null_device();
  // What a person is told of a failure.
  Failure failure(int error, std::string const& what) const;

  std::string executable;
  std::vector<std::string> paths;  // where it may be, in this order
  std::string working_directory;
  std::optional<Identity> identity;
  Result<void> known = {};  // whether the identity could be found out
  std::vector<Given> given;
  int terminal = -1;  // of a session of its own
  Descriptor null_device;

  char* const* arguments() const { return arguments_.data(); }
  char* const* environment() const;

 private:
  void find_paths(SpawnOptions const&);
  void find_identity(SpawnOptions const&);

  std::vector<std::string> texts_;  // what the two lists below point to
  std::vector<char*> arguments_;
  std::optional<std::vector<char*>> environment_;
};

}  // namespace twx
