#include "cli/program.h"

namespace twx {
namespace {

constexpr std::string_view first_steps[] = {
    "twx serve echo 9000",
    "twx connect localhost 9000",
    "twx fetch -O https://example.org/page.html",
    "twx irc-log '#chan' log.txt",
};

constexpr std::string_view servers[] = {
    "twx serve echo 9000",
    "twx serve qotd 127.0.0.1:8007 --quote 'configurable quote'",
    "twx serve log unix:///run/lines.sock lines.log --line any",
};

constexpr About all[] = {
    {"", "network servers and clients for shell scripts and debugging",
     "Each command is one server or one client. Standard output carries the peer's bytes and "
     "nothing else. What is said to people goes to standard error, one line for each event, behind "
     "\"twx: \": errors always, other things as -v and -q say.\n\n"
     "What goes in at one side comes out at the other, in order, also when one direction ends "
     "before the other; or the exit status is not 0. A peer that does not read is not read from, "
     "so what a connection costs is bounded. TLS verifies the peer's certificate and name unless "
     "the command line says otherwise. On a terminal the control sequences of a peer are made "
     "visible; files and pipes get the bytes untouched.\n\n"
     "A mistake on the command line is answered by one line that says what is wrong and what would "
     "be right. \"twx help COMMAND\" tells what a command takes, \"twx man COMMAND\" shows its "
     "page "
     "of this manual, also where the manual is not installed.",
     first_steps},
    {"serve", "serve on any number of endpoints",
     "Runs one server on as many endpoints as are given, until it is told to stop. Each endpoint "
     "is "
     "announced on standard error once connections are accepted there, with the port that was "
     "chosen where 0 was asked for.\n\n"
     "SIGTERM or SIGINT stop the server: connections may finish for as long as --drain says, and a "
     "second signal ends it at once. SIGHUP makes a server that has certificates or other files "
     "read them again.",
     servers},
};

constexpr EnvironmentVariable variables[] = {
    {"NO_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM",
     "whether there is colour on standard error, unless --color says"},
    {"SSL_CERT_FILE, SSL_CERT_DIR",
     "where OpenSSL finds the certificates that are trusted, unless --cacert says"},
};

}  // namespace

std::span<About const> abouts() { return all; }

std::span<EnvironmentVariable const> environment_variables() { return variables; }

}  // namespace twx
