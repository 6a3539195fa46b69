// What one MODE changes.
#include "protocols/irc_modes.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace twx;

using Words = std::vector<std::string_view>;

std::vector<std::string> read(IrcModes modes) {
  std::vector<std::string> all;
  while (auto const change = modes.next())
    all.push_back(std::string(change->set ? "+" : "-") + change->mode +
                  (change->parameter.empty() ? "" : " ") + std::string(change->parameter));
  return all;
}

std::vector<std::string> of_channel(Words const& words) {
  IrcSupport support;
  support.take_token("CHANMODES=beI,k,lf,imnpst");
  support.take_token("PREFIX=(ohv)@%+");
  return read(IrcModes(support, words));
}

TEST_CASE("Each letter takes the parameter that the server says it takes", "[irc]") {
  CHECK(of_channel({"+o-v", "a", "b"}) == std::vector<std::string>{"+o a", "-v b"});
  CHECK(of_channel({"+lk-lk", "5", "key", "key"}) ==
        std::vector<std::string>{"+l 5", "+k key", "-l", "-k key"});
  CHECK(of_channel({"+nbt", "*!*@h"}) == std::vector<std::string>{"+n", "+b *!*@h", "+t"});
  CHECK(of_channel({"+X-Yo", "a"}) == std::vector<std::string>{"+X", "-Y", "-o a"});
}

TEST_CASE("A change without a sign sets", "[irc]") {
  CHECK(of_channel({"b"}) == std::vector<std::string>{"+b"});
  CHECK(of_channel({"-+-o+", "a"}) == std::vector<std::string>{"-o a"});
}

TEST_CASE("A mode whose parameter is missing has an empty one", "[irc][irc32]") {
  CHECK(of_channel({"+oo", "a"}) == std::vector<std::string>{"+o a", "+o"});
  CHECK(of_channel({"+k"}) == std::vector<std::string>{"+k"});
  CHECK(of_channel({}).empty());
  CHECK(of_channel({""}).empty());
}

TEST_CASE("Modes of users take none", "[irc]") {
  Words const words{"+io-w", "a"};
  CHECK(read(IrcModes(words)) == std::vector<std::string>{"+i", "+o", "-w"});
  CHECK(IrcModes(words).words().size() == 2);
}

TEST_CASE("A change says of what kind it is", "[irc]") {
  IrcSupport const support;
  Words const words{"+b", "x"};
  CHECK(IrcModes(support, words).next()->kind == IrcModeKind::list);
}

}  // namespace
