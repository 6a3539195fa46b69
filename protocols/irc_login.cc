#include "protocols/irc_login.h"

#include <algorithm>
#include <utility>

#include "protocols/base64.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr std::size_t piece_size = 400;  // sasl-3.1: bytes of one AUTHENTICATE

Failure said_by_server(IrcError error, IrcMessage const& reply) {
  if (reply.trailing().empty()) return {error};
  return Failure::with_message(error, std::string(reply.trailing()));
}

}  // namespace

std::string_view to_string(IrcMechanism mechanism) {
  switch (mechanism) {
    case IrcMechanism::plain: return "PLAIN";
    case IrcMechanism::external: return "EXTERNAL";
    case IrcMechanism::scram_sha_256: return "SCRAM-SHA-256";
  }
  return "";
}

IrcLogin::IrcLogin(IrcCredentials credentials, std::string nonce)
    : mechanism_(credentials.mechanism), user_(std::move(credentials.user)) {
  if (mechanism_ == IrcMechanism::scram_sha_256)
    scram_.emplace(user_, std::move(credentials.password), std::move(nonce));
  else
    password_ = std::move(credentials.password);
}

void IrcLogin::begin(std::string_view offered) {
  auto const name = to_string(mechanism_);
  if (!offered.empty() && !lists(offered, name))
    return fail({IrcError::login_unavailable, std::string(name)});
  auto const has_nul = [](std::string_view text) { return text.find('\0') != text.npos; };
  if (has_nul(user_) || has_nul(password_.text())) return fail(IrcError::bad_part);
  step_ = Step::mechanism;
  output_.push_back("AUTHENTICATE " + std::string(name));
}

bool IrcLogin::take(IrcMessage const& message) {
  auto const number = message.number();
  auto const challenge = message.is("AUTHENTICATE");
  if (!challenge && (number < 900 || number > 908 || number == 901)) return false;
  if (!busy()) return false;
  if (challenge)
    challenged(message.parameter(0));
  else
    replied(message);
  return true;
}

void IrcLogin::replied(IrcMessage const& reply) {
  switch (reply.number()) {
    case 900: account_ = reply.parameter(2); break;
    case 903:
    case 907: succeed(); break;
    case 908:
      fail({IrcError::login_unavailable, "the server has " + std::string(reply.parameter(1))});
      break;
    default: fail(said_by_server(IrcError::login_refused, reply));
  }
}

void IrcLogin::challenged(std::string_view piece) {
  if (piece != "+") challenge_ += piece.substr(0, most_challenge);
  if (challenge_.size() > most_challenge) return fail(IrcError::login_broken, true);
  if (piece.size() == piece_size) return;
  auto const challenge = base64_decoded(std::exchange(challenge_, {}));
  challenge ? answer(*challenge) : fail(IrcError::login_broken, true);
}

void IrcLogin::answer(std::string const& challenge) {
  if (scram_) return answer_scram(*scram_, challenge);
  if (step_ != Step::mechanism) return fail(IrcError::login_broken, true);
  step_ = Step::final;
  std::string message;
  message.reserve(2 * user_.size() + password_.text().size() + 2);
  message += user_;
  if (mechanism_ == IrcMechanism::plain) {
    (message += '\0') += user_;
    (message += '\0') += password_.text();
  }
  password_.clear();
  send(message);
}

void IrcLogin::answer_scram(ScramClient& scram, std::string const& challenge) {
  if (step_ == Step::mechanism) return send_scram(Step::first, scram.first());
  if (step_ == Step::first) return send_scram(Step::final, scram.final(challenge));
  if (step_ != Step::final) return fail(IrcError::login_broken, true);
  auto const proved = scram.verify(challenge);
  send_scram(Step::verified, proved ? Result<std::string>("") : proved.failure());
}

void IrcLogin::send_scram(Step next, Result<std::string> message) {
  step_ = next;
  message ? send(*message) : fail(message.failure(), true);
}

// In pieces; one that is not full is the last. Nothing that holds the message is left unwiped but
// the lines.
void IrcLogin::send(std::string& message) {
  auto text = base64_encoded(message);
  wipe(message);
  auto rest = std::string_view(text);
  for (std::size_t size = piece_size; size == piece_size; rest.remove_prefix(size)) {
    auto const piece = rest.substr(0, piece_size);
    size = piece.size();
    auto& line = output_.emplace_back();
    line.reserve(2 * piece_size);
    (line += "AUTHENTICATE ") += piece.empty() ? "+" : piece;
  }
  wipe(text);
}

void IrcLogin::succeed() {
  if (scram_ && !scram_->verified()) return fail(IrcError::server_not_proved, true);
  succeeded_ = true;
}

void IrcLogin::fail(Failure failure, bool tell_server) {
  if (tell_server) output_.emplace_back("AUTHENTICATE *");
  password_.clear();
  scram_.reset();
  failure_ = std::move(failure);
}

void IrcLogin::time_out() {
  if (busy()) fail(IrcError::login_timeout, true);
}

void IrcLogin::not_offered() {
  if (!done()) fail({IrcError::login_unavailable, "SASL"});
}

std::vector<std::string> IrcLogin::take_output() { return std::exchange(output_, {}); }

}  // namespace twx
