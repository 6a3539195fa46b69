// Public. IrcLogin: the login that comes before the registration (IRCv3 sasl-3.1 and 3.2). No I/O:
// lines out, messages in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/irc_message.h"
#include "protocols/scram.h"
#include "protocols/secret.h"
#include "reactor/failure.h"

namespace twx {

// SASL's ways of logging in.
enum class IrcMechanism : std::uint8_t {
  plain,          // RFC 4616; the password goes over the line, which should be TLS
  external,       // the client certificate of the connection
  scram_sha_256,  // RFC 7677
};

// "PLAIN", "EXTERNAL", "SCRAM-SHA-256".
std::string_view to_string(IrcMechanism);

// Who one is; `user` and `password` may be empty with EXTERNAL.
struct IrcCredentials {
  IrcMechanism mechanism = IrcMechanism::plain;
  std::string user = {};
  Secret password = {};
};

// One attempt. "sasl" must be enabled.
class IrcLogin {
 public:
  // Of what the server sends in one step, in base64.
  static constexpr std::size_t most_challenge = 8192;  // bytes

  // `nonce` is ScramClient's.
  explicit IrcLogin(IrcCredentials credentials, std::string nonce = {});

  // `offered` is the value of the capability: mechanisms with commas; empty: the server does not
  // say. Where it does and ours is missing the login fails with IrcError::login_unavailable, and
  // nothing is sent.
  void begin(std::string_view offered);
  // A message from the server: AUTHENTICATE, or one of 900 to 908. Others change nothing. True if
  // it belonged to the login: its time begins anew.
  bool take(IrcMessage const&);
  // The time is up: "AUTHENTICATE *" and IrcError::login_timeout.
  void time_out();
  // "sasl" was refused or is not there: IrcError::login_unavailable.
  void not_offered();
  // Lines to be sent, without their ends. They hold the password: wipe() each when it is sent.
  std::vector<std::string> take_output();

  // begin was called, and the end has not come.
  bool busy() const { return step_ != Step::idle && !done(); }
  bool done() const { return succeeded_ || failure_; }
  bool succeeded() const { return succeeded_; }
  // Nothing unless it has failed. The text is the server's where it gave one.
  std::optional<Failure> const& failure() const { return failure_; }
  // The account that the server says one is logged in to (900); empty before.
  std::string const& account() const { return account_; }

 private:
  enum class Step { idle, mechanism, first, final, verified };

  void challenged(std::string_view piece);
  void answer(std::string const& challenge);
  void answer_scram(ScramClient& scram, std::string const& challenge);
  void send_scram(Step next, Result<std::string> message);
  void send(std::string& message);
  void replied(IrcMessage const&);
  void succeed();
  void fail(Failure, bool tell_server = false);
  void fail(IrcError error, bool tell_server = false) { fail(Failure(error), tell_server); }

  IrcMechanism mechanism_;
  std::string user_;
  Secret password_;
  std::optional<ScramClient> scram_;
  Step step_ = Step::idle;
  std::string challenge_;  // as far as it has come
  std::string account_;
  std::vector<std::string> output_;
  std::optional<Failure> failure_;
  bool succeeded_ = false;
};

}  // namespace twx
