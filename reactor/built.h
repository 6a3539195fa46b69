// Internal to reactor/. What a factory builds, for those who call it in the reactor's own turn.
#pragma once

#include <memory>

#include "reactor/log.h"
#include "reactor/protocol.h"

namespace twx {

// What `build` returns. Nothing, and a line of log, if it throws.
template <class Build>
std::unique_ptr<Protocol> built(Build build) noexcept {
  try {
    return build();
  } catch (...) {
    log_failure("a factory failed", Failure::from_current_exception());
    return nullptr;
  }
}

}  // namespace twx
