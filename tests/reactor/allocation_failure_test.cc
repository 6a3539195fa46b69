// For N = 1, 2, ... until nothing fails any more: the Nth allocation of a scenario fails. Whatever
// N, all bytes arrive or somebody is told that they did not; nothing crashes, hangs or leaks.
#include <dirent.h>
#include <poll.h>

#include <atomic>
#include <map>

#include "reactor/reactor_pool.h"
#include "tests/reactor/support/client.h"
#include "tests/reactor/support/fail_allocation.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

constexpr auto wait_limit = sanitized ? 10s : 3s;

// What a scenario came to, told without an allocation.
struct Outcome {
  bool complete = false;  // all bytes arrived, all ended in order
  bool told = false;      // a callback with a reason, a line of log, or an exception of a call
  bool hung = false;
};

std::atomic<int> log_lines{0};

// Runs in a child, once without a failure to warm up and once with it.
using Scenario = Outcome (*)();

// Which allocations fail between begin_failing() and stop_failing().
struct Plan {
  long first = 0;
  long count = 1;
  bool of_openssl = false;
  std::optional<FailAllocations> failing;
  bool failed = false;
};
Plan plan;

void begin_failing() {
  if (plan.first > 0) plan.failing.emplace(plan.first, plan.count, plan.of_openssl);
}
void stop_failing() {
  if (plan.failing) plan.failed = plan.failing->failed();
  plan.failing.reset();
}

int open_descriptors() {
  int count = 0;
  auto* const directory = opendir("/proc/self/fd");
  while (readdir(directory)) ++count;
  closedir(directory);
  return count;
}

std::string verdict(Scenario scenario, long first, long count) {
  // A handshake that fails is told at Level::info; OpenSSL's reasons do not all tell of memory.
  auto const most = plan.of_openssl ? Level::info : Level::error;
  auto const before = set_log_sink([](Level, std::string_view) { ++log_lines; }, most);
  scenario();
  auto const descriptors = open_descriptors();
  auto const blocks = live_allocations();
  log_lines = 0;
  plan.first = first;
  plan.count = count;
  Outcome outcome;
  try {
    outcome = scenario();
  } catch (std::bad_alloc const&) {
    stop_failing();
    return "bad_alloc left run() ";
  }
  if (!plan.failed) return outcome.complete ? "" : "incomplete without a failure ";
  std::string report;
  if (outcome.hung) report += "hung ";
  if (!outcome.complete && !outcome.told && log_lines == 0) report += "untold ";
  // A look-up that nobody waits for any more may still have some open.
  for (int i = 0; i < 100 && open_descriptors() > descriptors; ++i) poll(nullptr, 0, 10);
  if (open_descriptors() > descriptors) report += "descriptors ";
  if (live_allocations() > blocks + 2) report += "memory ";  // a string of the report or two
  return report.empty() ? "well" : report;
}

// "hung: 3 7 9; untold: 5"; empty if all went well.
std::string all_verdicts(Scenario scenario, long count, long step = 1) {
  std::map<std::string, std::string> found;
  auto const most = 2000 * step;
  long n = 1;
  for (; n < most; n += step) {
    auto const report = in_child([&] { return verdict(scenario, n, count); });
    if (report.empty()) break;
    if (report != "well") found[report] += " " + std::to_string(n);
  }
  CHECK(n > 1);
  CHECK(n < most);
  std::string all;
  for (auto const& [what, where] : found) all += what + ":" + where + "; ";
  return all;
}

// Runs the reactor until `done`, with allocations failing from the first turn on; `call` is what
// the program does then. Its exception tells of the failure.
void run(Reactor& reactor, Outcome& outcome, std::function<void()> const& call,
         std::function<bool()> const& done) {
  auto const first = reactor.call_later(0s, [&] {
    begin_failing();
    try {
      call();
    } catch (std::bad_alloc const&) {
      outcome.told = true;
      reactor.crash();
    }
  });
  outcome.hung =
      !run_until(reactor, [&] { return outcome.told || (!first.active() && done()); }, wait_limit);
  stop_failing();
}
void run(Reactor& reactor, Outcome& outcome, std::function<bool()> const& done) {
  run(reactor, outcome, [] {}, done);
}

bool in_order(std::optional<Failure> const& reason) {
  return reason && reason->is(Error::connection_done);
}

