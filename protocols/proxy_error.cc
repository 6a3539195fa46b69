#include "protocols/proxy_error.h"

#include <string>

namespace twx {
namespace {

struct Category final : std::error_category {
  char const* name() const noexcept override { return "proxy"; }
  std::string message(int value) const override {
    switch (static_cast<ProxyError>(value)) {
      case ProxyError::bad_setting: return "The proxy cannot be understood";
      case ProxyError::name_not_found: return "The name of the proxy was not found";
      case ProxyError::handshake: return "The SOCKS proxy did not make the connection";
      case ProxyError::tunnel: return "CONNECT tunnel failed";
    }
    return "Unknown error";
  }
};

}  // namespace

std::error_category const& proxy_category() noexcept {
  static Category const category;
  return category;
}

std::error_code make_error_code(ProxyError error) noexcept {
  return {static_cast<int>(error), proxy_category()};
}

}  // namespace twx
