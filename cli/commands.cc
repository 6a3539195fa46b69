#include "cli/command.h"

namespace twx {

extern Command const serve_chargen, serve_daytime, serve_discard, serve_echo, serve_qotd,
    serve_spread, serve_time;
extern Command const client_connect;

std::span<Command const* const> commands() {
  static constexpr Command const* list[] = {
      &serve_echo, &serve_discard, &serve_chargen, &serve_daytime,
      &serve_time, &serve_qotd,    &serve_spread,  &client_connect,
  };
  return list;
}

}  // namespace twx
