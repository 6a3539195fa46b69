#include "clients/connect_options.h"

#include <algorithm>

#include "cli/foreign_endpoint.h"
#include "reactor/address.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

bool is_ip(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return Address::ip(host.substr(0, host.find('%')), 0).has_value();
}

// "" or what is wrong with HOST where PORT follows: no name has a colon or a slash, but endpoints
// have.
std::string check_host(std::string const& host, std::string const& port) {
  if (is_ip(host) || (!host.starts_with('@') && host.find_first_of(":/") == host.npos)) return "";
  auto endpoint = Endpoint::parse(host);
  if (!endpoint) return endpoint.failure().message();
  auto const& kind = endpoint->kind;
  auto const with_port = kind == Endpoint::Kind::tcp || kind == Endpoint::Kind::udp;
  return "the endpoint '" + host + "' has " + (with_port ? "its port already" : "no port") +
         "; leave '" + port + "' out";
}

// "" or what is wrong with a host alone, which is no endpoint.
std::string check_alone(std::string const& host) {
  auto const name =
      !host.empty() && !ascii::is_digits(host) && host.find_first_of(":/@?, ") == host.npos;
  if (!name && !(host.starts_with('[') && is_ip(host))) return "";
  return "PORT is missing: connect " + host + " PORT, or " + host + ":PORT";
}

// "" or what is wrong with two words for where to connect.
std::string check_words(std::string const& host, std::string const& port) {
  if (port.empty()) return "PORT is empty; use 1 to 65535 or the name of a service";
  for (auto const& word : {host, port})
    if (auto foreign = foreign_endpoint(word, false); !foreign.empty()) return foreign;
  if (ascii::is_digits(host) && !ascii::is_digits(port) && Endpoint::parse("host", host))
    return "HOST comes first: connect " + port + " " + host;
  if (host.size() > 1 && host.ends_with(':') && !is_ip(host))
    return "HOST and PORT are two words without a colon, or one word with it: " + host + port;
  if (port.starts_with(':'))
    return "HOST and PORT are two words without a colon, or one word with it: " + host + port;
  return check_host(host, port);
}

// "" or what is wrong. Port 0 is for those who listen: the system chooses one for them.
std::string check_port(Endpoint const& endpoint) {
  auto const& kind = endpoint.kind;
  if (endpoint.port > 0 || (kind != Endpoint::Kind::tcp && kind != Endpoint::Kind::udp)) return "";
  return "port 0 cannot be connected to; use 1 to 65535";
}

void declare_destination(Options& options, ConnectArguments& values) {
  options.positional(
      "HOST", values.host, true,
      "Host to connect to, or an endpoint: host:port, [::1]:port, tcp://host:port, "
      "tls://host:port, udp://host:port, unix:///path, /path, unix-dgram:///path or fd:3",
      Kind::endpoint);
  auto const port = std::make_shared<std::optional<std::string>>();
  Option second;
  second.names = second.metavar = "PORT";
  second.kind = Kind::port;
  second.help = "Port number or service name";
  second.set = [port](std::string_view text) {
    port->emplace(text);
    return std::string();
  };
  options.option(std::move(second));
  options.check([&values, port]() -> std::string {
    auto problem = *port ? check_words(values.host, **port) : check_alone(values.host);
    if (problem.empty() && !*port) problem = foreign_endpoint(values.host, false);
    if (!problem.empty()) return problem;
    auto parsed = *port ? Endpoint::parse(values.host, **port) : Endpoint::parse(values.host);
    if (!parsed) return parsed.failure().message();
    values.endpoint = std::move(*parsed);
    if (values.endpoint.host.empty()) values.endpoint.host = "localhost";
    return check_port(values.endpoint);
  });
}

void declare_streams(Options& options, ConnectArguments& values) {
  options.group("Streams");
  options.flag("--half-open", values.half_open,
               "Go on sending after the peer has closed its side, until standard input ends");
  options.flag("--send-only", values.send_only,
               "Only send: leave when standard input has ended and everything is sent");
  options.flag("--recv-only,--no-stdin", values.receive_only,
               "Only receive: leave standard input alone");
  options.option("-q", "TIME", values.quit_after,
                 "Leave TIME after the end of standard input (default: when the peer closes; with "
                 "datagrams when none has come for 2s)");
  options.check([&values] {
    return values.send_only && values.receive_only
               ? "--send-only and --recv-only exclude each other"
               : "";
  });
}

void declare_times(Options& options, ConnectArguments& values) {
  options.group("Time");
  options.option(
      "--connect-timeout", "TIME", values.connect.timeout,
      "Give up connecting after TIME, the name look-up and the handshake of TLS included "
      "(default 30s)");
  options.option("--idle-timeout", "TIME", values.idle_timeout,
                 "Give up when nothing has moved either way for TIME");
  options.option("--max-time", "TIME", values.max_time, "Give up after TIME, whatever happens");
}

