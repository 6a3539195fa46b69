#include "reactor/transport.h"

namespace twx {

// NOLINTNEXTLINE(performance-unnecessary-value-param): those that can take it over
Result<void> Transport::start_tls(std::shared_ptr<TlsContext> /*context*/,
                                  std::string const& /*peer_name*/) {
  return Failure(std::make_error_code(std::errc::operation_not_supported));
}

Result<void> Transport::send_descriptor(int) {
  return Failure(std::make_error_code(std::errc::operation_not_supported));
}

Result<void> Transport::receive_descriptors() {
  return Failure(std::make_error_code(std::errc::operation_not_supported));
}

}  // namespace twx
