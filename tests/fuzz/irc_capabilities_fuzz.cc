// Whatever a server says, no line that is sent is too long or holds more than one, sasl stands by
// itself, and nothing is asked for that was not offered; the password is sent to who lists PLAIN.
//
// Input: lines from a server.
#include <string>
#include <string_view>

#include "protocols/irc_capabilities.h"
#include "protocols/irc_login.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

void check_line(std::string_view line) {
  require(line.size() <= 510, "a line is not too long");
  require(line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos, "it is one line");
}

void check_request(std::string_view line, IrcCapabilities const& capabilities) {
  constexpr std::string_view beginning = "CAP REQ :";
  check_line(line);
  require(line.starts_with(beginning), "it is a request");
  line.remove_prefix(beginning.size());
  require(line == "sasl" || line.find("sasl") == line.npos, "sasl stands by itself");
  while (!line.empty()) {
    auto const name = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), name.size() + 1));
    require(!name.empty() && name != "sts", "it has a name that may be asked for");
    require(capabilities.offered(name).has_value(), "which was offered");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto rest = Input(data, size).rest();
  IrcCapabilities capabilities({"batch", "server-time", "sasl", "sts", "a", "b", "a"});
  IrcLogin login({.mechanism = IrcMechanism::plain, .user = "user", .password = Secret("secret")});
  bool began = false;
  while (!rest.empty()) {
    auto const line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    auto const message = IrcMessage::parse(line);
    if (!message) continue;
    capabilities.take(*message);
    for (auto const& request : capabilities.take_output()) check_request(request, capabilities);
    login.take(*message);
    if (capabilities.settled() && capabilities.enabled("sasl") && !std::exchange(began, true))
      login.begin(capabilities.offered("sasl").value_or(""));
    for (auto const& answer : login.take_output()) check_line(answer);
    require(!(login.succeeded() && login.failure()), "a login has one end");
    require(capabilities.offered().size() <= IrcCapabilities::most_offered, "memory is bounded");
  }
  return 0;
}
