#include "protocols/stateful_string_protocol.h"

#include <string>

#include "protocols/int_string_receiver.h"
#include "protocols/netstring_receiver.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/protocols/support/splits.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// A name, then words until "bye".
template <class Framing>
class Talk final : public StatefulStringProtocol<Talk<Framing>, Framing> {
 public:
  using Base = StatefulStringProtocol<Talk, Framing>;
  using State = typename Base::State;
  Talk() : Base(&Talk::name) {}

  State name(std::string_view string) {
    story += "name=" + std::string(string);
    return &Talk::word;
  }
  State word(std::string_view string) {
    story += " " + std::string(string);
    return string == "bye" ? Base::done() : State(&Talk::word);
  }

  std::string story;
};

TEST_CASE("Each string goes to the state that the one before returned; done closes",
          "[stateful][rule112]") {
  for (auto const& pieces : splits("3:joe,2:hi,5:there,3:bye,5:never,")) {
    Talk<NetstringReceiver> talk;
    FakeTransport wire;
    wire.connect(talk);
    for (auto const piece : pieces) wire.deliver(piece);
    wire.turn();
    CHECK(talk.story == "name=joe hi there bye");
    CHECK(wire.reason()->is(Error::connection_done));
  }
}

TEST_CASE("It works over any framing of strings", "[stateful][rule112]") {
  Talk<Int8StringReceiver> talk;
  FakeTransport wire;
  wire.connect(talk);
  wire.deliver("\3joe\2hi");
  CHECK(talk.story == "name=joe hi");
  CHECK_FALSE(wire.disconnecting());
  wire.deliver("\3bye");
  CHECK(wire.disconnecting());
  talk.string_received("after the end");
  CHECK(talk.story == "name=joe hi bye");
}

}  // namespace
