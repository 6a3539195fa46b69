// The options of twx fetch that are about connections: addresses, proxies, TLS, time, retries.
#include <sys/socket.h>

#include "clients/fetch_option.h"
#include "clients/fetch_options.h"
#include "clients/http_route.h"
#include "clients/transfer_rate.h"

namespace twx {

namespace {

// Keeps what T::parse takes.
template <class T>
SetOption parsed_by(std::vector<std::string>& values) {
  return [&values](std::string_view text) {
    values.emplace_back(text);
    auto const right = T::parse(text);
    return right ? std::string() : right.failure().message();
  };
}

void declare_addresses(Options& options, FetchOptions& values) {
  options.group("Connection");
  options.flag("-4,--ipv4", values.ipv4, "IPv4 only");
  options.flag("-6,--ipv6", values.ipv6, "IPv6 only");
  options.option("--unix-socket", "PATH", values.unix_socket, "Connect to this unix socket",
                 Kind::file);
  options.option("--abstract-unix-socket", "NAME", values.abstract_unix_socket,
                 "The same for one without a file");
  options.option(each_value("--resolve", "HOST:PORT:ADDRESS",
                            "Take this address for HOST; * is any host, several addresses by comma",
                            parsed_by<ResolveTo>(values.resolve), Kind::host_port));
  options.option(
      each_value("--connect-to", "HOST:PORT:HOST:PORT",
                 "Connect to the second pair in place of the first; an empty word is any",
                 parsed_by<ConnectTo>(values.connect_to), Kind::host_port));
  options.option("--interface", "NAME", values.interface,
                 "Connect from this interface, address or host name", Kind::interface);
  options.flag("--no-keepalive", values.no_keep_alive, "No keep-alive probes of TCP");
}

void declare_proxies(Options& options, FetchOptions& values) {
  options.group("Proxy");
  auto const proxy = [&values](std::string scheme) {
    return [&values, scheme = std::move(scheme)](std::string_view text) {
      values.proxy = text.find("://") == text.npos && !text.empty() ? scheme + std::string(text)
                                                                    : std::string(text);
      return std::string();
    };
  };
  options.option(each_value("-x,--proxy", "URL",
                            "Go through this proxy: http, https, socks4, socks4a, socks5, socks5h; "
                            "empty for none (default: http_proxy, https_proxy, all_proxy)",
                            proxy(""), Kind::url));
  options.option(each_value("--socks5-hostname", "HOST:PORT", "The same as -x socks5h://",
                            proxy("socks5h://"), Kind::host_port));
  options.option(each_value("--socks5", "HOST:PORT", "The same as -x socks5://", proxy("socks5://"),
                            Kind::host_port));
  options.option(each_value("--socks4a", "HOST:PORT", "The same as -x socks4a://",
                            proxy("socks4a://"), Kind::host_port));
  options.option(each_value("--socks4", "HOST:PORT", "The same as -x socks4://", proxy("socks4://"),
                            Kind::host_port));
  options.option("-U,--proxy-user", "NAME:PASSWORD", values.proxy_user, "Log in to the proxy");
  options.option(flag_value("--proxy-basic", "Send it the password as it is (default)",
                            [&values](std::string_view) {
                              values.proxy_digest = values.proxy_any_login = false;
                              return std::string();
                            }));
  options.flag("--proxy-digest", values.proxy_digest, "Prove it the password");
  options.flag("--proxy-anyauth", values.proxy_any_login, "Ask it first which way is best");
  declare_proxy_fields(options, values);
  options.flag("-p,--proxytunnel", values.proxy_tunnel, "CONNECT for http too");
  options.option("--noproxy", "LIST", values.no_proxy,
                 "No proxy for these hosts (default: no_proxy); * is all");
}

void declare_tls(Options& options, FetchOptions& values) {
  declare_https_tls(options, values.tls);
  auto& proxy = values.proxy_tls.options;
  options.flag("--proxy-insecure", proxy.insecure, "-k for an https proxy");
  options.option("--proxy-cacert", "FILE", proxy.trusted_file, "--cacert for an https proxy",
                 Kind::file);
  options.option("--proxy-cert", "FILE", proxy.certificate_file, "--cert for an https proxy",
                 Kind::file);
  options.option("--proxy-key", "FILE", proxy.key_file, "--key for an https proxy", Kind::file);
}

void declare_times(Options& options, FetchOptions& values) {
  options.group("Time");
  options.option("--connect-timeout", "TIME", values.connecting.timeout,
                 "Give up connecting after TIME (default 30s)");
  options.option("-m,--max-time", "TIME", values.max_time, "Give up after TIME, whatever happens");
  options.option(each_value(
      "--limit-rate", "RATE", "Bytes in a second at most: 100k, 2M",
      [&values](std::string_view text) {
        values.rate_limit = text;
        return parse_rate(text) ? ""
                                : "'" + std::string(text) + "' is not a rate; use 200k or 1.5M";
      },
      Kind::size));
  options.option("-Y,--speed-limit", "BYTES", values.least_rate, 0, 1ULL << 40,
                 "Give up at fewer bytes a second than that");
  options.option("-y,--speed-time", "TIME", values.least_rate_time,
                 "When it was so slow for TIME (default 30s)");
  options.option("--retry", "N", values.retries, 0, 1'000'000,
                 "Try again N times after what may pass; goes on where it has stopped");
  options.option("--retry-delay", "TIME", values.retry_delay,
                 "Wait so long before (default 1s, 2s, 4s, ... or what the server asks for)");
  options.option("--retry-max-time", "TIME", values.retry_max_time, "No retry after TIME");
  options.flag("--retry-connrefused", values.retry_refused, "Retry a refused connection too");
  options.flag("--retry-all-errors", values.retry_all_errors,
               "Retry after any failure, and requests that may have had their effect");
}

}  // namespace

void declare_fetch_connection(Options& options, FetchOptions& values) {
  declare_addresses(options, values);
  declare_proxies(options, values);
  declare_tls(options, values);
  declare_times(options, values);
  options.check([&values] {
    values.connecting.family = values.ipv4 ? AF_INET : values.ipv6 ? AF_INET6 : AF_UNSPEC;
    return values.ipv4 && values.ipv6 ? "-4 and -6 exclude each other" : "";
  });
}

}  // namespace twx
