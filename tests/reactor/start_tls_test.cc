// start_tls: from clear to TLS on a live connection, on either side.
#include <fcntl.h>
#include <unistd.h>

#include "reactor/tls.h"
#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

std::shared_ptr<TlsContext> insecure_client() {
  return TlsContext::client({.insecure = true}).value();
}

// As servers do: a command in clear, an answer in clear, then TLS.
void serve_starttls(Transport& transport, Bytes data) {
  if (!text(data).starts_with("STARTTLS\r\n")) return transport.write(data);
  transport.write("go ahead\r\n");
  CHECK(transport.start_tls(usual_server_context()));
}

struct Scene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Connection> connection = make_connection();
  Peer peer;

  explicit Scene(std::function<void(Transport&, Bytes)> on_data = serve_starttls,
                 std::size_t wire = 0) {
    connection->on_data = std::move(on_data);
    peer = adopt(*reactor, wires()[wire], connection);
    run_turns(*reactor);
  }
  // What the peer does, with the reactor beside it.
  template <class Work>
  auto beside(Work work) {
    return run_beside(*reactor, std::move(work));
  }
  void start_tls(std::shared_ptr<TlsContext> context = usual_server_context()) {
    connection->calling([&](Transport& transport) { CHECK(transport.start_tls(context)); });
  }
  void calling(void (Transport::*call)()) const {
    connection->calling([call](Transport& transport) { (transport.*call)(); });
  }
  bool ends() {
    return run_until(*reactor, [&] { return connection->destroyed; });
  }
  bool secured() {
    return run_until(*reactor,
                     [&] { return connection->story.find("secured") != std::string::npos; });
  }
};

TEST_CASE("A server goes over to TLS when a client asks for it", "[start_tls][rule29]") {
  for (std::size_t const wire : {0u, 1u}) {
    Scene scene(serve_starttls, wire);
    REQUIRE(scene.peer.send("STARTTLS\r\n"));
    REQUIRE(scene.beside([&] { return scene.peer.receive(10); }) == "go ahead\r\n");
    CHECK_FALSE(scene.connection->transport->tls());
    REQUIRE(scene.beside([&] { return scene.peer.secure(); }));
    REQUIRE(scene.secured());
    CHECK(scene.connection->transport->tls()->version == "TLSv1.3");
    REQUIRE(scene.peer.send("hello"));
    CHECK(scene.beside([&] { return scene.peer.receive(5); }) == "hello");
    scene.peer.close();
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made data secured data eof lost");
    CHECK(scene.connection->received == "STARTTLS\r\nhello");
    CHECK(scene.connection->reason() == "Connection closed");
    CHECK_FALSE(scene.connection->nested);
  }
}

TEST_CASE("A client goes over to TLS on a server that none of our code is in",
          "[start_tls][rule29]") {
  Scene scene(nullptr);
  TestCertificate const certificate;
  ScratchDirectory directory;
  auto const trusted = file_of(directory, "ca.pem", certificate.pem());
  auto const context = TlsContext::client({.trusted_file = trusted}).value();
  SECTION("with the name that it gives") {
    scene.connection->calling(
        [&](Transport& transport) { CHECK(transport.start_tls(context, "localhost")); });
    REQUIRE(scene.beside([&] { return scene.peer.secure(PeerContext::server(certificate)); }));
    REQUIRE(scene.secured());
    auto const* const name = SSL_get_servername(scene.peer.tls()->get(), 0);
    CHECK(std::string(name ? name : "") == "localhost");
    CHECK(scene.connection->transport->tls()->pin == certificate.pin());
    scene.connection->calling([](Transport& transport) { transport.write("hello"); });
    CHECK(scene.beside([&] { return scene.peer.receive(5); }) == "hello");
  }
  SECTION("with another name") {
    scene.connection->calling(
        [&](Transport& transport) { CHECK(transport.start_tls(context, "elsewhere.example")); });
    CHECK_FALSE(scene.beside([&] { return scene.peer.secure(PeerContext::server(certificate)); }));
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made lost");
    CHECK(scene.connection->lost->is(Error::certificate_not_trusted));
  }
  SECTION("without a name") {
    scene.start_tls(context);
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made lost");
    CHECK(scene.connection->lost->is(Error::certificate_not_trusted));
    CHECK(scene.peer.receive_all().empty());
  }
}

