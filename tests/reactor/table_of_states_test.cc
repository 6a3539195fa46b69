// What each call and each doing of the peer leads to in each state of a connection: the callbacks
// that follow and the reason of the end, if it comes to that. One table for all kinds of stream.
#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// A protocol that goes on after the end of input and a peer, in the state that a row begins with.
struct Scene {
  Reactor& reactor;
  Connection& connection;
  Peer& peer;

  void calling(void (Transport::*call)()) const {
    connection.calling([call](Transport& transport) { (transport.*call)(); });
  }
  void write(std::size_t size) const {
    connection.calling([size](Transport& transport) { transport.write(pattern(size)); });
  }
  // More than both systems hold; the peer does not read.
  void stuff() const {
    write(12'000'000);
    run_turns(reactor);
  }
};

using Doing = std::function<void(Scene const&)>;

std::map<std::string, Doing> const states{
    {"open", [](Scene const&) {}},
    {"peer half-closed",
     [](Scene const& scene) {
       scene.peer.shut_write();
       run_turns(scene.reactor);
     }},
    {"own half-closed",
     [](Scene const& scene) {
       scene.calling(&Transport::lose_write_connection);
       run_turns(scene.reactor);
     }},
    // Both halves closed is the end, so ours still waits for its output here.
    {"both closing",
     [](Scene const& scene) {
       scene.stuff();
       scene.calling(&Transport::lose_write_connection);
       scene.peer.shut_write();
       run_turns(scene.reactor);
     }},
    {"paused",
     [](Scene const& scene) {
       scene.calling(&Transport::pause_producing);
       run_turns(scene.reactor);
     }},
    {"output stuck", [](Scene const& scene) { scene.stuff(); }},
    {"losing",
     [](Scene const& scene) {
       scene.stuff();
       scene.calling(&Transport::lose_connection);
       run_turns(scene.reactor);
     }},
    {"aborting", [](Scene const& scene) { scene.calling(&Transport::abort_connection); }},
};

std::map<std::string, Doing> const actions{
    {"write", [](Scene const& scene) { scene.write(10); }},
    {"lose_write", [](Scene const& scene) { scene.calling(&Transport::lose_write_connection); }},
    {"lose", [](Scene const& scene) { scene.calling(&Transport::lose_connection); }},
    {"abort", [](Scene const& scene) { scene.calling(&Transport::abort_connection); }},
    {"peer sends", [](Scene const& scene) { scene.peer.send("hello"); }},
    {"peer closes", [](Scene const& scene) { scene.peer.close(); }},
    {"peer cuts", [](Scene const& scene) { scene.peer.cut(); }},
    {"peer resets", [](Scene const& scene) { scene.peer.reset(); }},
    {"peer reads",
     [](Scene const& scene) {
       run_until(scene.reactor, [&] {
         scene.peer.receive_now();
         return scene.connection.destroyed || scene.connection.transport->unsent() == 0;
       });
     }},
};

// TLS ends its halves by close_notify and leaves those of the socket open: so where the peer goes
// without having read ours that is a reset, where TCP has FIN alone and says "Broken pipe".
struct Row {
  char const* state;
  char const* action;
  char const* outcome;  // the callbacks that follow and, after a colon, the reason
  char const* on_unix = outcome;
  char const* on_tls = outcome;

  char const* over(Wire const& wire) const {
    return wire.tls ? on_tls : wire.tcp ? outcome : on_unix;
  }
};

