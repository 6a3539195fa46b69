#include "protocols/socks_handshake.h"

#include <netinet/in.h>

#include <cstring>
#include <optional>
#include <utility>

#include "protocols/proxy_error.h"
#include "reactor/address.h"

namespace twx {
namespace {

constexpr std::size_t longest = 255;  // what one byte can count

Failure failure(std::string_view what) {
  return Failure::with_message(ProxyError::handshake, "SOCKS: " + std::string(what));
}

std::string_view refusal5(unsigned code) {
  switch (code) {
    case 1: return "the proxy failed";
    case 2: return "the proxy does not allow this connection";
    case 3: return "the proxy cannot reach the network";
    case 4: return "the proxy cannot reach the host";
    case 5: return "the host refused the proxy's connection";
    case 6: return "the proxy's packets lived too short a time to get there";
    case 7: return "the proxy does not make connections";
    case 8: return "the proxy does not know this kind of address";
    default: return "the proxy refused for a reason that SOCKS5 does not know";
  }
}

std::string_view refusal4(unsigned code) {
  switch (code) {
    case 91: return "the proxy refused the connection, or it failed";
    case 92: return "the proxy cannot ask this machine's identd who the user is";
    case 93: return "this machine's identd names another user";
    default: return "the proxy refused for a reason that SOCKS4 does not know";
  }
}

Failure refused(std::string_view sentence, unsigned code) {
  return failure(std::string(sentence) + " (" + std::to_string(code) + ")");
}

void add_port(std::string& to, std::uint16_t port) {
  to += static_cast<char>(port >> 8);
  to += static_cast<char>(port & 0xff);
}

void add_counted(std::string& to, std::string_view text) {
  to += static_cast<char>(text.size());
  to += text;
}

// The address as the network spells it, 4 or 16 bytes; a name has none.
std::string network_bytes(std::string const& host) {
  auto const address = Address::ip(host, 0);
  if (!address) return {};
  sockaddr_storage storage{};
  address->copy_to(storage);
  if (address->family() == AF_INET) {
    auto const& ip = reinterpret_cast<sockaddr_in const&>(storage).sin_addr;
    return {reinterpret_cast<char const*>(&ip), sizeof ip};
  }
  auto const& ip = reinterpret_cast<sockaddr_in6 const&>(storage).sin6_addr;
  return {reinterpret_cast<char const*>(&ip), sizeof ip};
}

std::optional<Failure> unspeakable(SocksRequest const& request) {
  auto const holds_nul = [](std::string const& text) { return text.find('\0') != text.npos; };
  if (request.host.empty() || holds_nul(request.host)) return failure("the host is no name");
  if (request.host.size() > longest) return failure("the host's name is longer than 255 bytes");
  if (request.user.size() > longest) return failure("the user's name is longer than 255 bytes");
  if (request.password.size() > longest) return failure("the password is longer than 255 bytes");
  if (request.version == SocksVersion::v5) return {};
  if (holds_nul(request.user)) return failure("a NUL in the user's name");
  if (request.version == SocksVersion::v4 && network_bytes(request.host).size() != 4)
    return failure("version 4 takes nothing but IPv4 addresses");
  return {};
}

}  // namespace

Result<SocksHandshake> SocksHandshake::begin(SocksRequest request) {
  if (auto const why = unspeakable(request)) return *why;
  return SocksHandshake(std::move(request));
}

SocksHandshake::SocksHandshake(SocksRequest request) : request_(std::move(request)) {
  request_.version == SocksVersion::v5 ? greet() : ask4();
}

std::string SocksHandshake::take_output() { return std::exchange(output_, {}); }

void SocksHandshake::go_on(Step step, std::string const& output) {
  step_ = step;
  output_ += output;
  reply_.clear();
}

// A name goes behind the user's, and the address that no host can have, 0.0.0.1, says so.
void SocksHandshake::ask4() {
  auto const address = network_bytes(request_.host);
  std::string output("\4\1", 2);
  add_port(output, request_.port);
  output += address.size() == 4 ? address : std::string("\0\0\0\1", 4);
  output += request_.user + '\0';
  if (address.size() != 4) output += request_.host + '\0';
  go_on(Step::reply4, output);
}

void SocksHandshake::greet() {
  go_on(Step::method, has_login() ? std::string("\5\2\0\2", 4) : std::string("\5\1\0", 3));
}

void SocksHandshake::log_in() {
  std::string output("\1");
  add_counted(output, request_.user);
  add_counted(output, request_.password);
  go_on(Step::login, output);
}

void SocksHandshake::ask5() {
  auto const address = network_bytes(request_.host);
  std::string output("\5\1\0", 3);
  output += address.empty() ? '\3' : address.size() == 4 ? '\1' : '\4';
  if (address.empty())
    add_counted(output, request_.host);
  else
    output += address;
  add_port(output, request_.port);
  go_on(Step::reply5, output);
}

Result<std::size_t> SocksHandshake::put(Bytes data) {
  std::size_t used = 0;
  for (auto const byte : text(data)) {
    if (done()) break;
    ++used;
    reply_ += byte;
    if (auto const right = look(); !right) return right.failure();
  }
  return used;
}

Result<void> SocksHandshake::look() {
  switch (step_) {
    case Step::reply4: return look_at_reply4();
    case Step::method: return look_at_method();
    case Step::login: return look_at_login();
    case Step::reply5: return look_at_reply5();
    case Step::done: break;
  }
  return {};
}

Result<void> SocksHandshake::look_at_method() {
  if (at(0) != 5) return failure("the proxy does not speak version 5");
  if (reply_.size() < 2) return {};
  if (at(1) == 0) {
    ask5();
  } else if (at(1) == 2 && has_login()) {
    log_in();
  } else if (at(1) == 0xff) {
    return failure(has_login() ? "the proxy takes neither the login nor none"
                               : "the proxy wants a login");
  } else {
    return failure("the proxy chose a way to log in that it was not offered");
  }
  return {};
}

Result<void> SocksHandshake::look_at_login() {
  if (at(0) != 1) return failure("the proxy's answer to the login is none");
  if (reply_.size() < 2) return {};
  if (at(1) != 0) return refused("the proxy refused the login", at(1));
  ask5();
  return {};
}

Result<void> SocksHandshake::look_at_reply4() {
  if (at(0) != 0) return failure("the proxy does not speak version 4");
  if (reply_.size() == 2 && at(1) != 90) return refused(refusal4(at(1)), at(1));
  if (reply_.size() == 8) go_on(Step::done, {});
  return {};
}

// Version, code, a reserved byte in which some proxies leave anything, the kind of address, the
// address, the port.
Result<void> SocksHandshake::look_at_reply5() {
  if (at(0) != 5) return failure("the proxy's answer is not of version 5");
  if (reply_.size() == 2 && at(1) != 0) return refused(refusal5(at(1)), at(1));
  if (reply_.size() < 4) return {};
  auto const kind = at(3);
  if (kind != 1 && kind != 3 && kind != 4) return failure("the proxy's answer has no address");
  if (reply_.size() < 5) return {};
  auto const size = kind == 1 ? 4 : kind == 4 ? 16 : 1 + std::size_t{at(4)};
  if (reply_.size() == 4 + size + 2) go_on(Step::done, {});
  return {};
}

Failure SocksHandshake::ended() const { return failure("the proxy ended the connection"); }

}  // namespace twx