TEST_CASE("Both sides of one connection go over to TLS, and back nobody can",
          "[start_tls][rule29]") {
  auto const reactor = make_reactor();
  auto const server = make_connection();
  auto const client = std::make_shared<Client>();
  server->on_data = serve_starttls;
  client->prepare = [](Connection& connection) {
    connection.on_made = [](Transport& transport) { transport.write("STARTTLS\r\n"); };
    connection.on_data = [](Transport& transport, Bytes data) {
      if (text(data) != "go ahead\r\n") return transport.lose_connection();
      CHECK(transport.start_tls(insecure_client()));
      transport.write("secret");
    };
    connection.on_secured = [](Transport& transport) {
      CHECK(transport.start_tls(insecure_client()).failure().code() ==
            std::errc::already_connected);
    };
  };
  auto* const port = reactor->listen_tcp(0, factory_for(server), {}, "127.0.0.1").value();
  auto const connector = reactor->connect_tcp("127.0.0.1", port->host().port(), client);
  REQUIRE(run_until(*reactor, [&] { return client->ended() && server->destroyed; }));
  CHECK(server->story == "made data secured data eof lost");
  CHECK(server->received == "STARTTLS\r\nsecret");
  CHECK(client->connection->story == "made data secured data lost");
  CHECK(client->connection->received == "go ahead\r\nsecret");
  CHECK(server->reason() == "Connection closed");
  CHECK(client->connection->reason() == "Connection closed");
  CHECK_FALSE(server->nested);
  CHECK_FALSE(client->connection->nested);
}