constexpr Row table[] = {
    {"open", "write", ""},
    {"open", "lose_write", "write-lost"},
    {"open", "lose", "lost: Connection closed"},
    {"open", "abort", "lost: Connection aborted"},
    {"open", "peer sends", "data"},
    {"open", "peer reads", ""},
    {"open", "peer closes", "eof", "eof lost: Connection lost"},
    {"open", "peer cuts", "eof", "eof lost: Connection lost",
     "lost: The peer ended without TLS close_notify"},
    {"open", "peer resets", "lost: Connection reset by peer", "eof lost: Connection lost"},
    {"peer half-closed", "write", ""},
    {"peer half-closed", "lose_write", "write-lost lost: Connection closed"},
    {"peer half-closed", "lose", "lost: Connection closed"},
    {"peer half-closed", "abort", "lost: Connection aborted"},
    {"peer half-closed", "peer sends", ""},
    {"peer half-closed", "peer reads", ""},
    {"peer half-closed", "peer closes", "", "lost: Connection lost"},
    {"peer half-closed", "peer cuts", "", "lost: Connection lost"},
    {"peer half-closed", "peer resets", "lost: Broken pipe", "lost: Connection lost",
     "lost: Connection reset by peer"},
    {"own half-closed", "write", ""},
    {"own half-closed", "lose_write", ""},
    {"own half-closed", "lose", "lost: Connection closed"},
    {"own half-closed", "abort", "lost: Connection aborted"},
    {"own half-closed", "peer sends", "data"},
    {"own half-closed", "peer reads", ""},
    {"own half-closed", "peer closes", "eof lost: Connection closed"},
    {"own half-closed", "peer cuts", "eof lost: Connection closed", "eof lost: Connection closed",
     "lost: Connection reset by peer"},
    {"own half-closed", "peer resets", "lost: Connection reset by peer",
     "eof lost: Connection closed"},
    {"both closing", "write", ""},
    {"both closing", "lose_write", ""},
    {"both closing", "lose", ""},
    {"both closing", "abort", "lost: Connection aborted"},
    {"both closing", "peer sends", ""},
    {"both closing", "peer reads", "resume write-lost lost: Connection closed"},
    {"both closing", "peer closes", "lost: Broken pipe", "lost: Broken pipe",
     "lost: Connection reset by peer"},
    {"both closing", "peer cuts", "lost: Broken pipe", "lost: Broken pipe",
     "lost: Connection reset by peer"},
    {"both closing", "peer resets", "lost: Broken pipe", "lost: Broken pipe",
     "lost: Connection reset by peer"},
    {"paused", "write", ""},
    {"paused", "lose_write", "write-lost"},
    {"paused", "lose", "lost: Connection closed"},
    {"paused", "abort", "lost: Connection aborted"},
    {"paused", "peer sends", ""},
    {"paused", "peer reads", ""},
    {"paused", "peer closes", ""},
    {"paused", "peer cuts", ""},
    {"paused", "peer resets", ""},
    {"output stuck", "write", ""},
    {"output stuck", "lose_write", ""},
    {"output stuck", "lose", ""},
    {"output stuck", "abort", "lost: Connection aborted"},
    {"output stuck", "peer sends", "data"},
    {"output stuck", "peer reads", "resume"},
    {"output stuck", "peer closes", "lost: Connection reset by peer",
     "lost: Connection reset by peer", "eof lost: Connection reset by peer"},
    {"output stuck", "peer cuts", "lost: Connection reset by peer"},
    {"output stuck", "peer resets", "lost: Connection reset by peer"},
    {"losing", "write", ""},
    {"losing", "lose_write", ""},
    {"losing", "lose", ""},
    {"losing", "abort", "lost: Connection aborted"},
    {"losing", "peer sends", ""},
    {"losing", "peer reads", "resume lost: Connection closed"},
    {"losing", "peer closes", "lost: Connection reset by peer", "lost: Broken pipe"},
    {"losing", "peer cuts", "lost: Connection reset by peer", "lost: Broken pipe"},
    {"losing", "peer resets", "lost: Connection reset by peer", "lost: Broken pipe"},
    {"aborting", "write", "lost: Connection aborted"},
    {"aborting", "lose_write", "lost: Connection aborted"},
    {"aborting", "lose", "lost: Connection aborted"},
    {"aborting", "abort", "lost: Connection aborted"},
    {"aborting", "peer sends", "lost: Connection aborted"},
    {"aborting", "peer reads", "lost: Connection aborted"},
    {"aborting", "peer closes", "lost: Connection aborted"},
    {"aborting", "peer cuts", "lost: Connection aborted"},
    {"aborting", "peer resets", "lost: Connection aborted"},
};

std::string outcome(Wire const& wire, Row const& row) {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_eof = go_on;
  connection->on_pause = connection->on_resume = go_on;
  auto peer = adopt(*reactor, wire, connection);
  run_turns(*reactor);
  Scene const scene{*reactor, *connection, peer};
  states.at(row.state)(scene);
  auto const before = connection->story.size();
  actions.at(row.action)(scene);
  if (!std::string_view(row.action).starts_with("peer"))
    CHECK(connection->story.size() == before);  // no callback inside a call
  run_until(*reactor, [&] { return connection->destroyed; }, 50ms);
  run_turns(*reactor);
  CHECK_FALSE(connection->nested);
  auto const came = connection->story.substr(std::min(before + 1, connection->story.size()));
  return connection->lost ? came + ": " + connection->reason() : came;
}

TEST_CASE("In each state each action has one outcome", "[states][rule5][rule6][rule25]") {
  for (auto const& row : table) {
    for (auto const& wire : wires()) {
      INFO(wire.name << ", " << row.state << ", " << row.action);
      CHECK(outcome(wire, row) == row.over(wire));
    }
  }
}

TEST_CASE("The table of states is complete", "[states]") {
  CHECK(std::size(table) == states.size() * actions.size());
}

}  // namespace
