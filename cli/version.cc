#include "cli/version.h"

#include <boost/version.hpp>

#include "cli/parse.h"

namespace twx {

std::string version_text() {
  auto const number = [](int value) { return std::to_string(value); };
  return "twx " TWX_FULL_VERSION "\nBoost " + number(BOOST_VERSION / 100000) + "." +
         number(BOOST_VERSION / 100 % 1000) + "." + number(BOOST_VERSION % 100) + ", CLI11 " +
         std::string(cli11_version()) + "\n";
}

}  // namespace twx
