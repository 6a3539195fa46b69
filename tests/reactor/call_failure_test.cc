// System calls that do less than was asked for, are interrupted, or fail: bytes stay exact, errors
// are told.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "tests/reactor/support/client.h"
#include "tests/reactor/support/fail_calls.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

constexpr auto moving_calls = "recv send sendmsg read writev splice";

// What the peer got, and how the connection ended.
struct Result {
  std::string got;
  std::string reason;
  std::string story;
};

// A protocol that writes each chunk back in pieces: small ones are queued, large ones sent
// directly.
void echo_in_pieces(Transport& transport, Bytes data) {
  transport.write(data.first(data.size() / 3));
  transport.write(std::make_shared<std::string const>(text(data.subspan(data.size() / 3))));
}

Result echo_through(std::string const& sent, CallPlan plan, Wire const& wire = wires().front()) {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_data = echo_in_pieces;
  auto peer = adopt(*reactor, wire, connection);
  run_turns(*reactor);
  FailCalls const failing(std::move(plan));
  Result result;
  result.got = run_beside(*reactor, [&] { return send_through(peer, peer, sent); });
  if (!run_until(*reactor, [&] { return connection->destroyed; }))
    result.reason = "hung";
  else
    result.reason = connection->reason();
  result.story = connection->story;
  return result;
}

Result forward_through(std::string const& sent, CallPlan plan) {
  auto const reactor = make_reactor();
  auto const source = make_connection();
  auto const sink = make_connection();
  source->on_eof = [&](Transport& transport) {
    sink->transport->lose_connection();
    transport.lose_connection();
  };
  source->on_data = [&](Transport&, Bytes data) { sink->transport->write(data); };
  auto from = adopt(*reactor, source);
  auto to = adopt(*reactor, sink);
  run_turns(*reactor);
  FailCalls const failing(std::move(plan));
  source->calling([&](Transport& transport) { transport.forward_to(*sink->transport); });
  source->on_lost = [&](Transport&, Failure const&) {
    if (sink->transport) sink->transport->lose_connection();
  };
  sink->on_lost = [&](Transport&, Failure const&) {
    if (source->transport) source->transport->lose_connection();
  };
  Result result;
  result.got = run_beside(*reactor, [&] { return send_through(from, to, sent); });
  from.close();
  if (!run_until(*reactor, [&] { return source->destroyed && sink->destroyed; }))
    result.reason = "hung";
  else
    result.reason = source->reason() + ", " + sink->reason();
  return result;
}

