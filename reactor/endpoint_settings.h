// Internal to reactor/ and cli/. What an endpoint may look like: Endpoint::parse and the help of
// endpoints are made from these tables, and options of the command line that mean the same as a
// setting use the same functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/endpoint.h"

namespace twx {

struct EndpointForm {
  std::string_view text;     // "host:9000"
  std::string_view meaning;  // no full stop
};
std::span<EndpointForm const> endpoint_forms();

// One key of the query.
struct EndpointSetting {
  enum class Side { both, client, server };
  enum class Of { all, tls, unix };  // which endpoints have it

  std::string_view key;
  std::string_view metavar = {};  // empty: it takes no value
  std::string_view meaning;       // no full stop
  Side side = Side::both;         // who has a use for it
  std::string_view instead = {};  // what the other side has: a clause
  Of of = Of::tls;
  bool repeatable = false;
  // "" or what is wrong with the value.
  std::string (*set)(Endpoint&, std::string_view value);
  // Whether it is not as in an endpoint without settings.
  bool (*given)(Endpoint const&);
};
std::span<EndpointSetting const> endpoint_settings();

// These take the text, and answer "" or what is wrong with it and what would be right.
std::string add_pin(std::vector<std::string>& pins, std::string_view pin);
// A list, "h2,http/1.1"; RFC 7301: a name has 1 to 255 bytes.
std::string add_protocols(std::vector<std::string>& names, std::string_view list);
// A host name (RFC 1035, section 2.3.4: labels of 1 to 63 bytes, 253 in all; a dot may end it) or
// an IP literal. A name that is not ASCII must come in its xn-- form (RFC 5890).
std::string set_server_name(std::string& name, std::string_view text);

bool is_ascii(std::string_view text);

}  // namespace twx
