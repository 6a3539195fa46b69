// The one table of exit statuses (curl's numbers where curl has one). The manual is made from it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace twx {

class Failure;

enum class ExitStatus : int {
  done = 0,
  failed = 1,
  usage = 2,
  malformed_url = 3,
  proxy_not_found = 5,
  host_not_found = 6,
  not_connected = 7,
  bad_answer = 8,
  ended_early = 18,
  http_error = 22,
  write_failed = 23,
  read_failed = 26,
  timed_out = 28,
  range_refused = 33,
  tls_handshake = 35,
  interface_failed = 45,
  too_many_redirects = 47,
  empty_answer = 52,
  send_failed = 55,
  receive_failed = 56,
  not_trusted = 60,
  bad_encoding = 61,
  too_large = 63,
  cannot_rewind = 65,
  login_refused = 67,
  pin_mismatch = 90,
  proxy_handshake = 97,
  head_too_large = 100,
};

struct ExitStatusEntry {
  ExitStatus status;
  std::string_view meaning;
};
// All of them in order of number.
std::span<ExitStatusEntry const> exit_statuses();

// The status for a failure to connect or listen, or of a live connection:
//   done            an orderly end (connection_done)
//   usage, proxy_not_found, proxy_handshake  ProxyError::bad_setting, name_not_found, handshake;
//                   its tunnel is receive_failed
//   timed_out       everything that is(Error::timed_out), the system's ETIMEDOUT included
//   read_failed     tls_configuration: a file that TLS needs
//   tls_handshake, not_trusted, pin_mismatch  the errors of TLS with these names
//   ended_early     tls_truncated
//   host_not_found  name_not_found, name_lookup_failed
//   interface_failed  bind_failed
//   not_connected   refused, unreachable, cannot_listen and every other error of the system, such
//   as
//                   EADDRINUSE, EACCES, or ENOENT for a unix socket
//   send_failed     EPIPE
//   receive_failed  whatever else is(Error::connection_lost): resets, own aborts, overflow
//   failed          the rest: cancelled, abandoned, exceptions, no memory
ExitStatus exit_status(Failure const&);

// How a command ended. `message` is what a person is told (without the leading "twx: "); empty
// where there is nothing to say. `signal` is the one that ended the program, 0 for none.
struct Outcome {
  ExitStatus status = ExitStatus::done;
  std::string message = {};
  int signal = 0;
};

}  // namespace twx