TEST_CASE("Bytes stay exact when each call moves a single one", "[calls]") {
  auto const text = pattern(20'000);
  CallPlan const plan{.calls = moving_calls, .effect = Effect::short_, .every = 1};
  auto const echoed = echo_through(text, plan);
  CHECK(difference(echoed.got, text) == "equal");
  CHECK(echoed.reason == "Connection closed");
  auto const forwarded = forward_through(text, plan);
  CHECK(difference(forwarded.got, text) == "equal");
  CHECK(forwarded.reason == "Connection closed, Connection closed");
}

TEST_CASE("Bytes stay exact when any one call is short", "[calls]") {
  auto const text = pattern(200'000);
  for (long n = 1; n <= 25; ++n) {
    INFO("call " << n);
    CallPlan const plan{.calls = moving_calls, .effect = Effect::short_, .first = n};
    CHECK(difference(echo_through(text, plan).got, text) == "equal");
    CHECK(difference(forward_through(text, plan).got, text) == "equal");
  }
}

TEST_CASE("Bytes stay exact when calls are interrupted or find nothing", "[calls]") {
  auto const text = pattern(300'000);
  auto const error = GENERATE(EINTR, EAGAIN);
  for (long const every : {2, 3, 7}) {
    for (auto const* calls : {"recv", "send sendmsg", "splice", moving_calls}) {
      INFO(strerror(error) << " each " << every << " of " << calls);
      CallPlan const plan{.calls = calls, .error = error, .every = every};
      auto const echoed = echo_through(text, plan);
      CHECK(difference(echoed.got, text) == "equal");
      CHECK(echoed.reason == "Connection closed");
      auto const forwarded = forward_through(text, plan);
      CHECK(difference(forwarded.got, text) == "equal");
      CHECK(forwarded.reason == "Connection closed, Connection closed");
    }
  }
}

TEST_CASE("An error of the Nth read is the reason, what came before is kept", "[calls][rule6]") {
  auto const text = pattern(200'000);
  long n = 1;
  for (; n < 100; ++n) {
    INFO("read " << n);
    auto const result = echo_through(text, {.calls = "recv", .error = ETIMEDOUT, .first = n});
    if (result.reason == "Connection closed") break;  // beyond the last one
    CHECK(result.reason == "Connection timed out");
    CHECK(difference(result.got, text.substr(0, result.got.size())) == "equal");
  }
  CHECK(n > 3);
  CHECK(n < 100);
}

// Lets the first write fail, then the second, ... until all have succeeded.
void check_each_write(char const* calls, Wire const& wire) {
  auto const text = pattern(200'000);
  for (auto const error : {ENOBUFS, ENOMEM, EPIPE, ECONNRESET, EIO}) {
    long n = 1;
    for (; n < 100; ++n) {
      INFO(strerror(error) << ", write " << n);
      auto const result = echo_through(text, {.calls = calls, .error = error, .first = n}, wire);
      if (result.reason == "Connection closed") break;
      CHECK(result.reason == std::generic_category().message(error));
      CHECK(difference(result.got, text.substr(0, result.got.size())) == "equal");
    }
    CHECK(n > 3);
    CHECK(n < 100);
  }
}

TEST_CASE("An error of the Nth write is the reason, and reading goes on to the end",
          "[calls][rule6]") {
  check_each_write("send sendmsg", wires().front());
}

TEST_CASE("An error of the Nth splice is told to the side that it belongs to", "[calls]") {
  auto const text = pattern(200'000);
  long n = 1;
  for (; n < 100; ++n) {
    INFO("splice " << n);
    auto const result = forward_through(text, {.calls = "splice", .error = EIO, .first = n});
    if (result.reason == "Connection closed, Connection closed") break;
    CHECK_THAT(result.reason, ContainsSubstring("Input/output error"));
    CHECK(difference(result.got, text.substr(0, result.got.size())) == "equal");
  }
  CHECK(n > 3);
  CHECK(n < 100);
}

TEST_CASE("Where splice is refused at any point copying takes over, whole", "[calls]") {
  auto const text = pattern(200'000);
  for (long n = 1; n <= 12; ++n) {
    INFO("splice " << n);
    auto const result =
        forward_through(text, {.calls = "splice", .error = EINVAL, .first = n, .every = 1});
    CHECK(difference(result.got, text) == "equal");
    CHECK(result.reason == "Connection closed, Connection closed");
  }
}

TEST_CASE("Without a descriptor for a pipe forwarding copies", "[calls]") {
  auto const text = pattern(200'000);
  auto const result = forward_through(text, {.calls = "pipe2", .error = EMFILE, .every = 1});
  CHECK(difference(result.got, text) == "equal");
  CHECK(result.reason == "Connection closed, Connection closed");
}

// --- TLS: OpenSSL reads and writes the socket itself ---

Result tls_echo_through(std::string const& sent, CallPlan plan) {
  return echo_through(sent, std::move(plan), wires()[2]);
}

TEST_CASE("A request that comes between the last look at the input and close() resets nothing",
          "[calls][rule14]") {
  for (auto const& wire : wires()) DYNAMIC_SECTION(wire.name) {
      auto const reactor = make_reactor();
      auto const connection = make_connection();
      auto peer = adopt(*reactor, wire, connection);
      run_turns(*reactor);
      CallPlan plan{"recv", Effect::followed};
      plan.next = [&] { REQUIRE(::send(peer.fd(), "GET", 3, MSG_NOSIGNAL) == 3); };
      FailCalls const failing(plan);
      connection->calling([](Transport& transport) {
        transport.write("an answer");
        transport.lose_connection();
      });
      REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
      CHECK(failing.hits() == 1);
      CHECK(peer.receive_all() == "an answer");
      CHECK(peer.error() == 0);
    }
}

TEST_CASE("Bytes stay exact over TLS when calls are short, interrupted or find nothing",
          "[calls][tls]") {
  auto const text = pattern(100'000);
  CallPlan const plans[] = {
      {.calls = "recv send", .effect = Effect::short_, .every = 1},
      {.calls = "recv send", .effect = Effect::short_, .every = 3},
      {.calls = "recv send", .error = EINTR, .every = 2},
      {.calls = "recv", .error = EAGAIN, .every = 2},
      {.calls = "send", .error = EAGAIN, .every = 2},
      {.calls = "recv send", .error = EAGAIN, .every = 3},
  };
  for (auto const& plan : plans) {
    INFO(plan.calls << ": " << strerror(plan.error) << ", each " << plan.every);
    auto const result = tls_echo_through(text, plan);
    CHECK(difference(result.got, text) == "equal");
    CHECK(result.reason == "Connection closed");
  }
  for (long n = 1; n <= 25; ++n) {
    INFO("call " << n);
    CallPlan const plan{.calls = "recv send", .effect = Effect::short_, .first = n};
    CHECK(difference(tls_echo_through(text, plan).got, text) == "equal");
  }
}

TEST_CASE("An error of the Nth read of TLS is the reason, what came before is kept",
          "[calls][tls][rule6]") {
  auto const text = pattern(200'000);
  long n = 1;
  for (; n < 100; ++n) {
    INFO("recv " << n);
    auto const result = tls_echo_through(text, {.calls = "recv", .error = ETIMEDOUT, .first = n});
    if (result.reason == "Connection closed") break;
    CHECK(result.reason == "Connection timed out");
    CHECK(difference(result.got, text.substr(0, result.got.size())) == "equal");
  }
  CHECK(n > 3);
  CHECK(n < 100);
}

TEST_CASE("An error of the Nth write of TLS is the reason", "[calls][tls][rule6]") {
  check_each_write("send", wires()[2]);
}

// The story of a connection that greets after its handshake and hears "x", with calls failing.
std::string handshake_through(CallPlan plan) {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_made = [](Transport& transport) { transport.write("hello"); };
  connection->on_data = [](Transport& transport, Bytes) { transport.lose_connection(); };
  auto ends = tcp_ends();
  auto const factory = factory_for(connection);
  auto const context = usual_server_context();
  LogLines const log;
  FailCalls const failing(std::move(plan));
  reactor->adopt(ends.ours, {}, *factory, context);
  auto const got = run_beside(*reactor, [&]() -> std::string {
    if (!ends.peer.secure()) return "no TLS";
    auto words = ends.peer.receive(5);
    ends.peer.send("x");
    words += ends.peer.receive_all() + (ends.peer.error() == 0 ? ", in order" : ", cut");
    ends.peer.close();
    return words;
  });
  if (!run_until(*reactor, [&] { return reactor->connections() == 0; })) return "hung";
  return got + "; " + (connection->made ? connection->reason() : log.text());
}

TEST_CASE("A handshake survives short and interrupted calls and sockets that take nothing",
          "[calls][tls]") {
  for (auto const* calls : {"recv", "send", "recv send"}) {
    for (long const every : {1, 2, 3}) {
      INFO(calls << ", each " << every);
      CHECK(handshake_through({.calls = calls, .effect = Effect::short_, .every = every}) ==
            "hello, in order; Connection closed");
      if (every == 1) continue;
      for (auto const error : {EINTR, EAGAIN})
        CHECK(handshake_through({.calls = calls, .error = error, .every = every}) ==
              "hello, in order; Connection closed");
    }
  }
}

TEST_CASE("A good bye for which the socket has no room is said later", "[calls][tls][rule14]") {
  // Whichever write it is that finds none: of the handshake, of the greeting, of close_notify.
  for (long n = 1; n <= 8; ++n) {
    INFO("write " << n);
    CHECK(handshake_through({.calls = "send", .error = EAGAIN, .first = n}) ==
          "hello, in order; Connection closed");
  }
}

TEST_CASE("An error of the Nth call of a handshake is its reason", "[calls][tls]") {
  for (auto const* call : {"recv", "send"}) {
    long n = 1;
    for (; n < 20; ++n) {
      INFO(call << " " << n);
      auto const came = handshake_through({.calls = call, .error = EIO, .first = n});
      if (came == "hello, in order; Connection closed") break;
      CHECK_THAT(came, ContainsSubstring("Input/output error") ||
                           ContainsSubstring("cut; Connection closed"));  // at the good bye
    }
    CHECK(n > 1);
    CHECK(n < 20);
  }
}

int descriptors() {
  auto const all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<int>(std::distance(begin(all), end(all)));
}

TEST_CASE("An accept that fails for one connection does not keep the next one out",
          "[calls][rule31]") {
  for (auto const error : {ECONNABORTED, EINTR, EPROTO, EPERM, ENETDOWN, EHOSTUNREACH}) {
    INFO(strerror(error));
    auto const reactor = make_reactor();
    auto const connection = make_connection();
    connection->on_data = echo;
    auto* const port = reactor->listen_tcp(0, factory_for(connection), {}, "127.0.0.1").value();
    auto peer = Peer::connect(port->host());
    peer.send("ping");
    LogLines const log;
    FailCalls const failing({.calls = "accept4", .error = error});
    REQUIRE(run_until(*reactor, [&] { return peer.receive_now() == "ping"; }));
    CHECK(failing.hits() == 1);
    CHECK(log.count("accept") == 0);  // no rest for that
  }
}

TEST_CASE("An accept that fails for want of something rests, tells, and goes on",
          "[calls][rule31]") {
  for (auto const error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    INFO(strerror(error));
    LogLines const log;
    auto const reactor = make_reactor();
    auto const connection = make_connection();
    connection->on_data = echo;
    auto* const port = reactor->listen_tcp(0, factory_for(connection), {}, "127.0.0.1").value();
    auto peer = Peer::connect(port->host());
    peer.send("ping");
    FailCalls const failing({.calls = "accept4", .error = error});
    REQUIRE(run_until(*reactor, [&] { return peer.receive_now() == "ping"; }, 2s));
    CHECK(log.count("cannot accept for now: " + std::generic_category().message(error)) == 1);
  }
}

TEST_CASE("An accept that never works again neither spins nor is silent", "[calls][rule31]") {
  LogLines const log;
  auto const reactor = make_reactor();
  auto* const port =
      reactor->listen_tcp(0, factory_for(make_connection()), {}, "127.0.0.1").value();
  auto const peer = Peer::connect(port->host());
  auto const error = GENERATE(EINVAL, EBADF, ENOSYS);
  FailCalls const failing({.calls = "accept4", .error = error, .every = 1});
  run_for(*reactor, 200ms);
  CHECK(failing.hits() < 50);
  CHECK(log.count("accept") == 1);
}

TEST_CASE("A connection that epoll refuses is lost with that reason", "[calls]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto* const port = reactor->listen_tcp(0, factory_for(connection), {}, "127.0.0.1").value();
  auto peer = Peer::connect(port->host());
  FailCalls const failing({.calls = "epoll_add", .error = ENOSPC});
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->story == "made lost");
  CHECK(connection->lost->code() == std::errc::no_space_on_device);
  CHECK(peer.receive_all().empty());
}

TEST_CASE("A connection that epoll refuses after a pause is lost, once", "[calls][rule5]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_made = [](Transport& transport) { transport.pause_producing(); };
  auto peer = adopt(*reactor, connection);
  run_turns(*reactor);
  peer.reset();  // out of the set, until reading goes on
  run_turns(*reactor);
  FailCalls const failing({.calls = "epoll_add", .error = ENOMEM});
  connection->calling([](Transport& transport) { transport.resume_producing(); });
  REQUIRE(run_until(*reactor, [&] { return connection->destroyed; }));
  CHECK(connection->story == "made lost");
}

TEST_CASE("A port that epoll refuses is a failure, and nothing stays open", "[calls][rule36]") {
  auto const reactor = make_reactor();
  auto const before = descriptors();
  FailCalls const failing({.calls = "epoll_add", .error = ENOSPC});
  auto const port = reactor->listen_tcp(0, factory_for(make_connection()), {}, "127.0.0.1");
  REQUIRE_FALSE(port);
  CHECK(port.failure().code() == std::errc::no_space_on_device);
  CHECK(descriptors() == before);
}

TEST_CASE("Each call that connecting needs may fail and is told", "[calls][rule47]") {
  RawListener listener;
  struct Row {
    char const* call;
    int error;
  };
  for (auto const& row :
       {Row{"socket", EMFILE}, Row{"socket", EAFNOSUPPORT}, Row{"connect", ENETUNREACH},
        Row{"connect", EADDRNOTAVAIL}, Row{"connect", EINTR}, Row{"epoll_add", ENOSPC}}) {
    INFO(row.call << ": " << strerror(row.error));
    auto const reactor = make_reactor();
    auto const client = std::make_shared<Client>();
    auto const before = descriptors();
    FailCalls const failing({.calls = row.call, .error = row.error});
    auto const connector = reactor->connect_tcp("127.0.0.1", listener.port(), client);
    REQUIRE(run_until(*reactor, [&] { return client->ended(); }));
    CHECK(client->story == "start started failed stop");
    CHECK(client->reason->code() == std::error_code(row.error, std::system_category()));
    run_turns(*reactor);
    CHECK(descriptors() == before);
  }
}

TEST_CASE("An address that cannot be tried gives way to the next one", "[calls][rule56]") {
  RawListener listener;
  auto const reactor = make_reactor();
  reactor->set_resolver([](std::string const&, int) {
    return succeed(std::vector{*Address::ip("127.0.0.9", 0), *Address::ip("127.0.0.1", 0)});
  });
  auto const client = std::make_shared<Client>();
  auto const call = GENERATE("socket", "connect", "epoll_add");
  FailCalls const failing({.calls = call, .error = ENOBUFS});
  auto const connector = reactor->connect_tcp("two.example", listener.port(), client);
  REQUIRE(run_until(*reactor, [&] { return client->connection != nullptr; }));
  CHECK(client->peer.host() == "127.0.0.1");
}

TEST_CASE("A reactor that the system refuses says so and leaves nothing open", "[calls]") {
  auto const before = descriptors();
  auto const call = GENERATE("epoll_create1", "eventfd", "epoll_add");
  {
    FailCalls const failing({.calls = call, .error = EMFILE});
    CHECK_THROWS_AS(make_reactor(), std::system_error);
    CHECK(failing.hits() == 1);
  }
  CHECK(descriptors() == before);
}

TEST_CASE("Signals that the system refuses are told, and the reactor stays sound", "[calls]") {
  auto const reactor = make_reactor();
  auto const before = descriptors();
  auto const call = GENERATE("eventfd", "epoll_add");
  {
    FailCalls const failing({.calls = call, .error = EMFILE});
    CHECK_THROWS_AS(reactor->on_signal(SIGUSR1, [] {}), std::system_error);
  }
  CHECK(descriptors() == before);
  CHECK_NOTHROW(reactor->on_signal(SIGUSR1, [] {}));
  run_turns(*reactor);
}

// In a child: standard input and output are pipes, and the calls on them fail as `plan` says.
std::string standard_echo(std::string const& text, CallPlan const& plan) {
  int in[2];
  int out[2];
  if (pipe(in) < 0 || pipe(out) < 0) return "no pipe";
  fcntl(in[1], F_SETPIPE_SZ, 1 << 20);
  fcntl(out[1], F_SETPIPE_SZ, 1 << 20);
  if (write(in[1], text.data(), text.size()) != static_cast<ssize_t>(text.size())) return "full";
  close(in[1]);
  dup2(in[0], STDIN_FILENO);
  dup2(out[1], STDOUT_FILENO);
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_data = echo_in_pieces;
  reactor->standard_io(protocol_for(connection));
  {
    FailCalls const failing(plan);
    if (!run_until(*reactor, [&] { return connection->destroyed; })) return "hung";
  }
  std::string got(text.size() + 1, '\0');
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  auto const count = read(out[0], got.data(), got.size());
  got.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  auto const whole = got == text ? "whole: " : text.starts_with(got) ? "a part: " : "garbled: ";
  return whole + connection->reason();
}

TEST_CASE("Standard streams survive short and interrupted calls, and tell of errors",
          "[calls][standard]") {
  auto const small = pattern(5'000);
  auto const large = pattern(200'000);
  auto const run = [](std::string const& text, CallPlan const& plan) {
    return in_child([&] { return standard_echo(text, plan); });
  };
  CHECK(run(small, {.calls = "read writev", .effect = Effect::short_, .every = 1}) ==
        "whole: Connection closed");
  for (auto const error : {EINTR, EAGAIN})
    CHECK(run(large, {.calls = "read writev", .error = error, .every = 2}) ==
          "whole: Connection closed");
  CHECK(run(large, {.calls = "read", .error = EIO, .first = 2}) ==
        "a part: standard input: Input/output error");
  CHECK(run(large, {.calls = "writev", .error = ENOSPC, .first = 2}) ==
        "a part: standard output: No space left on device");
}

}  // namespace
