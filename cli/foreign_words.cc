#include "cli/foreign_words.h"

#include <algorithm>

#include "reactor/ascii.h"

namespace twx {
namespace {

// The first that fits is told, so what holds for one command stands before what holds for all.
constexpr ForeignOption foreign_table[] = {
    {"twx", "-l,-lk,-lp,-lv,--listen", "servers are 'twx serve NAME ENDPOINT'"},

    {"connect", "-l,-lk,-lp,-lv,--listen", "servers are 'twx serve NAME ENDPOINT'"},
    {"connect", "-z", "to try a port: twx connect --send-only HOST PORT </dev/null"},
    {"connect", "-u,--udp", "write udp://HOST:PORT"},
    {"connect", "-U,--unixsock", "a path is an endpoint: twx connect /path"},
    {"connect", "-w,--wait,--timeout",
     "there are --connect-timeout, --idle-timeout and --max-time"},
    {"connect", "-i", "use --idle-timeout"},
    {"connect", "-N,--shut-none", "the end of input is passed on without it"},
    {"connect", "-n,--nodns", "a numeric address is never looked up"},
    {"connect", "-k", "use --insecure"},
    {"connect", "-c,--ssl", "use --tls"},
    {"connect", "--ssl-verify,--verify",
     "with --tls the peer is verified unless --insecure is given"},
    {"connect", "-d", "use --no-stdin"},
    {"connect", "-e,--exec,--sh-exec", "no programs are started; a pipe of the shell does that"},
    {"connect", "-x,-X,--proxy,--proxy-type", "only 'twx fetch' knows proxies"},
    {"connect", "-C,--crlf", "line ends stay as they are; printf can send '\\r\\n'"},
    {"connect", "-o,--output", "what the peer sends goes to standard output: >FILE"},
    {"connect", "-t,--telnet", "telnet is not spoken"},
    {"connect", "--source,--bind", "use -s"},
    {"connect", "--source-port", "use -p"},
    {"connect", "--client-ca", "clients have --cacert"},

    {"serve qotd", "--text,--message", "use --quote TEXT"},
    {"serve qotd", "--file", "use --fortune FILE"},
    {"serve finger", "--file", "use --users FILE"},
    {"serve log", "-o,-f,--output,--append", "FILE stands alone and is always appended to"},
    {"serve", "-p,--port,-l,--listen,-s,--host,--bind,--address,--interface",
     "where to listen stands alone: 9000 or 127.0.0.1:9000"},
    {"serve", "-lk,-lp,-lv,-k,--keep-open,--fork", "it serves until it is stopped"},
    {"serve", "-u,--udp", "write udp://:9000"},
    {"serve", "-U,--unixsock", "a path is an endpoint: /path"},
    {"serve", "-d,-D,-b,--daemon,--background",
     "it stays in the foreground; put & behind it, or let systemd start it"},
    {"serve", "-e,-c,--exec,--sh-exec", "no programs are started"},
    {"serve", "-m,--max-conns,--max-clients", "use --max-connections"},
    {"serve", "-w,-i,--timeout", "use --idle-timeout"},
    {"serve", "-j,--jobs,--workers", "'--threads N' divides the work where clients share nothing"},
    {"serve", "--ssl", "use --tls"},
    {"serve", "--cacert", "servers have --client-ca"},
    {"serve", "--insecure", "a server takes every client, unless --client-ca or --pin is given"},
    {"serve", "--max-time", "timeout(1) ends it: timeout 1m twx serve"},

    {"irc-log", "-s,--host", "use --server"},
    {"irc-log", "-n,--nickname", "use --nick"},
    {"irc-log", "-p", "use --port"},
    {"irc-log", "-c,-j,--join,--channels", "channels stand alone: '#one,#two'"},
    {"irc-log", "-k,-w,--pass,--password",
     "passwords are in files: --sasl-password-file, --nickserv-password-file"},
    {"irc-log", "--ssl", "TLS is used unless --no-tls is given"},
    {"irc-log", "--reconnect", "it always connects again"},
    {"irc-log", "--timeout", "there are --connect-timeout and --lag-timeout"},
    {"irc-log", "-o,-f,--log,--file,--output", "LOGFILE stands alone: twx irc-log '#chan' log.txt"},
    {"irc-log", "--max-time", "timeout(1) ends it: timeout 1h twx irc-log"},

    {"fetch", "-1,-2,-3,--tlsv1,--tlsv1.0,--tlsv1.1,--tlsv1.2,--tlsv1.3,--sslv2,--sslv3,--tls-max",
     "TLS 1.2 and 1.3 are spoken, the newer one where both sides can"},
    {"fetch", "--pinnedpubkey", "use --pin with the SHA-256 of the certificate"},
    {"fetch", "--capath", "use --cacert, or SSL_CERT_DIR in the environment"},
    {"fetch", "-K,--config", "options are not read from files"},
    {"fetch", "--http2,--http2-prior-knowledge,--http3", "HTTP/1.1 is spoken"},
    {"fetch", "--negotiate,--ntlm,--ntlm-wb,--aws-sigv4",
     "there are --basic, --digest, --anyauth and --oauth2-bearer"},
    {"fetch", "--stderr", "the shell redirects it: 2>FILE"},
    {"fetch", "--dns-servers,--doh-url,--dns-interface",
     "names are looked up as the system does; --resolve gives an address"},
    {"fetch", "-M,--manual", "'twx man fetch' shows it"},
    {"fetch", "--tls,--ssl,--ssl-reqd", "the URL says so: https://"},
    {"fetch", "--rate", "use --limit-rate"},
    {"fetch", "-a,-l,-Q,-B,--append,--list-only,--quote,--use-ascii,--ftp-pasv,--ftp-port",
     "only http:// and https:// are fetched"},
    {"fetch", "-t,--tries", "use --retry"},
    {"fetch", "-P,--directory-prefix", "use --output-dir"},
    {"fetch", "--output-document", "use --output"},
    {"fetch", "--post,--post-data,--body", "use --data"},
    {"fetch", "--post-file,--body-file,--data-file", "use --data @FILE"},
    {"fetch", "--method", "use --request"},
    {"fetch", "--follow,--follow-redirects", "use --location"},
    {"fetch", "--no-check-certificate,--no-verify", "use --insecure"},
    {"fetch", "--ca-certificate", "use --cacert"},
    {"fetch", "--certificate", "use --cert"},
    {"fetch", "--private-key", "use --key"},
    {"fetch", "--timeout", "there are --max-time and --connect-timeout"},
    {"fetch", "--continue,--resume", "use --continue-at -"},
    {"fetch", "--spider", "use --head"},
    {"fetch", "--content-disposition", "use --remote-name --remote-header-name"},
    {"fetch", "--password,--http-user,--http-password", "use --user NAME:PASSWORD"},
    {"fetch", "--header-file", "use --header @FILE"},
    {"fetch", "--download", "use --remote-name"},

    {"completion", "--shell", "SHELL stands alone: twx completion bash"},

    {"", "-V,--version", "'twx --version' tells it"},
    {"", "-?,--usage", "use --help"},
    {"", "--ipv4", "use -4"},
    {"", "--ipv6", "use -6"},
    {"", "--silent", "use --quiet"},
    {"", "--debug,--log-level,--loglevel", "use -v, -vv or --quiet"},
    {"", "--json", "use --log-format json"},
};

struct ForeignCommand {
  std::string_view names;  // divided by commas
  std::string_view instead;
};

constexpr ForeignCommand commands_of_others[] = {
    {"nc,ncat,netcat,socat,telnet", "use 'connect HOST PORT' or 'serve NAME ENDPOINT'"},
    {"listen,server-echo,httpd,inetd", "servers are 'serve NAME ENDPOINT'"},
    {"dial,client,open,tcp,udp", "use 'connect HOST PORT'"},
    {"tls,ssl,openssl,s_client", "use 'connect --tls HOST PORT'"},
    {"curl,wget,http,https,get,download,url", "use 'fetch URL'"},
    {"version", "use '--version'"},
    {"usage,commands,topics", "use 'help'"},
};

}  // namespace

std::span<ForeignOption const> foreign_options() { return foreign_table; }

std::string_view foreign_option(std::string_view path, std::string_view name) {
  auto const* const found = std::ranges::find_if(foreign_table, [&](ForeignOption const& each) {
    return path.starts_with(each.path) && lists(each.names, name);
  });
  return found == std::end(foreign_table) ? std::string_view() : found->instead;
}

std::string_view foreign_command(std::string_view word) {
  auto const* const found =
      std::ranges::find_if(commands_of_others,
                           [&](ForeignCommand const& each) { return lists(each.names, word); });
  return found == std::end(commands_of_others) ? std::string_view() : found->instead;
}

}  // namespace twx
