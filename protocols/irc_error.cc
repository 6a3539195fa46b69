#include "protocols/irc_error.h"

#include <string>

namespace twx {
namespace {

struct Category final : std::error_category {
  char const* name() const noexcept override { return "irc"; }
  std::string message(int value) const override {
    switch (static_cast<IrcError>(value)) {
      case IrcError::bad_part: return "The line cannot be sent";
      case IrcError::queue_full: return "Too many lines wait to be sent";
      case IrcError::login_unavailable: return "The server offers no such login";
      case IrcError::login_refused: return "The server refuses the login";
      case IrcError::login_broken: return "The server breaks the rules of the login";
      case IrcError::server_not_proved:
        return "The server does not prove that it knows the password";
      case IrcError::login_timeout: return "The server does not answer the login";
    }
    return "Unknown error";
  }
};

}  // namespace

std::error_category const& irc_category() noexcept {
  static Category const category;
  return category;
}

std::error_code make_error_code(IrcError error) noexcept {
  return {static_cast<int>(error), irc_category()};
}

}  // namespace twx
