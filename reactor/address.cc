#include "reactor/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/un.h>

#include <cstring>
#include <memory>

namespace twx {

std::optional<Address> Address::ip(std::string_view literal, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::string const text(literal);
  // getaddrinfo knows scopes, but takes "0x7f.1" for an IPv4 address, too.
  in_addr ipv4{};
  if (text.find(':') == text.npos && inet_pton(AF_INET, text.c_str(), &ipv4) != 1)
    return std::nullopt;
  if (getaddrinfo(text.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> const owned(found, &freeaddrinfo);
  return from(found->ai_addr, found->ai_addrlen).with_port(port);
}

std::optional<Address> Address::unix(std::string_view path) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
  Address address;
  address.family_ = AF_UNIX;
  address.path_ = path;
  if (path.front() == '@') address.path_.front() = '\0';
  return address;
}

Address Address::from(sockaddr const* address, socklen_t size) {
  Address result;
  result.family_ = address->sa_family;
  if (address->sa_family == AF_UNIX) {
    auto const begin = offsetof(sockaddr_un, sun_path);
    auto const* const text = reinterpret_cast<char const*>(address) + begin;
    if (size > begin) result.path_.assign(text, size - begin);
    if (!result.path_.empty() && result.path_.front() != '\0')
      result.path_.resize(std::strlen(result.path_.c_str()));
  } else if (size <= sizeof result.inet_) {
    std::memcpy(&result.inet_, address, size);
  }
  return result;
}

Address Address::any(std::uint16_t port, int family) {
  Address address;
  address.family_ = family;
  address.inet_.sin6_family = static_cast<sa_family_t>(family);
  return address.with_port(port);
}

Address Address::with_port(std::uint16_t port) const {
  auto copy = *this;
  copy.inet_.sin6_port = htons(port);  // sockaddr_in has it at the same place
  return copy;
}

Address Address::mapped() const {
  if (family_ != AF_INET) return *this;
  Address result;
  result.family_ = AF_INET6;
  result.inet_.sin6_family = AF_INET6;
  result.inet_.sin6_port = inet_.sin6_port;
  auto* const bytes = result.inet_.sin6_addr.s6_addr;
  bytes[10] = bytes[11] = 0xff;
  std::memcpy(bytes + 12, &reinterpret_cast<sockaddr_in const&>(inet_).sin_addr, 4);
  return result;
}

std::uint16_t Address::port() const { return is_unix() ? 0 : ntohs(inet_.sin6_port); }

std::string Address::host() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family_ == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in const&>(inet_).sin_addr, text, sizeof text);
    return text;
  }
  if (family_ == AF_INET6) {
    if (IN6_IS_ADDR_V4MAPPED(&inet_.sin6_addr)) {  // an IPv4 peer of a listener for both families
      inet_ntop(AF_INET, &inet_.sin6_addr.s6_addr[12], text, sizeof text);
      return text;
    }
    inet_ntop(AF_INET6, &inet_.sin6_addr, text, sizeof text);
    char name[IF_NAMESIZE];
    if (inet_.sin6_scope_id == 0) return text;
    if (if_indextoname(inet_.sin6_scope_id, name)) return std::string(text) + "%" + name;
    return std::string(text) + "%" + std::to_string(inet_.sin6_scope_id);
  }
  if (!path_.empty() && path_.front() == '\0') return "@" + path_.substr(1);
  return path_;
}

std::string Address::to_string() const {
  auto const name = host();
  if (is_unix()) return name.empty() ? "unix socket" : name;
  if (family_ == AF_UNSPEC) return "nowhere";
  auto const port_text = std::to_string(port());
  return name.find(':') == name.npos ? name + ":" + port_text : "[" + name + "]:" + port_text;
}

std::string Address::uri() const {
  if (!is_unix()) return "tcp://" + to_string();
  return (path_.empty() || path_.front() == '\0' ? "unix:" : "unix://") + host();
}

std::string Address::datagram_uri() const {
  if (!is_unix()) return "udp://" + to_string();
  return (path_.starts_with('/') ? "unix-dgram://" : "unix-dgram:") + host();
}

socklen_t Address::copy_to(sockaddr_storage& storage) const {
  if (is_unix()) {
    auto& address = reinterpret_cast<sockaddr_un&>(storage);
    address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    auto const terminator = !path_.empty() && path_.front() != '\0';
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size() + terminator);
  }
  auto const size = family_ == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  std::memcpy(&storage, &inet_, size);
  return static_cast<socklen_t>(size);
}

bool Address::operator==(Address const& other) const {
  if (family_ != other.family_) return false;
  if (is_unix()) return path_ == other.path_;
  return std::memcmp(&inet_, &other.inet_, sizeof inet_) == 0;
}

}  // namespace twx
