// What comes from a server costs no allocation.
#include <limits>
#include <string>

#include "protocols/irc_client.h"
#include "protocols/irc_text.h"
#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/reactor/support/fail_allocation.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Counting final : IrcClient {
  using IrcClient::IrcClient;
  void privmsg(IrcSource const& who, std::string_view, std::string_view text,
               IrcMessage const& message) override {
    ++heard;
    text_.clear();
    printable_plain_text(text_, who.nick);
    printable_plain_text(text_, text);
    if (message.tags().find("time")) ++timed;
  }
  void user_joined(IrcSource const&, std::string_view, IrcMessage const&) override { ++heard; }
  int heard = 0;
  int timed = 0;
  std::string text_ = std::string(1000, ' ');
};

TEST_CASE("A message that comes costs no allocation", "[irc]") {
  FakeClock clock;
  Counting client(clock);
  FakeTransport wire;
  wire.connect(client);
  wire.deliver(":srv 001 me :Welcome\r\n");
  std::string const stream =
      "@time=2024-01-01T00:00:00.000Z;msgid=abc :bob!b@host PRIVMSG #channel :hello, "
      "gr\u00fc\u00df\r\n"
      ":bob!b@host.example.org PRIVMSG #channel :a second line, in Latin-1: \xfc\n"
      ":bob!b@host.example.org JOIN #channel\r\n"
      ":srv 473 twx #channel :Cannot join\r\n"
      ":srv 353 twx = #channel :a b c d e f g h i j k l m n o p q r s t u v w x y z\r\n";
  {
    FailAllocations const none(1, std::numeric_limits<long>::max() / 2);
    for (int i = 0; i < 3; ++i) client.data_received(bytes(stream));
  }
  CHECK(client.heard == 9);
  CHECK(client.timed == 3);
}

TEST_CASE("The rest of a line that is too long takes no memory", "[irc][irc29]") {
  FakeClock clock;
  Counting client(clock);
  FakeTransport wire;
  wire.connect(client);
  std::string const piece(65'536, 'x');
  client.data_received(bytes(piece));
  {
    FailAllocations const none(1, std::numeric_limits<long>::max() / 2);
    for (int i = 0; i < 255; ++i) client.data_received(bytes(piece));
  }
  wire.deliver("\n:bob!b@h PRIVMSG #c :well\n");
  CHECK(client.heard == 1);
}

}  // namespace
