#include "cli/command.h"

namespace twx {

extern Command const serve_answer, serve_chargen, serve_chat, serve_daytime, serve_discard,
    serve_echo, serve_finger, serve_log, serve_qotd, serve_spread, serve_time;
extern Command const client_connect, client_fetch, client_irc_log;
extern Command const completion;

std::span<Command const* const> commands() {
  static constexpr Command const* list[] = {// The RFCs' own.
                                            &serve_echo, &serve_discard, &serve_chargen,
                                            &serve_daytime, &serve_time, &serve_qotd, &serve_finger,
                                            // Ours.
                                            &serve_answer, &serve_chat, &serve_spread, &serve_log,
                                            // Clients.
                                            &client_connect, &client_fetch, &client_irc_log,
                                            // About twx itself.
                                            &completion};
  return list;
}

}  // namespace twx