// "" or the first setting of --reconnect that is not as usual.
std::string reconnecting_setting(ReconnectingClientFactory::Settings const& retry) {
  ReconnectingClientFactory::Settings const usual;
  if (retry.initial_delay != usual.initial_delay) return "--reconnect-min";
  if (retry.max_delay != usual.max_delay) return "--reconnect-max";
  return retry.max_retries ? "--max-retries" : "";
}

std::string check_reconnecting(ConnectArguments const& values) {
  if (values.endpoint.datagram()) return "";  // has no meaning there at all, which is told
  auto const setting = reconnecting_setting(values.retry);
  if (!values.reconnect && !setting.empty()) return setting + " is for --reconnect; give that too";
  return values.retry.max_delay < values.retry.initial_delay
             ? "--reconnect-max is less than --reconnect-min"
             : "";
}

void declare_reconnecting(Options& options, ConnectArguments& values) {
  options.group("Reconnecting");
  options.flag(
      "--reconnect", values.reconnect,
      "Connect again after a failure or loss, until standard input and peer have ended; not "
      "after status 60 or 90, a peer that is not trusted");
  options.option("--reconnect-min", "TIME", values.retry.initial_delay,
                 "First delay, before it grows (default 1s)");
  options.option("--reconnect-max", "TIME", values.retry.max_delay, "Longest delay (default 1h)");
  options.option("--max-retries", "N", values.retry.max_retries, 0, 1'000'000'000,
                 "Give up after N retries in a row (default: never)");
  options.check([&values] { return check_reconnecting(values); });
}

void declare_addresses(Options& options, ConnectArguments& values) {
  options.group("Addresses");
  auto const source = std::make_shared<std::string>();
  auto const ipv4 = std::make_shared<bool>(false);
  auto const ipv6 = std::make_shared<bool>(false);
  auto const port = std::make_shared<std::uint64_t>(0);
  options.flag("-4", *ipv4, "IPv4 only");
  options.flag("-6", *ipv6, "IPv6 only");
  options.option("-s", "ADDRESS", *source, "Local address to connect from", Kind::address);
  options.option("-p", "PORT", *port, 1, 65535, "Local port to connect from");
  options.check([&values, source, ipv4, ipv6, port]() -> std::string {
    if (*ipv4 && *ipv6) return "-4 and -6 exclude each other";
    values.connect.family = *ipv4 ? AF_INET : *ipv6 ? AF_INET6 : AF_UNSPEC;
    values.connect.bind_port = static_cast<std::uint16_t>(*port);
    if (source->empty()) return "";
    values.connect.bind = Address::ip(*source, values.connect.bind_port);
    return values.connect.bind ? ""
                               : "-s: '" + *source + "' is no IP address; use 127.0.0.1 or ::1";
  });
}

// What is about the end of a connection has no meaning for datagrams.
std::string meaningless_with_datagrams(ConnectArguments const& values) {
  if (values.half_open) return "--half-open";
  return values.reconnect ? "--reconnect" : reconnecting_setting(values.retry);
}

void declare_datagrams(Options& options, ConnectArguments& values) {
  options.group("Datagrams");
  auto const size = std::make_shared<std::optional<std::uint64_t>>();
  options.option("--datagram-size", "N", *size, 1, values.datagram_size,
                 "Divide what is read at once into datagrams of at most N bytes (default 65507)");
  options.check([&values, size]() -> std::string {
    values.datagram_size = size->value_or(values.datagram_size);
    auto const text = values.endpoint.to_string();
    if (!values.endpoint.datagram())
      return *size ? "--datagram-size has no meaning for the connection to " + text : "";
    auto const meaningless = meaningless_with_datagrams(values);
    return meaningless.empty() ? "" : meaningless + " has no meaning for datagrams to " + text;
  });
}

std::string check_tls(Endpoint const& endpoint, TlsArguments const& tls) {
  if (!endpoint.datagram()) return check_client_tls(endpoint, tls);
  if (tls.wanted) return "--tls is for connections, not for datagrams";
  return tls.options == TlsOptions{} ? ""
                                     : "settings of TLS are for connections, not for datagrams";
}

}  // namespace

std::shared_ptr<ConnectArguments> declare_connect(Options& options) {
  auto arguments = std::make_shared<ConnectArguments>();
  declare_destination(options, *arguments);
  declare_streams(options, *arguments);
  declare_times(options, *arguments);
  declare_reconnecting(options, *arguments);
  declare_addresses(options, *arguments);
  declare_client_tls(options, arguments->tls);
  declare_datagrams(options, *arguments);
  options.check([&values = *arguments] { return check_tls(values.endpoint, values.tls); });
  return arguments;
}

}  // namespace twx
