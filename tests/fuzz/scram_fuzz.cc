// Whatever a server says, the answer to it repeats its nonce, which goes on from ours, and brings a
// proof of 32 bytes; who does not know the password is not believed.
//
// Input: server-first-message, FE, server-final-message, to a client that is the one of RFC 7677,
// section 3.
#include <string>
#include <string_view>

#include "protocols/base64.h"
#include "protocols/irc_error.h"
#include "protocols/scram.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

constexpr std::string_view nonce = "rOprNGfwEbeRWgbNEkqO";

ScramClient client(std::string const& password) {
  ScramClient scram("user", Secret(password), std::string(nonce));
  require(scram.first() == "n,,n=user,r=" + std::string(nonce), "the first message is the same");
  return scram;
}

// A hundred thousand iterations are right, and would take all the time there is.
bool is_long_work(std::string_view message) {
  auto const place = message.find("i=");
  if (place == message.npos) return false;
  message.remove_prefix(place + 2);
  message.remove_prefix(std::min(message.find_first_not_of('0'), message.size()));
  auto const digits = std::min(message.find_first_not_of("0123456789"), message.size());
  return (digits >= 5 && digits <= 7) || is_long_work(message);
}

void check_answer(std::string_view answer, std::string_view server_first) {
  require(answer.starts_with("c=biws,r="), "without channel binding, then the nonce");
  answer.remove_prefix(std::string_view("c=biws,r=").size());
  auto const repeated = take_until(answer, ',');
  require(repeated.starts_with(nonce) && repeated.size() > nonce.size(), "it goes on from ours");
  require(server_first.starts_with("r=" + std::string(repeated) + ","), "it is the server's");
  require(answer.starts_with("p="), "then the proof");
  auto const proof = base64_decoded(answer.substr(2));
  require(proof && proof->size() == 32, "of the size of SHA-256");
}

void check_end(ScramClient& scram, std::string_view server_first, std::string_view server_final) {
  auto const verified = scram.verify(server_final);
  require(bool(verified) == scram.verified(), "both say the same");
  if (verified) {
    require(server_final.starts_with("v="), "only a signature proves");
    auto other = client("not pencil");
    require(bool(other.final(server_first)), "the answer is no matter of the password");
    require(!other.verify(server_final), "the proof is");
    return;
  }
  auto const code = verified.failure().code();
  auto const named = server_final.starts_with("e=");
  require(code == (named ? IrcError::login_refused : IrcError::server_not_proved), "why not");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto rest = Input(data, size).rest();
  auto const server_first = next_text(rest);
  auto const server_final = next_text(rest);
  if (is_long_work(server_first)) return 0;
  require(!client("pencil").verify(server_final),
          "a signature that comes too early proves nothing");
  auto scram = client("pencil");
  auto const answer = scram.final(server_first);
  if (answer)
    check_answer(*answer, server_first);
  else
    require(answer.failure().code() == IrcError::login_broken, "one kind of failure");
  check_end(scram, server_first, server_final);
  return 0;
}
