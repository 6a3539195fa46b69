#include "clients/ask_password.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <string_view>

#include "reactor/descriptor.h"

namespace twx {
namespace {

// Without echo, while it lives.
class Hidden {
 public:
  explicit Hidden(int terminal) : terminal_(terminal), shown_(tcgetattr(terminal, &before_) == 0) {
    if (!shown_) return;
    auto quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(terminal_, TCSAFLUSH, &quiet);
  }
  ~Hidden() {
    if (shown_) tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  Hidden(Hidden const&) = delete;
  Hidden& operator=(Hidden const&) = delete;

 private:
  int const terminal_;
  termios before_{};
  bool const shown_;
};

bool say(int terminal, std::string_view text) {
  return write(terminal, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

Result<std::string> ask_password(std::string const& question) {
  Descriptor const terminal(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  auto const nobody =
      Failure::with_message(Error::cannot_read,
                            "there is no terminal to ask for the password; write it into a "
                            "netrc file and use --netrc-file");
  if (!terminal) return nobody;
  std::string password;
  {
    Hidden const hidden(terminal.get());  // first: what is typed from the question on counts
    if (!say(terminal.get(), question)) return nobody;
    for (char c; read(terminal.get(), &c, 1) == 1 && c != '\n';) password += c;
  }
  return say(terminal.get(), "\n") ? Result<std::string>(std::move(password))
                                   : Result<std::string>(Failure::from_errno());
}

}  // namespace twx
