// Public. SocksHandshake: the client's side of SOCKS 4 (Ying-Da Lee's memo), 4a, and 5 (RFC 1928,
// with the login of RFC 1929).
//
//   auto handshake = SocksHandshake::begin({.host = "example.org", .port = 80}).value();
//   transport.write(handshake.take_output());
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocols/proxy_handshake.h"

namespace twx {

// Which dialect: 4 takes IPv4 addresses only.
enum class SocksVersion { v4, v4a, v5 };

// Whom the proxy shall connect to.
struct SocksRequest {
  SocksVersion version = SocksVersion::v5;
  std::string host =
      {};  // an IP literal, which is sent as such, or a name, which the proxy resolves
  std::uint16_t port = 0;
  std::string user = {};      // with the password empty as well: no login
  std::string password = {};  // version 5
};

class SocksHandshake final : public ProxyHandshake {
 public:
  // Fails with ProxyError::handshake where the request cannot be said: a name, a user or a password
  // of more than 255 bytes, a NUL; with version 4 a name or an IPv6 address.
  static Result<SocksHandshake> begin(SocksRequest request);

  std::string take_output() override;
  // Fails with ProxyError::handshake at the first byte that is wrong. Keeps at most 262 bytes.
  Result<std::size_t> put(Bytes data) override;
  bool done() const override { return step_ == Step::done; }
  Failure ended() const override;

 private:
  enum class Step { reply4, method, login, reply5, done };

  explicit SocksHandshake(SocksRequest request);
  bool has_login() const { return !request_.user.empty() || !request_.password.empty(); }
  unsigned at(std::size_t place) const { return static_cast<unsigned char>(reply_[place]); }
  void ask4();
  void greet();
  void log_in();
  void ask5();
  void go_on(Step step, std::string const& output);
  Result<void> look();
  Result<void> look_at_method();
  Result<void> look_at_login();
  Result<void> look_at_reply4();
  Result<void> look_at_reply5();

  SocksRequest request_;
  Step step_ = Step::done;
  std::string output_;
  std::string reply_;  // the one that is expected, as far as it has come
};

}  // namespace twx
