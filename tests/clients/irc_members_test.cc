#include "clients/irc_members.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace twx;

struct Members {
  Members() { support.take_token("PREFIX=(qov)~@+"); }
  std::vector<std::size_t> of(std::string_view nick) const {
    std::vector<std::size_t> channels;
    members.each_channel(nick, [&](std::size_t channel) { channels.push_back(channel); });
    return channels;
  }
  void mode(std::size_t channel, bool set, char mode, std::string_view nick) {
    members.changed(channel, {set, mode, support.mode_kind(mode), nick});
  }

  IrcSupport support;
  IrcMembers members{support};
};

using Channels = std::vector<std::size_t>;

}  // namespace

TEST_CASE("Names are taken with their signs, and with their addresses", "[irc-log]") {
  Members f;
  f.members.listed(1, "@ann +bob ~@carl dora!d@host");
  CHECK(f.members.sign(1, "ann") == "@");
  CHECK(f.members.sign(1, "BOB") == "+");
  CHECK(f.members.sign(1, "carl") == "~");
  CHECK(f.members.sign(1, "dora").empty());
  CHECK(f.members.sign(0, "ann").empty());
  CHECK(f.of("dora") == Channels{1});
  CHECK(f.members.size() == 4);
}

TEST_CASE("Signs follow the modes", "[irc-log]") {
  Members f;
  f.members.joined(0, "ann");
  f.mode(0, true, 'v', "ann");
  CHECK(f.members.sign(0, "ann") == "+");
  f.mode(0, true, 'o', "Ann");
  CHECK(f.members.sign(0, "ann") == "@");
  f.mode(0, false, 'o', "ann");
  CHECK(f.members.sign(0, "ann") == "+");
  f.mode(0, true, 'o', "nobody");
  f.mode(0, true, 'b', "ann");
  CHECK(f.members.size() == 1);
}

TEST_CASE("Who goes, is renamed or leaves is known by channel", "[irc-log]") {
  Members f;
  f.members.listed(0, "@ann bob");
  f.members.listed(1, "ann");
  f.members.renamed("ann", "eve");
  CHECK(f.of("ann").empty());
  CHECK(f.of("eve") == Channels{0, 1});
  CHECK(f.members.sign(0, "eve") == "@");
  f.members.left(0, "eve");
  CHECK(f.of("eve") == Channels{1});
  f.members.clear(1);
  CHECK(f.members.size() == 1);
  f.members.quit("bob");
  CHECK(f.members.size() == 0);
}

TEST_CASE("Names are one name as the server folds them", "[irc-log][irc18]") {
  Members f;
  f.members.listed(0, "TWX[LOG]");
  CHECK(f.of("twx{log}") == Channels{0});
  f.support.take_token("CASEMAPPING=ascii");
  f.members.fold_anew();
  CHECK(f.of("twx{log}").empty());
  CHECK(f.of("twx[log]") == Channels{0});
}
