#include "cli/command.h"

namespace twx {

extern Command const serve_echo, serve_qotd;
extern Command const client_connect;

std::span<Command const* const> commands() {
  static constexpr Command const* list[] = {
      &serve_echo,
      &serve_qotd,
      &client_connect,
  };
  return list;
}

}  // namespace twx
