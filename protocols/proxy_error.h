// Public. What can go wrong on the way through a proxy, beside what transports report.
#pragma once

#include <system_error>

namespace twx {

// Causes of a failure.
enum class ProxyError {
  bad_setting = 1,  // the text that names the proxy or a way to a host cannot be understood
  name_not_found,   // the name of the proxy has no address, or nobody knows
  handshake,        // SOCKS: refused, broken, or no words in it for what is wanted
  tunnel,           // CONNECT was refused, or its answer is broken
};

// What std::error_code asks of its enumerations; the category is called "proxy".
std::error_category const& proxy_category() noexcept;
std::error_code make_error_code(ProxyError) noexcept;  // of that category

}  // namespace twx

template <>
struct std::is_error_code_enum<twx::ProxyError> : std::true_type {};
