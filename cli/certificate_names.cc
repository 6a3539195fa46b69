#include "cli/certificate_names.h"

#include <ifaddrs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "reactor/address.h"
#include "reactor/endpoint_settings.h"

namespace twx {
namespace {

class Names {
 public:
  // Without what a certificate cannot hold: the scope of an address, a dot at the end, letters that
  // are not ASCII. Addresses are spelled in one way.
  void add(std::string name) {
    if (auto const address = Address::ip(name, 0)) name = address->host();
    name.resize(std::min(name.find('%'), name.size()));
    if (name.ends_with('.')) name.pop_back();
    bool const good = !name.empty() && is_ascii(name);
    if (good && std::ranges::find(names_, name) == names_.end()) names_.push_back(std::move(name));
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::vector<std::string> names_;
};

void add_usual(Names& names) {
  names.add("localhost");
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0) names.add(name.data());
  names.add("127.0.0.1");
  names.add("::1");
}

bool is_link_local(sockaddr const* address) {
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 inet{};
  std::memcpy(&inet, address, sizeof inet);
  return IN6_IS_ADDR_LINKLOCAL(&inet.sin6_addr);
}

void add_interfaces(Names& names) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) < 0) return;  // the usual names remain
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> const owner(list, &freeifaddrs);
  for (auto const* each = list; each; each = each->ifa_next) {
    auto const* const address = each->ifa_addr;
    if (!address || is_link_local(address)) continue;
    if (address->sa_family == AF_INET)
      names.add(Address::from(address, sizeof(sockaddr_in)).host());
    if (address->sa_family == AF_INET6)
      names.add(Address::from(address, sizeof(sockaddr_in6)).host());
  }
}

// Where an inherited socket listens; a unix socket's path is no name.
std::string host_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd, address, &size) < 0) return "localhost";  // listening will tell what is wrong
  auto const local = Address::from(address, size);
  return local.is_unix() ? "localhost" : local.host();
}

bool is_wildcard(std::string const& host) {
  auto const address = Address::ip(host, 0);
  if (!address) return host.empty();
  return *address == Address::any(0) || *address == Address::any(0, AF_INET);
}

}  // namespace

std::vector<std::string> certificate_names(std::span<Endpoint const> endpoints) {
  Names names;
  add_usual(names);
  for (auto const& endpoint : endpoints) {
    if (endpoint.kind == Endpoint::Kind::unix) continue;  // who is on this host is localhost
    auto const host = endpoint.kind == Endpoint::Kind::fd ? host_of(endpoint.fd) : endpoint.host;
    is_wildcard(host) ? add_interfaces(names) : names.add(host);
  }
  return names.take();
}

}  // namespace twx
