#include "clients/irc_log_options.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <utility>

#include "cli/foreign_endpoint.h"
#include "protocols/irc_mask.h"
#include "reactor/descriptor.h"
#include "reactor/visible.h"

namespace twx {
namespace {

constexpr std::uint16_t port_with_tls = 6697;
constexpr std::uint16_t port_in_clear = 6667;
constexpr std::size_t most_password = 1024;  // bytes

// As they stand on the command line, before they are understood together.
struct Words {
  std::string server = "irc.libera.chat";
  std::optional<std::uint64_t> port;
  std::string channels;
  std::vector<std::string> keys;
  std::string file;
  std::string sasl;
  std::string user;
  std::vector<std::string> ignored;
  std::string format = "text";
  std::string time = "local";
  std::string encoding = "auto";
  std::string sync = "none";
};

// "HOST" without a port, IPv6 literals too; not "HOST:PORT", "[::1]:6697", a path or a URI.
bool is_bare_host(std::string_view server) {
  if (server.find('/') != server.npos || server.starts_with('@')) return false;
  if (server.starts_with('[')) return server.ends_with(']');
  return std::count(server.begin(), server.end(), ':') != 1;
}

std::string check_server(IrcLogArguments& values, Words const& words) {
  auto const uri = words.server.find("://");
  if (values.in_clear && values.tls.wanted) return "--tls and --no-tls exclude each other";
  if (auto const given = tls_option_given(values.tls.options); values.in_clear && !given.empty())
    return std::string(given) + ": settings of TLS without TLS; leave --no-tls out";
  if (auto wrong = foreign_endpoint(words.server, false); !wrong.empty())
    return "--server: " + wrong;
  auto const bare = is_bare_host(words.server);
  if (words.port && !bare)
    return "--server '" + words.server + "' says where already; leave --port out";
  auto const clear = values.in_clear || (!values.tls.wanted && uri != words.server.npos &&
                                         !words.server.starts_with("tls://"));
  auto const port = words.port.value_or(clear ? port_in_clear : port_with_tls);
  auto parsed =
      bare ? Endpoint::parse(words.server, std::to_string(port)) : Endpoint::parse(words.server);
  if (!parsed) return "--server: " + parsed.failure().message();
  values.endpoint = std::move(*parsed);
  if (values.endpoint.datagram())
    return "--server: '" + words.server +
           "' is for datagrams; IRC needs a connection: HOST, HOST:PORT or unix:///path";
  if (values.endpoint.kind == Endpoint::Kind::tcp && values.endpoint.port == 0)
    return "--server: port 0 cannot be connected to; use 1 to 65535";
  if (values.endpoint.host.empty()) values.endpoint.host = "localhost";
  if (values.in_clear && values.endpoint.tls) return "tls:// and --no-tls exclude each other";
  values.in_clear = clear || (values.endpoint.kind != Endpoint::Kind::tcp && !values.tls.wanted);
  values.tls.wanted = !values.in_clear;
  return check_client_tls(values.endpoint, values.tls);
}

void declare_server(Options& options, IrcLogArguments& values,
                    std::shared_ptr<Words> const& words) {
  options.group("Server");
  options.option("--server", "HOST[:PORT]", words->server,
                 "Server to connect to, or an endpoint: tls://host:port, tcp://host:port, "
                 "unix:///path (default irc.libera.chat)",
                 Kind::host);
  options.option("--port", "PORT", words->port, 1, 65535,
                 "Its port (default 6697, or 6667 without TLS)");
  options.option("--connect-timeout", "TIME", values.connect.timeout,
                 "Give an attempt to connect up after TIME, the handshake of TLS included "
                 "(default 30s)");
  auto const ipv4 = std::make_shared<bool>(false);
  auto const ipv6 = std::make_shared<bool>(false);
  options.flag("-4", *ipv4, "IPv4 only");
  options.flag("-6", *ipv6, "IPv6 only");
  options.check([&values, words, ipv4, ipv6]() -> std::string {
    if (*ipv4 && *ipv6) return "-4 and -6 exclude each other";
    values.connect.family = *ipv4 ? AF_INET : *ipv6 ? AF_INET6 : AF_UNSPEC;
    return check_server(values, *words);
  });
}

// --- channels ---

bool is_channel(std::string_view name) {
  return is_irc_word(name) && std::string_view("#&+!").find(name.front()) != std::string::npos;
}

// What is behind "is not the name of a channel; use '#name'".
std::string meant_channel(std::string_view name) {
  auto const begin = std::min(name.find_first_not_of(' '), name.size());
  auto const word = name.substr(begin, name.find_last_not_of(' ') + 1 - begin);
  if (word.find("://") != word.npos) return ", and --server for a host";
  if (is_channel(word)) return ", without blanks around it";
  return !word.empty() && is_channel("#" + std::string(word)) ? ": '#" + std::string(word) + "'"
                                                              : "";
}

std::string check_channels(std::vector<IrcLogChannel>& channels, std::string_view list) {
  while (!list.empty()) {
    auto const name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    if (!is_channel(name))
      return "'" + escaped(name) + "' is not the name of a channel; use '#name'" +
             meant_channel(name);
    auto const same = [=](auto const& other) {
      return irc_equal(IrcCaseMapping::ascii, other.name, name);
    };
    if (std::none_of(channels.begin(), channels.end(), same))
      channels.push_back({.name = std::string(name)});
  }
  return channels.empty() ? "CHANNEL needs the name of a channel, such as '#name'" : "";
}

// Whether the one is not taken for the other.
std::string check_order(std::string_view channels, std::string_view file) {
  if (!is_channel(file.substr(0, file.find(',')))) return "";
  auto const name = "'" + escaped(file) + "'";
  if (!is_channel(channels.substr(0, channels.find(','))))
    return "CHANNEL comes first: twx irc-log " + name + " " + escaped(channels);
  return "LOGFILE: " + name + " is the name of a channel; several are one word, '" +
         escaped(channels) + "," + escaped(file) + "', and a file is ./NAME";
}

std::string check_key(std::vector<IrcLogChannel>& channels, std::string const& text) {
  auto const equals = text.find('=');
  auto const name = std::string_view(text).substr(0, equals);
  if (equals == text.npos || !is_irc_word(std::string_view(text).substr(equals + 1)))
    return "--channel-key: '" + escaped(text) + "' is no key of a channel; use '#channel=key'";
  for (auto& channel : channels) {
    if (!irc_equal(IrcCaseMapping::ascii, channel.name, name)) continue;
    channel.password = text.substr(equals + 1);
    return "";
  }
  return "--channel-key: '" + escaped(name) + "' is none of the channels to be logged";
}

void declare_channels(Options& options, IrcLogArguments& values,
                      std::shared_ptr<Words> const& words) {
  options.positional("CHANNEL[,CHANNEL...]", words->channels, true,
                     "Channels to log, in quotes for the shell: '#one,#two'", Kind::text);
  options.positional("LOGFILE", words->file, true,
                     "File to append to, or a template with {network}, {channel} and strftime's "
                     "%Y, %m, %d, %F and so on; '-' is standard output",
                     Kind::file);
  options.option("--channel-key", "CHANNEL=KEY", words->keys, "Key of a channel that has one");
  options.option("--rejoin-delay", "TIME", values.rejoin_delay,
                 "Join again TIME after a kick or a refusal; refused again and again it grows up "
                 "to 5 minutes (default 5s)");
  options.check([&values, words]() -> std::string {
    if (auto problem = check_order(words->channels, words->file); !problem.empty()) return problem;
    if (auto problem = check_channels(values.channels, words->channels); !problem.empty())
      return problem;
    for (auto const& key : words->keys)
      if (auto problem = check_key(values.channels, key); !problem.empty()) return problem;
    return "";
  });
}

// --- who one is ---

std::string check_login(IrcLogArguments& values, Words const& words) {
  if (words.sasl.empty())
    return words.user.empty() && values.sasl_password_file.empty()
               ? ""
               : "a user or password for SASL, but no --sasl; give --sasl plain";
  static std::map<std::string, IrcMechanism, std::less<>> const mechanisms{
      {"plain", IrcMechanism::plain},
      {"external", IrcMechanism::external},
      {"scram-sha-256", IrcMechanism::scram_sha_256}};
  auto const mechanism = mechanisms.at(words.sasl);
  auto const external = mechanism == IrcMechanism::external;
  auto const& own = values.endpoint.tls ? values.endpoint.tls->certificate_file : std::string();
  if (external && values.tls.options.certificate_file.empty() && own.empty())
    return "--sasl external shows a certificate; give it with --cert";
  if (external && !values.sasl_password_file.empty())
    return "--sasl external has no password; leave --sasl-password-file out";
  values.irc.login =
      IrcCredentials{.mechanism = mechanism,
                     .user = words.user.empty() && !external ? values.irc.nick : words.user};
  return "";
}

// Servers take less in the name of a user than in a nick.
std::string user_of(std::string_view nick) {
  std::string user;
  for (auto const c : nick)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) user += c;
  return user.empty() ? "twx" : user;
}

std::string check_identity(IrcLogArguments& values, Words const& words) {
  auto const& nick = values.irc.nick;
  if (!is_irc_word(nick) || nick.find_first_of(",!@*?") != nick.npos || is_channel(nick))
    return "--nick: '" + escaped(nick) +
           "' cannot be a nick; it is one word without , ! @ * ? and with no # in front";
  if (values.irc.realname.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
    return "--realname is one line";
  if (auto problem = check_login(values, words); !problem.empty()) return problem;
  values.irc.user = user_of(nick);
  for (auto const& mask : words.ignored) values.ignored.push_back(irc_full_mask(mask));
  return "";
}

void declare_identity(Options& options, IrcLogArguments& values,
                      std::shared_ptr<Words> const& words) {
  values.irc.nick = "twistedbot";
  values.irc.realname = "twx irc-log, writes down what is said";
  options.group("Identity");
  options.option("--nick", "NICK", values.irc.nick,
                 "Nick that is wanted; others are tried while it is in use (default twistedbot)");
  options.option("--realname", "TEXT", values.irc.realname, "What WHOIS shows as the name");
  options.choice("--sasl", "", words->sasl, {"plain", "external", "scram-sha-256"},
                 "Log in before anything else; without that no channel is joined");
  options.option("--sasl-user", "NAME", words->user, "Account to log in to (default: the nick)");
  options.option("--sasl-password-file", "FILE", values.sasl_password_file,
                 "Its password is the first line of FILE (default: the environment's "
                 "TWX_SASL_PASSWORD)",
                 Kind::file);
  options.option("--nickserv-password-file", "FILE", values.nickserv_password_file,
                 "Tell NickServ the password in the first line of FILE, or that in the "
                 "environment's TWX_NICKSERV_PASSWORD",
                 Kind::file);
  auto const silent = std::make_shared<bool>(false);
  options.flag("--no-replies", *silent, "Answer nobody");
  options.option("--ignore", "MASK", words->ignored,
                 "Neither log nor answer who matches nick!user@host, with * and ?");
  options.check([&values, words, silent] {
    values.replies = !*silent;
    return check_identity(values, *words);
  });
}

// --- time ---

void declare_times(Options& options, IrcLogArguments& values) {
  options.group("Reconnecting");
  options.option("--reconnect-min", "TIME", values.reconnect_min,
                 "Wait TIME before the second attempt, then twice as long each time, until a "
                 "channel was joined (default 2s)");
  options.option("--reconnect-max", "TIME", values.reconnect_max,
                 "Never wait longer than TIME (default 5m)");
  options.option("--lag-timeout", "TIME", values.lag_timeout,
                 "Leave a server that was silent for TIME, asked with a PING after half of it; 0 "
                 "waits for ever (default 4m)");
  options.check([&values] {
    return values.reconnect_max < values.reconnect_min
               ? "--reconnect-max is less than --reconnect-min"
               : "";
  });
}

// --- the log ---

IrcLogForm form_of(std::string_view text) {
  if (text == "jsonl") return IrcLogForm::jsonl;
  if (text == "irssi") return IrcLogForm::irssi;
  return text == "weechat" ? IrcLogForm::weechat : IrcLogForm::text;
}

IrcLogTime time_of(std::string_view text) {
  if (text == "utc") return IrcLogTime::utc;
  return text == "server" ? IrcLogTime::server : IrcLogTime::local;
}

IrcEncoding encoding_of(std::string_view text) {
  if (text == "utf-8") return IrcEncoding::utf8;
  return text == "latin1" ? IrcEncoding::latin1 : IrcEncoding::utf8_or_latin1;
}

IrcLogSync sync_of(std::string_view text) {
  if (text == "line") return IrcLogSync::line;
  return text == "interval" ? IrcLogSync::interval : IrcLogSync::none;
}

std::string check_log(IrcLogArguments& values, Words const& words) {
  if (words.file.empty()) return "LOGFILE needs the name of a file, not an empty one";
  auto path = IrcLogTemplate::parse(words.file);
  if (!path) return path.failure().message();
  auto const shared = values.channels.size() > 1 && !path->has_channel();
  values.log.path = std::move(*path);
  values.log.form = form_of(words.format);
  values.log.style = {.label = shared ? IrcLogLabel::channel : IrcLogLabel::none,
                      .encoding = encoding_of(words.encoding)};
  values.log.time = time_of(words.time);
  values.log.sync = sync_of(words.sync);
  return "";
}

void declare_log(Options& options, IrcLogArguments& values, std::shared_ptr<Words> const& words) {
  options.group("Log");
  options.choice("--format", "", words->format, {"text", "jsonl", "irssi", "weechat"},
                 "Form of the lines (default text)");
  options.choice("--time", "", words->time, {"local", "utc", "server"},
                 "Whose time they bear: this host's, in its time zone or UTC, or the server's "
                 "where it tells it (default local)");
  options.choice("--encoding", "", words->encoding, {"auto", "utf-8", "latin1"},
                 "How bytes are read; auto is UTF-8, or Latin-1 where a text is not UTF-8 "
                 "(default auto)");
  options.choice("--fsync", "", words->sync, {"line", "interval", "none"},
                 "Wait for the disk after each line, once a second, or never (default none)");
  options.check([&values, words] { return check_log(values, *words); });
}

// --- passwords ---

Failure unreadable(std::string const& path, std::string const& why) {
  return Failure::with_message(Error::cannot_read, path + ": " + why);
}

Result<Secret> password_in(std::string const& path) {
  Descriptor const file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return unreadable(path, Failure::from_errno().message());
  std::string text(most_password, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    auto const count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path, Failure::from_errno().message());
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  auto line = std::string_view(text).substr(0, size);
  line = line.substr(0, line.find_first_of("\r\n"));
  Secret password(line);
  wipe(text);
  if (password.empty()) return unreadable(path, "there is no password in its first line");
  return password;
}

Result<Secret> password_from(std::string const& path, char const* variable) {
  if (!path.empty()) return password_in(path);
  auto const* const value = std::getenv(variable);
  return Secret(value ? value : "");
}

}  // namespace

std::shared_ptr<IrcLogArguments> declare_irc_log(Options& options) {
  auto values = std::make_shared<IrcLogArguments>();
  auto const words = std::make_shared<Words>();
  declare_channels(options, *values, words);
  declare_server(options, *values, words);
  options.group("TLS");
  options.flag("--tls", values->tls.wanted, "Use TLS 1.2 or 1.3, as is done without this too");
  options.flag("--no-tls", values->in_clear, "Talk in clear");
  declare_client_tls_settings(options, values->tls);
  declare_identity(options, *values, words);
  declare_times(options, *values);
  declare_log(options, *values, words);
  return values;
}

Result<void> read_passwords(IrcLogArguments& values) {
  auto nickserv = password_from(values.nickserv_password_file, "TWX_NICKSERV_PASSWORD");
  if (!nickserv) return nickserv.failure();
  values.nickserv_password = std::move(*nickserv);
  if (!values.irc.login || values.irc.login->mechanism == IrcMechanism::external) return {};
  auto sasl = password_from(values.sasl_password_file, "TWX_SASL_PASSWORD");
  if (!sasl) return sasl.failure();
  if (sasl->empty())
    return Failure::with_message(
        Error::cannot_read,
        "--sasl needs a password: --sasl-password-file FILE, or TWX_SASL_PASSWORD");
  values.irc.login->password = std::move(*sasl);
  return {};
}

}  // namespace twx
