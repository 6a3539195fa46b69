// Public. Application: the services of a whole program, its privileges and its pid file.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "reactor/privileges.h"
#include "reactor/reactor.h"
#include "reactor/service.h"

namespace twx {

class Application final : public MultiService {
 public:
  // What holds for the whole process while it runs.
  struct Settings {
    Privileges privileges = {};
    std::optional<unsigned> umask = {};  // set before anything is started
    std::string pid_file = {};           // empty: none
    // How long the services and then the connections get to come to their end.
    Duration stop_limit = std::chrono::seconds(5);
  };

  explicit Application(std::string name) : Application(std::move(name), Settings()) {}
  Application(std::string name, Settings settings)
      : MultiService(std::move(name)), settings_(std::move(settings)) {}

  // Writes the pid file, runs the reactor, and in it calls privileged_start_service of all, gives
  // the privileges up, and starts all. Blocks until reactor.stop(), which SIGINT and SIGTERM call:
  // then it stops the services, drains the reactor and removes the pid file. A second signal, or
  // the limit, cuts that short.
  //
  // Fails with what prevented the start; what was started then is stopped again. The pid file
  // cannot be removed from a directory in which the new user may not write: it is emptied, and
  // replaced by the next start. Throws as Reactor::run does.
  Result<void> run(Reactor& reactor);

 private:
  Settings settings_;
};

}  // namespace twx