TEST_CASE("What was written before start_tls leaves in clear, what follows encrypted",
          "[start_tls][rule29]") {
  Scene scene(nullptr);
  auto const clear = pattern(GENERATE(0u, 10u, 10'000u, 12'000'000u));
  auto const secret = pattern(GENERATE(0u, 1'000u, 3'000'000u));
  scene.connection->calling([&](Transport& transport) {
    transport.write(clear);
    CHECK(transport.start_tls(usual_server_context()));
    transport.write(secret);
    transport.lose_connection();
  });
  auto const got = scene.beside([&] { return scene.peer.receive(clear.size()); });
  CHECK(difference(got, clear) == "equal");
  if (secret.empty()) return;  // then nothing is left to wait for
  REQUIRE(scene.beside([&] { return scene.peer.secure(); }));
  CHECK(difference(scene.beside([&] { return scene.peer.receive_all(); }), secret) == "equal");
  CHECK(scene.peer.error() == 0);
  REQUIRE(scene.ends());
  CHECK(scene.connection->reason() == "Connection closed");
}

TEST_CASE("Nothing of what is written after start_tls leaves before the handshake",
          "[start_tls][rule29]") {
  Scene scene(nullptr);
  scene.start_tls();
  scene.connection->calling([](Transport& transport) {
    transport.write("small secret");
    transport.write(pattern(100'000));
    transport.write(std::make_shared<std::string const>(pattern(100'000)));
  });
  run_turns(*scene.reactor, 5);
  CHECK(scene.peer.receive_now().empty());
  CHECK(scene.connection->transport->unsent() == 200'012);
  CHECK(scene.connection->transport->traffic().sent == 0);
}

TEST_CASE("What comes in clear behind the command is never taken for the protocol's data",
          "[start_tls][rule29]") {
  // An attacker on the way can put words before the client's handshake (CVE-2011-0411).
  Scene scene;
  REQUIRE(scene.peer.send("STARTTLS\r\n"));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->story == "made data"; }));
  REQUIRE(scene.peer.send("MAIL FROM:<evil>\r\n"));
  REQUIRE(scene.ends());
  CHECK(scene.connection->received == "STARTTLS\r\n");
  CHECK(scene.connection->story == "made data lost");
  CHECK(scene.connection->lost->is(Error::tls_handshake));
  CHECK(scene.connection->reason() == "the peer does not speak TLS");
}

TEST_CASE("What comes in clear in one piece with the command is the protocol's to drop",
          "[start_tls][rule29]") {
  Scene scene;
  REQUIRE(scene.peer.send("STARTTLS\r\nMAIL FROM:<evil>\r\n"));
  REQUIRE(scene.beside([&] { return scene.peer.receive(10); }) == "go ahead\r\n");
  REQUIRE(scene.beside([&] { return scene.peer.secure(); }));
  REQUIRE(scene.peer.send("hello"));
  CHECK(scene.beside([&] { return scene.peer.receive(5); }) == "hello");
  CHECK(scene.connection->received == "STARTTLS\r\nMAIL FROM:<evil>\r\nhello");
}

TEST_CASE("A client's first words of TLS may be there before start_tls is called",
          "[start_tls][rule29]") {
  Scene scene(nullptr);
  scene.calling(&Transport::pause_producing);
  run_turns(*scene.reactor);
  // Its hello comes while nothing is read; then the server starts as well.
  auto const timer = scene.reactor->call_later(20ms, [&] { scene.start_tls(); });
  CHECK(scene.beside([&] { return scene.peer.secure(); }));
  REQUIRE(scene.secured());
  CHECK(scene.connection->received.empty());
}

TEST_CASE("start_tls says why it cannot be", "[start_tls]") {
  Scene scene(nullptr);
  auto const tls = usual_server_context();
  SECTION("twice") {
    scene.connection->calling([&](Transport& transport) {
      CHECK(transport.start_tls(tls));
      auto const again = transport.start_tls(tls);
      REQUIRE_FALSE(again);
      CHECK(again.failure().code() == std::errc::already_connected);
    });
  }
  SECTION("after the end") {
    scene.connection->on_lost = [&](Transport& transport, Failure const&) {
      auto const late = transport.start_tls(tls);
      REQUIRE_FALSE(late);
      CHECK(late.failure().code() == std::errc::not_connected);
      CHECK_FALSE(transport.tls());
    };
    scene.peer.close();
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made eof lost");
  }
}

TEST_CASE("start_tls on a connection that has TLS from the start is refused", "[start_tls]") {
  Scene scene(nullptr, 2);
  scene.connection->calling([&](Transport& transport) {
    CHECK(transport.tls());
    CHECK(transport.start_tls(usual_server_context()).failure().code() ==
          std::errc::already_connected);
  });
  scene.peer.send("hello");
  CHECK(run_until(*scene.reactor, [&] { return scene.connection->received == "hello"; }));
}

TEST_CASE("Standard input and output know no TLS", "[start_tls]") {
  auto const report = in_child([]() -> std::string {
    auto const null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    auto const reactor = make_reactor();
    auto const connection = make_connection();
    std::string said = "it was taken";
    connection->on_made = [&](Transport& transport) {
      auto const started = transport.start_tls(usual_server_context());
      if (!started && started.failure().code() == std::errc::operation_not_supported)
        said = "not supported";
      if (transport.tls()) said += ", but TLS";
    };
    reactor->standard_io(protocol_for(connection));
    run_until(*reactor, [&] { return connection->destroyed; });
    return said + ", " + connection->reason();
  });
  CHECK(report == "not supported, Connection closed");
}

TEST_CASE("A peer that goes instead of answering ends the connection with its reason",
          "[start_tls]") {
  Scene scene(nullptr);
  SECTION("in order") {
    scene.start_tls();
    scene.peer.close();
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made lost");
    CHECK(scene.connection->reason() == "the peer closed the connection during the handshake");
    CHECK(scene.connection->lost->is(Error::tls_handshake));
  }
  SECTION("by a reset") {
    scene.start_tls();
    run_turns(*scene.reactor);
    scene.peer.reset();
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made lost");
    CHECK(scene.connection->lost->code() == std::errc::connection_reset);
  }
  SECTION("by a reset, while words in clear are unsent") {
    auto const begin = scene.reactor->now();
    scene.connection->calling([](Transport& transport) { transport.write(pattern(12'000'000)); });
    run_turns(*scene.reactor);
    scene.start_tls();
    run_turns(*scene.reactor);
    scene.peer.reset();
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made pause lost");
    CHECK(scene.connection->lost->code() == std::errc::connection_reset);
    CHECK(scene.reactor->now() - begin < 5s);  // not by the limit of the handshake
  }
}

TEST_CASE("Closing during the handshake", "[start_tls][rule14][rule19]") {
  Scene scene(nullptr);
  SECTION("with nothing to send, at once") {
    scene.start_tls();
    run_turns(*scene.reactor);
    scene.calling(&Transport::lose_connection);
    CHECK_FALSE(scene.connection->lost);
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made lost");
    CHECK(scene.connection->reason() == "Connection closed");
  }
  SECTION("by an abort") {
    scene.start_tls();
    scene.connection->calling([](Transport& transport) { transport.write("never seen"); });
    run_turns(*scene.reactor);
    scene.calling(&Transport::abort_connection);
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made lost");
    CHECK(scene.connection->reason() == "Connection aborted");
    CHECK(scene.peer.receive_all().empty());
    CHECK(scene.peer.error() == ECONNRESET);
  }
  SECTION("of the write side, by close_notify after it") {
    scene.start_tls();
    scene.connection->calling([](Transport& transport) {
      transport.write("last words");
      transport.lose_write_connection();
      transport.write("dropped");
    });
    REQUIRE(scene.beside([&] { return scene.peer.secure(); }));
    CHECK(scene.beside([&] { return scene.peer.receive_all(); }) == "last words");
    CHECK(scene.connection->story == "made secured write-lost");
    scene.peer.send("I hear you");
    REQUIRE(run_until(*scene.reactor, [&] { return !scene.connection->received.empty(); }));
    scene.peer.close();
    REQUIRE(scene.ends());
    CHECK(scene.connection->reason() == "Connection closed");
  }
}

TEST_CASE("The handshake goes on while reading is paused, and what follows waits",
          "[start_tls][rule138]") {
  Scene scene(nullptr);
  scene.start_tls();
  scene.calling(&Transport::pause_producing);
  REQUIRE(scene.beside([&] { return scene.peer.secure(); }));
  REQUIRE(scene.secured());
  scene.peer.send("patience");
  auto const before = processor_time();
  run_for(*scene.reactor, 100ms);
  CHECK(processor_time() - before < 50ms);
  CHECK(scene.connection->received.empty());
  scene.calling(&Transport::resume_producing);
  CHECK(run_until(*scene.reactor, [&] { return scene.connection->received == "patience"; }));
}

TEST_CASE("What handshake_completed throws ends the connection with it", "[start_tls][rule7]") {
  LogLines const log;
  Scene scene(nullptr);
  scene.connection->on_secured = [](Transport&) { throw std::runtime_error("unfit"); };
  scene.start_tls();
  REQUIRE(scene.beside([&] { return scene.peer.secure(); }));
  REQUIRE(scene.ends());
  CHECK(scene.connection->story == "made secured lost");
  CHECK(scene.connection->reason() == "unfit");
  CHECK(log.count("unfit") == 1);
}

TEST_CASE("A handshake that a peer does not finish in time ends the connection",
          "[start_tls][limit]") {
  Scene scene(nullptr);
  scene.start_tls(TlsContext::server({.handshake_timeout = 100ms}).value());
  REQUIRE(scene.ends());
  CHECK(scene.connection->story == "made lost");
  CHECK(scene.connection->lost->is(Error::handshake_timeout));
  CHECK(scene.connection->lost->is(Error::timed_out));
}

TEST_CASE("A handshake without a limit goes on", "[start_tls][limit]") {
  Scene scene(nullptr);
  scene.start_tls(TlsContext::server({.handshake_timeout = 0s}).value());
  run_for(*scene.reactor, 50ms);
  CHECK(scene.beside([&] { return scene.peer.secure(); }));
  CHECK(scene.secured());
}

TEST_CASE("A connection that is forwarded passes its bytes by the protocol after start_tls",
          "[start_tls][forwarding]") {
  auto const reactor = make_reactor();
  auto const source = make_connection();
  auto const sink = make_connection();
  auto from = adopt(*reactor, source);
  auto to = adopt(*reactor, sink);
  run_turns(*reactor);
  source->calling([&](Transport& transport) { REQUIRE(transport.forward_to(*sink->transport)); });
  from.send("in clear");
  REQUIRE(run_beside(*reactor, [&] { return to.receive(8); }) == "in clear");
  auto const tls = usual_server_context();
  auto& starting = GENERATE(0, 1) == 0 ? source : sink;
  starting->calling([&](Transport& transport) { CHECK(transport.start_tls(tls)); });
  source->on_data = [&](Transport&, Bytes data) { sink->transport->write(data); };
  auto& securing = starting == source ? from : to;
  REQUIRE(run_beside(*reactor, [&] { return securing.secure(); }));
  from.send("and now not");
  CHECK(run_beside(*reactor, [&] { return to.receive(11); }) == "and now not");
  source->calling(
      [&](Transport& transport) { CHECK_FALSE(transport.forward_to(*sink->transport)); });
}

TEST_CASE("What a splice holds when its sink goes over to TLS was written before",
          "[start_tls][forwarding][rule29]") {
  auto const reactor = make_reactor();
  auto const source = make_connection();
  auto const sink = make_connection();
  auto from = adopt(*reactor, source);
  auto to = adopt(*reactor, sink);
  run_turns(*reactor);
  source->calling([&](Transport& transport) { REQUIRE(transport.forward_to(*sink->transport)); });
  // Until both the socket and the pipe before it are full.
  std::size_t offered = 0;
  int quiet = 0;
  run_until(*reactor, [&] {
    auto const more = from.fill();
    offered += more;
    quiet = more == 0 ? quiet + 1 : 0;
    return quiet > 50;
  });
  auto const taken = source->transport->traffic().received;
  REQUIRE(taken > sink->transport->traffic().sent);
  source->calling([](Transport& transport) { transport.pause_producing(); });
  sink->calling([&](Transport& transport) {
    CHECK(transport.start_tls(usual_server_context()));
    transport.write("secret");
  });
  auto const got = run_beside(*reactor, [&] { return to.receive(taken); });
  CHECK(got.size() == taken);
  REQUIRE(run_beside(*reactor, [&] { return to.secure(); }));
  CHECK(run_beside(*reactor, [&] { return to.receive(6); }) == "secret");
}

}  // namespace
