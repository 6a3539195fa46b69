// Whole and split, a proxy's replies come to the same end, and no more is taken than belongs to it.
//
// Input: version, login, split; then what the proxy sends.
#include <string>

#include "protocols/proxy_error.h"
#include "protocols/socks_handshake.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

struct Outcome {
  std::string sent;
  std::string failure;
  std::size_t used = 0;
  bool done = false;

  bool operator==(Outcome const&) const = default;
};

Outcome receive(SocksRequest const& request, std::string_view stream, std::size_t split) {
  auto handshake = SocksHandshake::begin(request).value();
  Outcome outcome{.sent = handshake.take_output(), .failure = {}, .used = 0, .done = false};
  while (!handshake.done() && outcome.failure.empty() && outcome.used < stream.size()) {
    auto const piece = stream.substr(outcome.used, split);
    auto const used = handshake.put(bytes(piece));
    if (!used) {
      require(used.failure().code() == ProxyError::handshake, "one kind of failure");
      outcome.failure = used.failure().message();
      break;
    }
    require(*used <= piece.size(), "it takes no more than it got");
    require(handshake.done() || *used == piece.size(), "it takes everything up to the end");
    outcome.used += *used;
    outcome.sent += handshake.take_output();
  }
  outcome.done = handshake.done();
  // A greeting, a login, a reply.
  require(outcome.used <= 2 + 2 + 262, "a handshake ends");
  if (!outcome.failure.empty()) outcome.used = 0;
  if (!outcome.failure.empty()) outcome.sent.clear();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  constexpr SocksVersion versions[] = {SocksVersion::v4, SocksVersion::v4a, SocksVersion::v5};
  Input input(data, size);
  auto const version = versions[input.number() % std::size(versions)];
  SocksRequest const request{.version = version,
                             .host = version == SocksVersion::v4 ? "192.0.2.1" : "example.org",
                             .port = 80,
                             .user = input.number() % 2 == 1 ? "user" : "",
                             .password = ""};
  auto const split = 1 + input.number();
  auto const whole = receive(request, input.rest(), std::string_view::npos);
  require(receive(request, input.rest(), 1) == whole, "byte by byte it is the same");
  require(receive(request, input.rest(), split) == whole, "in pieces it is the same");
  return 0;
}
