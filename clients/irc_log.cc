// twx irc-log: what is said in channels of IRC, into files.
#include "clients/irc_log_options.h"
#include "clients/irc_log_session.h"
#include "reactor/log.h"
#include "reactor/reactor.h"

namespace twx {
namespace {

// Why something should be looked at again, if anything.
void warn(IrcLogArguments const& arguments, bool insecure) {
  if (insecure) log(Level::warning, "--insecure: the peer is not verified");
  auto const tells = (arguments.irc.login && !arguments.irc.login->password.empty()) ||
                     !arguments.nickserv_password.empty();
  if (arguments.in_clear && tells && arguments.endpoint.kind == Endpoint::Kind::tcp)
    log(Level::warning, "without TLS the password can be read on its way");
}

Outcome keep_log(Reactor& reactor, IrcLogArguments& arguments) {
  if (auto const read = read_passwords(arguments); !read)
    return {exit_status(read.failure()), read.failure().message()};
  auto const tls = tls_options_for(arguments.endpoint, arguments.tls);
  if (tls) {
    auto context = TlsContext::client(*tls);
    if (!context) return {exit_status(context.failure()), context.failure().message()};
    arguments.connect.tls = *context;
  }
  warn(arguments, tls && tls->insecure && tls->pins.empty());
  arguments.irc.version = "twx " TWX_VERSION;
  IrcLogSession session(reactor, arguments);
  return session.run();
}

Action declare(Options& options) {
  auto const arguments = declare_irc_log(options);
  options.example("twx irc-log '#chan' log.txt", "Log a channel of irc.libera.chat, for ever");
  options.example("twx irc-log '#one,#two' 'logs/{channel}/%Y-%m-%d.log'",
                  "A folder for each channel, a file for each day");
  options.example("twx irc-log --server irc.example.org --format jsonl '#chan' -",
                  "JSON Lines, to a pipe");
  options.example("twx irc-log --sasl plain --sasl-password-file pw '#chan' log.txt",
                  "Log in first");
  return [arguments](Reactor& reactor) { return keep_log(reactor, *arguments); };
}

}  // namespace

extern constinit Command const client_irc_log{
    "irc-log", "log channels of IRC for ever",
    "Joins the channels and appends what is said and done there to LOGFILE, line by line, until it "
    "is told to stop. It connects again whenever the connection fails, and joins again when it was "
    "refused or kicked, after growing pauses; behind each interruption there is a line that says "
    "how long it was.\n\n"
    "Who whispers to it, or calls it by its nick and a colon, gets a short answer. Who begins a "
    "message with [nolog] is not quoted.\n\n"
    "Passwords come from files or from the environment (TWX_SASL_PASSWORD, "
    "TWX_NICKSERV_PASSWORD). Where --sasl is given and fails, no channel is joined; it is tried "
    "again later. A certificate that is not trusted ends the command with status 60, or 90 for "
    "another than the pinned one, if no channel was joined before.\n\n"
    "On SIGHUP the log's files are opened anew; a file that was moved or deleted is begun anew "
    "within a second in any case. SIGINT and SIGTERM end it with status 0; if the login was "
    "refused until then, with 67. A disk that is full costs lines, which is said, but not the "
    "connection.",
    declare};

}  // namespace twx