Outcome serve(std::string const& sent, std::string const& wanted,
              std::function<void(Connection&)> const& prepare) {
  Outcome outcome;
  auto const connection = make_connection();
  prepare(*connection);
  connection->received.reserve(1 << 20);
  auto const factory = factory_for(connection);
  auto reactor = make_reactor();
  auto* const port = reactor->listen_tcp(0, factory, {}, "127.0.0.1").value();
  auto peer = Peer::connect(port->host());
  peer.send(sent);
  peer.shut_write();
  std::string got;
  auto ended = false;
  run(*reactor, outcome, [&] {
    got += peer.receive_now();
    ended |= peer.error() != 0 || peer.ended();
    return ended && (!connection->made || connection->destroyed);
  });
  outcome.complete = got == wanted && in_order(connection->lost);
  outcome.told = connection->lost && !in_order(connection->lost);
  reactor.reset();
  return outcome;
}

Outcome echo_scenario() {
  auto const text = pattern(100'000);
  return serve(text, text, [](Connection& connection) {
    connection.on_data = [](Transport& transport, Bytes data) {
      transport.write(
          data.first(1));  // small ones are copied, large ones go straight to the system
      transport.write(data.subspan(1));
    };
  });
}

Outcome greet_scenario() {
  return serve("", "hello and good bye", [](Connection& connection) {
    connection.on_made = [](Transport& transport) {
      transport.write("hello ");
      transport.write(std::make_shared<std::string const>("and good bye"));
      transport.lose_connection();
    };
  });
}

// A protocol that throws something of its own: two things are to be told, one at least must be.
Outcome throwing_scenario() {
  auto outcome = serve("x", "", [](Connection& connection) {
    connection.on_data = [](Transport&, Bytes) { throw std::runtime_error(std::string(100, 'x')); };
  });
  outcome.complete = outcome.told;
  return outcome;
}

Outcome connect_to(Endpoint const& where, RawListener& listener) {
  Outcome outcome;
  auto const client = std::make_shared<Client>();
  client->prepare = [](Connection& connection) {
    connection.on_made = [](Transport& transport) {
      transport.write("hello");
      transport.lose_connection();
    };
  };
  auto reactor = make_reactor();
  // The first address is refused, the second one answers.
  reactor->set_resolver([](std::string const&, int) {
    return succeed(std::vector{*Address::ip("127.0.0.77", 0), *Address::ip("127.0.0.1", 0)});
  });
  run(
      *reactor, outcome, [&] { reactor->connect(where, client, {.timeout = std::nullopt}); },
      [&] { return client->reason.has_value(); });
  outcome.told |= client->reason && !in_order(client->reason);
  outcome.complete = in_order(client->reason) && listener.accept().receive_all() == "hello";
  reactor.reset();
  return outcome;
}

Outcome connect_scenario() {
  RawListener listener;
  return connect_to(Endpoint::tcp("127.0.0.1", listener.port()), listener);
}

Outcome connect_by_name_scenario() {
  RawListener listener;
  return connect_to(Endpoint::tcp("name.example", listener.port()), listener);
}

// --- TLS ---

// The other side, driven between the turns.
struct TlsPeer {
  Peer peer;
  MemoryTls tls;
  std::string words;  // to be said when the handshake is done, before a good bye
  std::string got = {};
  bool agreed = false;

  // True when the connection is over.
  bool over() {
    tls.give(peer.receive_now());
    auto const ended = peer.error() != 0 || peer.ended();
    if (!agreed && tls.handshake()) {
      agreed = true;
      tls.write(words);
      SSL_shutdown(tls.get());
    }
    if (agreed) got += tls.read();
    if (auto const out = tls.take(); !out.empty()) peer.send(out);
    return ended;
  }
};

PeerContext const& peer_server() {
  static TestCertificate const certificate;
  static auto const context = PeerContext::server(certificate);
  return context;
}

std::shared_ptr<TlsContext> client_context() {
  static auto const context = TlsContext::client({.insecure = true}).value();
  return context;
}

Outcome tls_echo_scenario() {
  Outcome outcome;
  auto const context = usual_server_context();
  auto const text = pattern(100'000);
  auto const connection = make_connection();
  connection->received.reserve(1 << 20);
  connection->on_data = [](Transport& transport, Bytes data) {
    transport.write(data.first(1));
    transport.write(data.subspan(1));
  };
  auto reactor = make_reactor();
  auto const factory = factory_for(connection);
  auto* const port = reactor->listen_tcp(0, factory, {.tls = context}, "127.0.0.1").value();
  TlsPeer client{Peer::connect(port->host()), MemoryTls(PeerContext::client()), text};
  run(*reactor, outcome,
      [&] { return client.over() && (!connection->made || connection->destroyed); });
  client.over();
  outcome.complete = client.got == text && in_order(connection->lost);
  outcome.told = connection->lost && !in_order(connection->lost);
  reactor.reset();
  return outcome;
}

// Output that the socket takes piece by piece.
Outcome tls_blocked_scenario() {
  Outcome outcome;
  auto const text = pattern(100'000);
  auto const connection = make_connection();
  connection->on_data = [&](Transport& transport, Bytes) { transport.write(text); };
  auto reactor = make_reactor();
  auto const factory = factory_for(connection);
  auto ends = unix_ends();
  int const size = 4096;
  setsockopt(ends.ours, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  reactor->adopt(ends.ours, {}, *factory, usual_server_context());
  TlsPeer client{std::move(ends.peer), MemoryTls(PeerContext::client()), "x"};
  run(*reactor, outcome,
      [&] { return client.over() && (!connection->made || connection->destroyed); });
  client.over();
  outcome.complete = client.got == text && in_order(connection->lost);
  outcome.told |= connection->lost && !in_order(connection->lost);
  reactor.reset();
  return outcome;
}

Outcome tls_connect_scenario() {
  Outcome outcome;
  auto const context = client_context();
  RawListener listener;
  auto const client = std::make_shared<Client>();
  client->prepare = [](Connection& connection) {
    connection.on_made = [](Transport& transport) {
      transport.write("hello");
      transport.lose_connection();
    };
  };
  auto reactor = make_reactor();
  std::optional<TlsPeer> server;
  run(
      *reactor, outcome,
      [&] {
        reactor->connect_tcp("127.0.0.1", listener.port(), client,
                             {.timeout = std::nullopt, .tls = context});
      },
      [&] {
        pollfd waiting{listener.fd(), POLLIN, 0};
        if (!server && poll(&waiting, 1, 0) == 1)
          server.emplace(TlsPeer{listener.accept(), MemoryTls(peer_server()), "welcome"});
        auto const over = server && server->over();
        return client->reason.has_value() && (over || !server);
      });
  outcome.told |= client->reason && !in_order(client->reason);
  outcome.complete = in_order(client->reason) && server && server->got == "hello";
  reactor.reset();
  return outcome;
}

Outcome start_tls_scenario() {
  Outcome outcome;
  auto const context = usual_server_context();
  auto const connection = make_connection();
  connection->on_data = [&](Transport& transport, Bytes data) {
    if (transport.tls()) return transport.write(data);
    transport.write("go ahead");
    if (!transport.start_tls(context)) transport.abort_connection();
  };
  auto reactor = make_reactor();
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  peer.send("STARTTLS");
  std::string clear;
  std::optional<TlsPeer> client;
  run(*reactor, outcome, [&] {
    if (!client) {
      clear += peer.receive_now();
      if (clear == "go ahead")
        client.emplace(TlsPeer{std::move(peer), MemoryTls(PeerContext::client()), "hello"});
      return connection->destroyed;
    }
    return client->over() && connection->destroyed;
  });
  outcome.complete = client && client->got == "hello" && in_order(connection->lost);
  outcome.told |= connection->lost && !in_order(connection->lost);
  reactor.reset();
  return outcome;
}

Outcome tls_context_scenario() {
  Outcome outcome;
  begin_failing();
  try {
    auto const server = TlsContext::server({.alpn = {"h2"}, .names = {"a.example", "::1"}});
    outcome.complete = server && (*server)->reload() && (*server)->pin().size() == 64;
    outcome.told = !outcome.complete;
  } catch (std::bad_alloc const&) {
    outcome.told = true;
  }
  stop_failing();
  return outcome;
}

Outcome forward_scenario() {
  Outcome outcome;
  auto const source = make_connection();
  auto const sink = make_connection();
  auto reactor = make_reactor();
  auto from = adopt(*reactor, source);
  auto to = adopt(*reactor, sink);
  run_turns(*reactor);
  source->on_eof = [&](Transport& transport) {
    sink->transport->lose_connection();
    transport.lose_connection();
  };
  source->on_lost = sink->on_lost = [&](Transport&, Failure const&) {
    for (auto* each : {source.get(), sink.get()})
      if (each->transport && !each->lost) each->transport->lose_connection();
  };
  auto const text = pattern(100'000);
  from.send(text);
  from.shut_write();
  std::string got;
  run(
      *reactor, outcome, [&] { source->transport->forward_to(*sink->transport); },
      [&] {
        got += to.receive_now();
        if (sink->destroyed) from.close();
        return source->destroyed && sink->destroyed;
      });
  outcome.complete = got == text && in_order(source->lost) && in_order(sink->lost);
  outcome.told |= !in_order(source->lost) || !in_order(sink->lost);
  reactor.reset();
  return outcome;
}

// What one connection receives is written to another one, as a chat does: lack of memory there is
// the other one's trouble, and it must be told or get all.
Outcome chat_scenario() {
  Outcome outcome;
  auto const speaker = make_connection();
  auto const listener = make_connection();
  auto reactor = make_reactor();
  auto from = adopt(*reactor, speaker);
  auto to = adopt(*reactor, listener);
  run_turns(*reactor);
  auto const text = pattern(40'000);
  std::size_t heard = 0;
  speaker->on_data = [&](Transport&, Bytes data) {
    heard += data.size();
    if (listener->transport) listener->transport->write(data.first(data.size() / 2));
    if (listener->transport) listener->transport->write(data.subspan(data.size() / 2));
  };
  speaker->on_lost = [&](Transport&, Failure const&) {
    if (listener->transport) listener->transport->lose_connection();
  };
  // Fills the system's buffers, so that the words are queued in blocks.
  listener->transport->set_water_marks(
      {.high = std::size_t{1} << 30, .limit = std::size_t{1} << 30});
  auto const filler = pattern(5'000'000);
  listener->transport->write(filler);
  run_turns(*reactor, 5);
  from.send(text);
  from.shut_write();
  std::string got;
  got.reserve(filler.size() + text.size());
  run(*reactor, outcome, [&] {
    if (speaker->destroyed) got += to.receive_now();
    return speaker->destroyed && listener->destroyed;
  });
  got += to.receive_now();
  outcome.complete = got.size() == filler.size() + heard && in_order(listener->lost);
  // The speaker's failure is not the listener's: who is cut short must be told himself.
  outcome.told = listener->lost && !in_order(listener->lost);
  if (!outcome.complete && !outcome.told) log_lines = 0;
  reactor.reset();
  return outcome;
}

// A timer writes: nothing but the transport can tell of the loss.
Outcome timer_scenario() {
  Outcome outcome;
  auto const connection = make_connection();
  auto reactor = make_reactor();
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  connection->transport->set_water_marks(
      {.high = std::size_t{1} << 30, .limit = std::size_t{1} << 30});
  auto const filler = pattern(5'000'000);
  connection->transport->write(filler);
  run_turns(*reactor, 5);
  auto const words = pattern(40'000);
  auto const first = reactor->call_later(10ms, [&] {
    connection->transport->write(words);
    connection->transport->write(words);
  });
  auto const second = reactor->call_later(20ms, [&] {
    if (connection->transport) connection->transport->write("the end");
    if (connection->transport) connection->transport->lose_connection();
  });
  std::string got;
  got.reserve(filler.size() + 3 * words.size());
  run(*reactor, outcome, [&] {
    if (!second.active()) got += peer.receive_now();
    return connection->destroyed;
  });
  got += peer.receive_now();
  outcome.complete = got == filler + words + words + "the end" && in_order(connection->lost);
  outcome.told = connection->lost && !in_order(connection->lost);
  if (!outcome.complete && !outcome.told) log_lines = 0;
  reactor.reset();
  return outcome;
}

Outcome lookup_scenario() {
  Outcome outcome;
  auto reactor = make_reactor();
  std::optional<Result<std::vector<Address>>> answer;
  run(
      *reactor, outcome,
      [&] {
        reactor->resolve("localhost")
            .add_both(
                [&](Result<std::vector<Address>> result) { answer.emplace(std::move(result)); })
            .release();
      },
      [&] { return answer.has_value(); });
  outcome.complete = answer && *answer;
  outcome.told |= answer && !*answer;
  reactor.reset();
  return outcome;
}

// The connection that is dispatched to another thread while memory is short.
Outcome pool_scenario() {
  Outcome outcome;
  std::vector<std::shared_ptr<Connection>> connections{make_connection(), make_connection(),
                                                       make_connection()};
  connections[2]->on_data = echo;
  connections[2]->received.reserve(1000);
  auto reactor = make_reactor();
  auto pool = std::make_unique<ReactorPool>(*reactor, 2);
  std::atomic<std::size_t> built{0};
  auto const factory = make_factory([&] { return protocol_for(connections.at(built++)); });
  auto* const port = reactor->listen_tcp(0, factory, {.pool = pool.get()}, "127.0.0.1").value();
  // One for each reactor; then the second one's ends, so that it is the least busy and surely runs.
  std::vector<Peer> peers;
  for (std::size_t i = 1; i <= 2; ++i) {
    peers.push_back(Peer::connect(port->host()));
    run_until(*reactor, [&] { return pool->connections() == i && built == i; });
  }
  peers.pop_back();
  run_until(*reactor, [&] { return pool->connections() == 1; });
  auto peer = Peer::connect(port->host());
  peer.send("ping");
  std::string got;
  run(*reactor, outcome, [&] {
    got += peer.receive_now();
    return got == "ping" || peer.error() != 0 || peer.ended();
  });
  outcome.complete = got == "ping";
  port->stop_listening().release();
  pool.reset();
  auto const& lost = connections[2]->lost;  // its thread is gone
  outcome.told |= lost && lost->code() != Error::connection_lost;
  reactor.reset();
  return outcome;
}

Outcome listen_scenario() {
  Outcome outcome;
  auto const factory = factory_for(make_connection());
  begin_failing();
  try {
    auto const reactor = make_reactor();
    auto const port = reactor->listen_tcp(0, factory, {}, "127.0.0.1");
    outcome.told = !port;
    outcome.complete = bool(port);
  } catch (std::bad_alloc const&) {
    outcome.told = true;
  }
  stop_failing();
  return outcome;
}

#define SCENARIO_CASE(name, scenario)                                          \
  TEST_CASE(name ": any allocation may fail", "[allocation]") {                \
    CHECK(all_verdicts(scenario, 1) == "");                                    \
  }                                                                            \
  TEST_CASE(name ": any four allocations in a row may fail", "[allocation]") { \
    CHECK(all_verdicts(scenario, 4) == "");                                    \
  }

SCENARIO_CASE("Echo", echo_scenario)
SCENARIO_CASE("Greeting", greet_scenario)
SCENARIO_CASE("A protocol that throws", throwing_scenario)
SCENARIO_CASE("Connecting", connect_scenario)
SCENARIO_CASE("Connecting to a name", connect_by_name_scenario)
SCENARIO_CASE("Forwarding", forward_scenario)
SCENARIO_CASE("Chat", chat_scenario)
SCENARIO_CASE("A timer that writes", timer_scenario)
SCENARIO_CASE("A look-up", lookup_scenario)
SCENARIO_CASE("A pool", pool_scenario)
SCENARIO_CASE("Listening", listen_scenario)
SCENARIO_CASE("TLS", tls_echo_scenario)
SCENARIO_CASE("TLS with a peer that reads slowly", tls_blocked_scenario)
SCENARIO_CASE("Connecting with TLS", tls_connect_scenario)
SCENARIO_CASE("Starting TLS", start_tls_scenario)
SCENARIO_CASE("A context of TLS", tls_context_scenario)

// There are hundreds and more, so a sample: all of them take minutes (a step of 1).
TEST_CASE("Any allocation of OpenSSL's may fail", "[allocation]") {
  plan.of_openssl = true;
  CHECK(all_verdicts(tls_echo_scenario, 1, 19) == "");
  CHECK(all_verdicts(tls_connect_scenario, 1, 97) == "");
  CHECK(all_verdicts(start_tls_scenario, 1, 23) == "");
  CHECK(all_verdicts(tls_context_scenario, 1, 101) == "");
  plan.of_openssl = false;
}

}  // namespace
