// Public. What can go wrong with an IRC server, beside what transports report.
#pragma once

#include <system_error>

namespace twx {

// Causes of a failure.
enum class IrcError {
  bad_part = 1,       // a line cannot be sent: CR, LF or NUL in it, or a space where none can be
  queue_full,         // more lines wait to be sent than may
  login_unavailable,  // the server has no SASL, or not the mechanism that was asked for
  login_refused,      // the server does not take the password or the certificate
  login_broken,       // the server does not keep to the rules of the mechanism
  server_not_proved,  // SCRAM: the server's signature is wrong or missing: it may be anybody's
  login_timeout,      // no answer to a step of the login in time
};

// What std::error_code asks of its enumerations; the category is called "irc".
std::error_category const& irc_category() noexcept;
std::error_code make_error_code(IrcError) noexcept;  // of that category

}  // namespace twx

template <>
struct std::is_error_code_enum<twx::IrcError> : std::true_type {};
