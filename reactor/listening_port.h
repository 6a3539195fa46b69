// Public. A port that accepts connections for a factory.
#pragma once

#include "reactor/address.h"
#include "reactor/deferred.h"

namespace twx {

// Owned by its reactor and valid as long as that lives, also while it does not listen; a port that
// will not listen again is given back by Reactor::forget().
class ListeningPort {
 public:
  virtual ~ListeningPort() = default;

  // Where it really listens: a port asked for as 0 has its number. Kept after stop_listening.
  virtual Address host() const = 0;
  virtual bool listening() const = 0;
  // Closes the socket, then stops the factory; connections are left alone. Fires once it is closed,
  // in a later turn; at once if it was not listening.
  virtual Deferred<void> stop_listening() = 0;
  // Listens again after stop_listening. Fails with the system's code and "listen ADDRESS" as
  // context, or with Error::cannot_listen for a descriptor that does not listen.
  virtual Result<void> start_listening() = 0;
};

}  // namespace twx
