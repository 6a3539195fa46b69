// Whatever comes and however it is split, the same is told and sent, in lines that are whole; and a
// line that came is told once. A client that fails has its connection given up, and what it wrote
// in that turn is not sent.
//
// Input: settings, split; then what a server sends.
#include <string>
#include <string_view>
#include <vector>

#include "protocols/irc_client.h"
#include "reactor/fakes/fake_clock.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

class Client final : public IrcClient {
 public:
  using IrcClient::IrcClient;
  std::string told;

  void message_received(IrcMessage const& message) override { add("message", message.line()); }
  void bad_message(std::string_view line) override {
    // Of one that is too long comes what has come so far.
    if (line.size() < 400) add("bad", line);
  }
  void privmsg(IrcSource const& who, std::string_view, std::string_view words,
               IrcMessage const&) override {
    require(!who.nick.empty(), "somebody said it");
    add("privmsg", words);
  }
  void joined(std::string_view channel, IrcMessage const&) override { add("joined", channel); }
  void user_joined(IrcSource const&, std::string_view channel, IrcMessage const&) override {
    add("user_joined", channel);
  }
  void nick_changed(std::string_view nick, IrcMessage const&) override { add("nick", nick); }
  void mode_changed(IrcSource const&, std::string_view target, IrcModes changes,
                    IrcMessage const&) override {
    while (auto const change = changes.next()) add(target, change->parameter);
  }
  void login_failed(Failure const& why) override {
    add("login", why.code().message());
    IrcClient::login_failed(why);
  }
  void logged_in(std::string_view account) override { add("logged in", account); }

 private:
  void add(std::string_view what, std::string_view text) {
    ((((told += what) += '(') += text) += ')') += '\n';
  }
};

struct Outcome {
  std::string told;
  std::string sent;
  bool given_up;
};

bool operator==(Outcome const& a, Outcome const& b) {
  auto const same_sent =
      a.given_up ? a.sent.starts_with(b.sent) || b.sent.starts_with(a.sent) : a.sent == b.sent;
  return a.told == b.told && a.given_up == b.given_up && same_sent;
}

Outcome receive(std::string_view stream, bool login, std::size_t seed) {
  FakeClock clock;
  IrcSettings settings{.nick = "me", .version = "twx"};
  if (login)
    settings.login = IrcCredentials{.mechanism = IrcMechanism::plain,
                                    .user = "user",
                                    .password = Secret("secret")};
  Client client(clock, std::move(settings));
  FakeTransport wire;
  wire.connect(client);
  deliver(wire, stream, seed, [] {});
  Outcome outcome{.told = client.told,
                  .sent = wire.take(),
                  .given_up = wire.lost() || wire.disconnecting()};
  require(outcome.sent.ends_with("\r\n"), "what is sent are lines");
  require(outcome.sent.find('\0') == outcome.sent.npos, "without NUL");
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Input input(data, size);
  auto const login = input.number() % 2 == 1;
  auto const seed = input.number();
  auto const whole = receive(input.rest(), login, 0);
  require(receive(input.rest(), login, 1) == whole, "byte by byte it is the same");
  require(receive(input.rest(), login, seed) == whole, "in pieces it is the same");
  return 0;
}
