#include "clients/fetch_options.h"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

namespace twx {
namespace {

using Set = std::function<std::string(std::string_view)>;
Option each(std::string names, std::string metavar, std::string help, Set set) {
  Option option;
  option.names = std::move(names);
  option.metavar = std::move(metavar);
  option.help = std::move(help);
  option.repeatable = true;
  option.set = std::move(set);
  return option;
}

// All of a file; "-" is standard input.
Result<std::string> contents(std::string const& file) {
  std::ostringstream all;
  if (file == "-") {
    all << std::cin.rdbuf();
    return std::move(all).str();
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream || !(all << stream.rdbuf() || stream.peek() == EOF))
    return Failure::with_message(Error::cannot_read, file + ": " + Failure::from_errno().message());
  return std::move(all).str();
}

std::string add_field(FetchArguments& values, std::string_view text) {
  auto const colon = text.find(':');
  if (colon == 0 || (colon == text.npos && !text.ends_with(';')))
    return "'" + std::string(text) +
           "' is no field; write NAME: VALUE, NAME: to take it away, or NAME;";
  if (colon == text.npos) {
    values.empty.emplace_back(text.substr(0, text.size() - 1));
    return "";
  }
  values.fields.push_back(
      {std::string(text.substr(0, colon)), std::string(trimmed(text.substr(colon + 1)))});
  return "";
}

void add_data(FetchArguments& values, std::string_view piece) {
  if (values.data)
    *values.data += '&';
  else
    values.data.emplace();
  *values.data += piece;
}

// -d's way: what a file holds without its line ends.
std::string add_data_or_file(FetchArguments& values, std::string_view text, bool as_it_is) {
  if (!text.starts_with('@')) {
    add_data(values, text);
    return "";
  }
  auto all = contents(std::string(text.substr(1)));
  if (!all) return all.failure().message();
  if (!as_it_is) std::erase_if(*all, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  add_data(values, *all);
  return "";
}

void declare_request(Options& options, FetchArguments& values) {
  options.group("Request");
  options.option("-X,--request", "METHOD", values.method,
                 "Method (default: GET, or POST with data)");
  options.option(each("-H,--header", "FIELD", "Field to send, NAME: VALUE; NAME: takes ours away",
                      [&values](std::string_view text) { return add_field(values, text); }));
  options.option(each(
      "-d,--data", "DATA", "Send this by POST; @FILE takes it from FILE, @- from standard input",
      [&values](std::string_view text) { return add_data_or_file(values, text, false); }));
  options.option(each("--data-raw", "DATA", "As --data, with @ meaning itself",
                      [&values](std::string_view text) {
                        add_data(values, text);
                        return std::string();
                      }));
  options.option(
      each("--data-binary", "DATA", "As --data, with the line ends of files kept",
           [&values](std::string_view text) { return add_data_or_file(values, text, true); }));
  options.option(each("--json", "JSON",
                      "Send this by POST as application/json, and accept the same",
                      [&values](std::string_view text) {
                        values.data_type = "application/json";
                        return add_data_or_file(values, text, true);
                      }));
  options.flag("-I,--head", values.head, "Ask for the head of the answer only, and show it");
  options.option("-A,--user-agent", "NAME", values.user_agent, "What to call ourselves");
  options.option("-e,--referer", "URL", values.referer, "Where the link was");
  options.option("-u,--user", "NAME:PASSWORD", values.user, "Log in (basic)");
  options.option("--oauth2-bearer", "TOKEN", values.bearer, "Log in with a token");
  options.flag("-0,--http1.0", values.http10, "Speak HTTP/1.0");
}

void declare_answer(Options& options, FetchArguments& values) {
  options.group("Answer");
  options.option("-o,--output", "FILE", values.outputs, "Write the body to FILE, one for each URL",
                 Kind::file);
  options.flag("-i,--include", values.include, "Show the head of the answer before its body");
  options.option("-D,--dump-header", "FILE", values.dump_head, "Write the heads of answers to FILE",
                 Kind::file);
  options.flag("--compressed", values.compressed,
               "Let the server compress (deflate, gzip, br, zstd), and undo that");
  options.size("--max-filesize", "BYTES", values.max_size, 0, 1ULL << 62,
               "No larger body than that, uncompressed (63); 0 is any");
  options.flag("-f,--fail", values.fail, "A status of 400 or more ends with 22, without its body");
  options.flag("--fail-with-body", values.fail_with_body, "The same, with its body");
  options.flag("-s,--silent", values.silent, "Say nothing, errors neither");
  options.flag("-S,--show-error", values.show_error, "With -s: say errors all the same");
}

std::string add_cookies(FetchArguments& values, std::string_view text) {
  if (text.find('=') == text.npos)
    values.cookie_files.emplace_back(text);
  else
    values.cookies.append(values.cookies.empty() ? "" : "; ").append(text);
  return "";
}

void declare_cookies(Options& options, FetchArguments& values) {
  options.group("Cookies");
  options.option(each("-b,--cookie", "COOKIES",
                      "Send NAME=VALUE; ... to the first server, or what is in a file of cookies",
                      [&values](std::string_view text) { return add_cookies(values, text); }));
  options.option("-c,--cookie-jar", "FILE", values.cookie_jar,
                 "Write all cookies to FILE at the end; - is standard output", Kind::file);
  options.flag("-j,--junk-session-cookies", values.junk_session_cookies,
               "Leave out cookies of a file that were for a session only");
}

void declare_redirects(Options& options, FetchArguments& values) {
  options.group("Redirects");
  options.flag("-L,--location", values.follow, "Go where the server sends us");
  auto const most = std::make_shared<std::uint64_t>(values.redirects.limit);
  options.option("--max-redirs", "N", *most, 0, 1'000'000, "At most so often (default 50)");
  options.flag("--post301", values.redirects.keep_post_301, "Keep POST after a 301");
  options.flag("--post302", values.redirects.keep_post_302, "Keep POST after a 302");
  options.flag("--post303", values.redirects.keep_post_303, "Keep POST after a 303");
  options.flag("--location-trusted", values.redirects.keep_credentials,
               "Send login and cookies to wherever we are sent");
  options.check([&values, most] {
    values.redirects.limit = static_cast<unsigned>(*most);
    if (values.redirects.keep_credentials) values.follow = true;
    return "";
  });
}

void declare_connections(Options& options, FetchArguments& values) {
  options.group("Connection");
  options.option("--connect-timeout", "TIME", values.connecting.timeout,
                 "Give up connecting after TIME (default 30s)");
  options.option("-m,--max-time", "TIME", values.max_time, "Give up after TIME, whatever happens");
  options.option("--unix-socket", "PATH", values.unix_socket, "Connect to this unix socket",
                 Kind::file);
  auto const ipv4 = std::make_shared<bool>(false);
  auto const ipv6 = std::make_shared<bool>(false);
  options.flag("-4,--ipv4", *ipv4, "IPv4 only");
  options.flag("-6,--ipv6", *ipv6, "IPv6 only");
  options.check([&values, ipv4, ipv6] {
    values.connecting.family = *ipv4 ? AF_INET : *ipv6 ? AF_INET6 : AF_UNSPEC;
    return *ipv4 && *ipv6 ? "-4 and -6 exclude each other" : "";
  });
}

void declare_tls(Options& options, FetchArguments& values) {
  options.group("TLS");
  options.flag("-k,--insecure", values.tls.insecure, "Do not verify the server: anybody will do");
  options.option("--cacert", "FILE", values.tls.trusted_file,
                 "Trust the certificates in FILE, not the system's", Kind::file);
  options.option("-E,--cert", "FILE", values.tls.certificate_file,
                 "Show this certificate if asked for one", Kind::file);
  options.option("--key", "FILE", values.tls.key_file, "Its private key (default: in --cert)",
                 Kind::file);
}

}  // namespace

std::shared_ptr<FetchArguments> declare_fetch(Options& options) {
  auto arguments = std::make_shared<FetchArguments>();
  auto& values = *arguments;
  options.positional("URL", values.urls, true,
                     "What to fetch; http:// is taken where nothing stands", Kind::text);
  declare_request(options, values);
  declare_answer(options, values);
  declare_cookies(options, values);
  declare_redirects(options, values);
  declare_connections(options, values);
  declare_tls(options, values);
  options.check([&values] {
    return values.outputs.size() > values.urls.size() ? "there are more --output than URLs" : "";
  });
  return arguments;
}

}  // namespace twx
