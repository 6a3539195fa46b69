#include "reactor/factory.h"

#include "reactor/log.h"

namespace twx {

void Factory::do_start() {
  if (users_ == 0) {
    if (noisy) log(Level::debug, "factory started");
    start_factory();  // if it throws, the next user starts it again
  }
  ++users_;
}

void Factory::do_stop() {
  if (users_ == 0) return;
  --users_;
  if (users_ > 0) return;
  if (noisy) log(Level::debug, "factory stopped");
  stop_factory();
}

}  // namespace twx
