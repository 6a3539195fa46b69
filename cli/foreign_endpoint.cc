#include "cli/foreign_endpoint.h"

#include <algorithm>
#include <span>

#include "protocols/http.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

// What stands before the first colon, in small letters, and how an endpoint of ours begins then.
struct Spelling {
  std::string_view words;  // divided by commas
  std::string_view ours;
};

constexpr Spelling spellings[] = {
    {"tcp,tcp4,tcp6,tcp-connect,tcp4-connect,tcp6-connect", "tcp://"},
    {"tcp-listen,tcp4-listen,tcp6-listen,tcp-l,tcp4-l,tcp6-l", "tcp://"},
    {"udp,udp4,udp6,udp-connect,udp4-connect,udp-sendto,udp4-sendto,udp-datagram", "udp://"},
    {"udp-listen,udp4-listen,udp-l,udp4-l,udp-recv,udp-recvfrom,udp4-recvfrom", "udp://"},
    {"tls,ssl,openssl,openssl-connect,openssl-listen,ssl-l,openssl-l", "tls://"},
    {"unix,unix-connect,unix-listen,unix-client,unix-l", "unix://"},
    {"abstract-connect,abstract-listen,abstract-client", "unix:@"},
};

// Of URIs only: a host may be called irc.
constexpr Spelling schemes[] = {{"irc", "tcp://"}, {"ircs", "tls://"}};

// What is no place on a network at all.
constexpr Spelling others[] = {
    {"exec,system,shell", "no programs are started; a pipe of the shell does that"},
    {"-", "standard input and output are connect's other side already"},
    {"file,open", "a file is redirected by the shell: <FILE or >FILE"},
};

std::string_view ours(std::span<Spelling const> all, std::string_view word) {
  for (auto const& each : all)
    if (lists(each.words, word)) return each.ours;
  return "";
}

// What the colon divides: "TCP" and "host:80" of "TCP:host:80".
struct Divided {
  std::string_view before, behind;

  explicit Divided(std::string_view text)
      : before(text.substr(0, text.find(':'))),
        behind(text.substr(std::min(before.size() + 1, text.size()))) {}
  bool uri() const { return behind.starts_with("//"); }
};

bool listens(std::string_view word) { return word.ends_with("-listen") || word.ends_with("-l"); }

// "host:80" of "host:80,fork", ":9000" of "9000:interface=127.0.0.1".
std::string place(std::string_view behind) {
  behind = behind.substr(0, behind.find(','));
  while (behind.find('=') != behind.npos && behind.find(':') != behind.npos)
    behind = behind.substr(0, behind.rfind(':'));
  behind.remove_prefix(std::min(behind.find_first_not_of('/'), behind.size()));
  std::string text(behind.substr(0, behind.find('/')));
  if (text.empty()) return "HOST:PORT";
  if (text.find(':') != text.npos) return text;
  return ascii::is_digits(text) ? ":" + text : text + ":PORT";
}

// How an endpoint of ours begins that means the same; "" if it is ours already, or nobody's.
std::string_view beginning(Divided const& text, std::string_view word) {
  auto begin = ours(spellings, word);
  if (begin.empty() && text.uri()) begin = ours(schemes, word);
  bool const same = begin.starts_with(std::string(text.before) + ":");
  return text.behind.empty() || (same && (text.uri() || word == "unix")) ? "" : begin;
}

// What would be right; "" if nothing is wrong.
std::string instead_of(Divided const& text, bool serving) {
  auto const word = lower_case(text.before);
  if (text.uri() && (word == "http" || word == "https"))
    return serving ? "that is a URL; write 9000 or host:9000"
                   : "that is a URL, for 'twx fetch'; write HOST PORT or HOST:PORT";
  auto const sentence = ours(others, word);
  // A host may be called so.
  auto const host = text.behind.empty() || ascii::is_digits(text.behind);
  if (!sentence.empty() && !text.uri() && (!host || word == "-")) return std::string(sentence);
  auto const begin = beginning(text, word);
  if (begin.empty()) return "";
  if (!serving && listens(word)) return "servers are 'twx serve NAME ENDPOINT'";
  auto const on_network = begin.ends_with("p://") || begin == "tls://";
  return "write " + std::string(begin) +
         (on_network ? place(text.behind)
                     : std::string(text.behind.substr(0, text.behind.find(','))));
}

}  // namespace

std::string foreign_endpoint(std::string_view text, bool serving) {
  auto const instead = instead_of(Divided(text), serving);
  return instead.empty() ? "" : "'" + std::string(text) + "' is no endpoint: " + instead;
}

}  // namespace twx
