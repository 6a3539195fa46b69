// What `twx irc-log` takes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/tls_options.h"
#include "clients/irc_log_writer.h"
#include "protocols/irc_client.h"
#include "reactor/connector.h"
#include "reactor/endpoint.h"

namespace twx {

struct IrcLogChannel {
  std::string name;
  std::string password = {};  // its key; empty: none
};

struct IrcLogArguments {
  Endpoint endpoint;
  bool in_clear = false;
  TlsArguments tls;
  ConnectOptions connect;
  IrcSettings irc;  // nick, real name, login
  std::vector<IrcLogChannel> channels;
  std::vector<std::string> ignored;  // whole masks
  Secret nickserv_password;          // empty: none
  Duration reconnect_min = std::chrono::seconds(2);
  Duration reconnect_max = std::chrono::minutes(5);
  Duration lag_timeout = std::chrono::minutes(4);  // zero: never
  Duration rejoin_delay = std::chrono::seconds(5);
  bool replies = true;
  IrcLogSettings log;

  // Where passwords come from.
  std::string sasl_password_file;
  std::string nickserv_password_file;
};

// Passwords are not read yet.
std::shared_ptr<IrcLogArguments> declare_irc_log(Options&);

// Reads the passwords that are wanted from their files, or from the environment: TWX_SASL_PASSWORD
// and TWX_NICKSERV_PASSWORD. A file's first line counts. Fails with Error::cannot_read.
Result<void> read_passwords(IrcLogArguments&);

}  // namespace twx
