// Internal to reactor/. What OpenSSL's errors mean, and what a person is told of them.
#pragma once

#include <openssl/types.h>

#include <string>

#include "reactor/failure.h"

namespace twx {

// The error that says most of those in OpenSSL's queue, which is emptied: lack of memory, otherwise
// the first of TLS itself rather than of what it rests on. 0 if there is none.
unsigned long tls_complaint();

// By the reason of an error (ERR_GET_REASON): whether a first record was none, whether the peer
// sent an alert.
bool is_no_tls(int reason);
bool is_alert(int reason);

// What such an alert says: "certificate required".
std::string alert_text(unsigned long code);

// Why the peer's chain was not taken, where `name` was expected; with the certificate's
// fingerprint, which is what a pin would be.
std::string not_trusted_text(SSL const*, std::string const& name);

// Error::tls_handshake with that message.
Failure handshake_failed(std::string message);

}  // namespace twx
