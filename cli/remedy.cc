#include "cli/remedy.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include "reactor/address.h"

namespace twx {
namespace {

constexpr std::uint16_t first_free_port = 1024;

// A path that a socket cannot be at, since something else is.
bool is_other_file(Endpoint const& endpoint) {
  bool const unix =
      endpoint.kind == Endpoint::Kind::unix || endpoint.kind == Endpoint::Kind::unix_datagram;
  struct stat status{};
  return unix && stat(endpoint.path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode);
}

bool is_of_other_family(Endpoint const& endpoint, int family) {
  auto const address = Address::ip(endpoint.host, 0);
  return family != AF_UNSPEC && address && address->family() != family;
}

}  // namespace

std::string remedy(Failure const& failure, Endpoint const& endpoint, int family) {
  auto const code = failure.code();
  bool const reserved = endpoint.port > 0 && endpoint.port < first_free_port;
  if (code == std::errc::permission_denied && reserved)
    return "; ports below 1024 are for root; take another, or give CAP_NET_BIND_SERVICE";
  if (code == std::errc::connection_refused && is_other_file(endpoint))
    return "; it is a file, but no socket";
  if (code == Error::name_not_found && is_of_other_family(endpoint, family))
    return family == AF_INET ? "; with -4 it must be an IPv4 address"
                             : "; with -6 it must be an IPv6 address";
  return "";
}

}  // namespace twx
