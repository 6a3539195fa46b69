#include "clients/basic_login.h"

#include "protocols/base64.h"

namespace twx {

std::string basic_login(std::string_view user, std::string_view password) {
  return "Basic " + base64_encoded(std::string(user) + ':' + std::string(password));
}

}  // namespace twx
