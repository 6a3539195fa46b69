// Bytes over TLS: what OpenSSL holds back, records that are forged or cut, peers that do not read,
// and good byes.
#include "reactor/tls_session.h"

#include <sys/socket.h>

#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// A connection with TLS whose peer sends what the test makes of the records.
struct Scene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Connection> connection = make_connection();
  MemoryTls tls{PeerContext::client()};
  Peer peer;

  // All but the last message of the handshake, which tls then has to send.
  Scene() {
    auto ends = tcp_ends();
    peer = std::move(ends.peer);
    int const size = 4'000'000;  // everything that these tests send arrives at once
    setsockopt(ends.ours, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    peer.set_buffers(size);
    auto const factory = factory_for(connection);
    kept = factory;
    reactor->adopt(ends.ours, {}, *factory, usual_server_context());
    run_until(*reactor, [&] {
      if (tls.handshake()) return true;
      peer.send(tls.take());
      tls.give(peer.receive_now());
      return false;
    });
  }
  void finish() {
    peer.send(tls.take());
    run_until(*reactor, [&] { return connection->made; });
    run_turns(*reactor);
    tls.give(peer.receive_now());  // session tickets: unread they would make a close a reset
    tls.read();
  }
  // What `records` of the data given are on the wire.
  std::string wire(std::string_view data, std::size_t record = 16384) {
    for (; !data.empty(); data.remove_prefix(std::min(record, data.size())))
      tls.write(data.substr(0, record));
    return tls.take();
  }
  bool ends() {
    return run_until(*reactor, [&] { return connection->destroyed; });
  }
  bool receives(std::string const& wanted) {
    run_until(*reactor, [&] { return connection->received.size() >= wanted.size(); });
    return difference(connection->received, wanted) == "equal";
  }

  std::shared_ptr<Factory> kept;
};

TEST_CASE("Data that come in one piece with the end of the handshake are received after it",
          "[tls_session]") {
  auto const text = pattern(GENERATE(5u, 20'000u, 200'000u));
  Scene scene;
  scene.peer.send(scene.tls.take() + scene.wire(text));
  CHECK(scene.receives(text));
  CHECK(scene.connection->story == "made data");
  CHECK_FALSE(scene.connection->nested);
}

TEST_CASE("A good bye that comes in one piece with the end of the handshake is heard",
          "[tls_session]") {
  Scene scene;
  SECTION("in order") {
    scene.tls.write("all I have to say");
    SSL_shutdown(scene.tls.get());
    scene.peer.send(scene.tls.take());
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made data eof lost");
    CHECK(scene.connection->reason() == "Connection closed");
  }
  SECTION("without close_notify") {
    scene.tls.write("all I have to say");
    scene.peer.send(scene.tls.take());
    scene.peer.cut();
    REQUIRE(scene.ends());
    CHECK(scene.connection->story == "made data lost");
    CHECK(scene.connection->lost->is(Error::tls_truncated));
  }
  CHECK(scene.connection->received == "all I have to say");
}

TEST_CASE("Records in pieces of any size are put together", "[tls_session]") {
  Scene scene;
  scene.finish();
  auto const text = pattern(20'000);
  auto const raw = scene.wire(text, 700);
  auto const step = GENERATE(1u, 3u, 1000u);
  for (std::size_t at = 0; at < raw.size();) {
    auto const size = at < 800 ? step : 5000;
    scene.peer.send(raw.substr(at, size));
    at += size;
    run_turns(*scene.reactor, 1);
  }
  CHECK(scene.receives(text));
}

TEST_CASE("At most 65,536 bytes are handed over at a time, over TLS as well",
          "[tls_session][rule9]") {
  Scene scene;
  scene.finish();
  auto const text = pattern(500'000);
  auto const size = GENERATE(100u, 16384u);
  scene.peer.send(scene.wire(text, size));
  CHECK(scene.receives(text));
  CHECK(scene.connection->largest_chunk <= 65536);
}

// More than one reading takes, of which the rest lies in OpenSSL alone: the socket has no more.
std::string burst(Scene& scene, std::string& text, std::size_t record, std::size_t more) {
  text = pattern(65536 + more);
  return scene.wire(text, record);
}

TEST_CASE("What OpenSSL holds comes without a new byte on the socket", "[tls_session]") {
  Scene scene;
  std::string text;
  SECTION("at the start") { scene.finish(); }
  SECTION("behind the handshake") {}
  auto const record = GENERATE(10u, 16384u, 10'000u);
  scene.peer.send(scene.tls.take() + burst(scene, text, record, 2000));
  CHECK(scene.receives(text));
}

TEST_CASE("What OpenSSL holds stays there while reading is paused, and comes on resuming",
          "[tls_session][rule138]") {
  Scene scene;
  scene.connection->on_data = [](Transport& transport, Bytes) { transport.pause_producing(); };
  scene.finish();
  std::string text;
  auto const record = GENERATE(10u, 16384u, 10'000u);
  scene.peer.send(burst(scene, text, record, 2000));
  auto const cut = GENERATE(false, true);
  if (cut) scene.peer.cut();
  run_turns(*scene.reactor, 10);
  auto const first = scene.connection->received.size();
  CHECK(first > 0);
  CHECK(first <= 65536);
  auto const before = processor_time();
  run_for(*scene.reactor, 100ms);
  CHECK(processor_time() - before < 50ms);
  CHECK(scene.connection->received.size() == first);
  scene.connection->on_data = nullptr;
  scene.connection->calling([](Transport& transport) { transport.resume_producing(); });
  CHECK(scene.receives(text));
  if (!cut) return;
  REQUIRE(scene.ends());
  CHECK(scene.connection->lost->is(Error::tls_truncated));
}

TEST_CASE("A connection that pauses at each chunk gets everything, chunk by chunk",
          "[tls_session][rule138]") {
  Scene scene;
  scene.connection->on_data = [](Transport& transport, Bytes) { transport.pause_producing(); };
  scene.finish();
  auto const text = pattern(400'000);
  scene.peer.send(scene.wire(text, 3000));
  run_until(*scene.reactor, [&] {
    scene.connection->calling([](Transport& transport) { transport.resume_producing(); });
    return scene.connection->received.size() == text.size();
  });
  CHECK(difference(scene.connection->received, text) == "equal");
}

TEST_CASE("Nothing that OpenSSL holds is received after lose_connection", "[tls_session][rule15]") {
  Scene scene;
  scene.connection->on_data = [](Transport& transport, Bytes) { transport.lose_connection(); };
  scene.finish();
  std::string text;
  scene.peer.send(burst(scene, text, 10, 2000));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->transport == nullptr; }));
  CHECK(scene.connection->story == "made data lost");
  CHECK(scene.connection->received.size() <= 65536);
}

TEST_CASE("A forged record ends the connection; what came before it is received", "[tls_session]") {
  Scene scene;
  scene.finish();
  auto const together = GENERATE(true, false);
  auto const good = scene.wire("the truth");
  auto bad = scene.wire("a lie");
  bad.back() ^= 1;
  if (together) {
    scene.peer.send(good + bad);
  } else {
    scene.peer.send(good);
    run_turns(*scene.reactor);
    scene.peer.send(bad);
  }
  REQUIRE(scene.ends());
  CHECK(scene.connection->story == "made data lost");
  CHECK(scene.connection->received == "the truth");
  CHECK(scene.connection->lost->is(Error::tls_handshake));
  CHECK(scene.connection->reason() == "decryption failed or bad record mac");
  // The peer is told as well.
  scene.tls.give(scene.peer.receive_all());
  CHECK(scene.tls.read().empty());
  CHECK(SSL_get_error(scene.tls.get(), -1) == SSL_ERROR_SSL);
}

TEST_CASE("Words in clear inside TLS end the connection", "[tls_session]") {
  Scene scene;
  scene.finish();
  scene.peer.send(GENERATE("GET / HTTP/1.0\r\n\r\n", "\x17\x03\x03\xff\xff a record too long"));
  REQUIRE(scene.ends());
  CHECK(scene.connection->story == "made lost");
  CHECK(scene.connection->lost->is(Error::tls_handshake));
}

TEST_CASE("An end in the midst of a record is no orderly one", "[tls_session]") {
  Scene scene;
  scene.finish();
  auto const raw = scene.wire(pattern(1000));
  scene.peer.send(raw.substr(0, GENERATE(1u, 4u, 5u, 600u)));
  scene.peer.cut();
  REQUIRE(scene.ends());
  CHECK(scene.connection->story == "made lost");
  CHECK(scene.connection->lost->is(Error::tls_truncated));
  CHECK(scene.connection->lost->is(Error::connection_lost));
}

TEST_CASE("A change of keys in the midst is nothing to the protocol", "[tls_session]") {
  Scene scene;
  scene.connection->on_data = echo;
  scene.finish();
  auto const both = GENERATE(SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED);
  auto raw = scene.wire("before ");
  REQUIRE(SSL_key_update(scene.tls.get(), both) == 1);
  raw += scene.wire("after");
  scene.peer.send(raw);
  CHECK(scene.receives("before after"));
  std::string back;
  CHECK(run_until(*scene.reactor, [&] {
    scene.tls.give(scene.peer.receive_now());
    back += scene.tls.read();
    return back == "before after";
  }));
}

TEST_CASE("A renegotiation is refused", "[tls_session]") {
  auto client = PeerContext::client();
  client.at_most(TLS1_2_VERSION);
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto ends = tcp_ends();
  auto const factory = factory_for(connection);
  reactor->adopt(ends.ours, {}, *factory, usual_server_context());
  REQUIRE(run_beside(*reactor, [&] { return ends.peer.secure(client); }));
  REQUIRE(run_until(*reactor, [&] { return connection->made; }));
  REQUIRE(SSL_renegotiate(ends.peer.tls()->get()) == 1);
  CHECK_FALSE(run_beside(*reactor, [&] { return ends.peer.tls()->handshake(); }));
  CHECK(ends.peer.tls()->error().find("no renegotiation") != std::string::npos);
}

// --- output ---

TEST_CASE("A peer that does not read costs its water mark, over TLS as well", "[tls_session]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, wires()[2], connection);
  run_turns(*reactor);
  struct Endless final : Producer {
    explicit Endless(Transport& to) : transport(to) {}
    void resume_producing() override {
      if (more) transport.write(pattern(10'000));
    }
    Transport& transport;
    bool more = true;
  } producer(*connection->transport);
  connection->calling([&](Transport& transport) { transport.register_producer(producer, false); });
  run_until(*reactor, [&] { return connection->transport->unsent() > 0; });
  run_turns(*reactor, 5);
  CHECK(connection->transport->unsent() <= 10'000);
  auto const before = processor_time();
  run_for(*reactor, 100ms);
  CHECK(processor_time() - before < 50ms);
  producer.more = false;
  connection->calling([](Transport& transport) {
    transport.unregister_producer();
    transport.lose_connection();
  });
  auto const got = run_beside(*reactor, [&] { return peer.receive_all(); });
  CHECK(got.size() % 10'000 == 0);
  std::string wanted;
  while (wanted.size() < got.size()) wanted += pattern(10'000);
  CHECK(difference(got, wanted) == "equal");
  CHECK(run_until(*reactor, [&] { return connection->destroyed; }));
}

TEST_CASE("What is appended while a record waits for a slow peer changes no byte",
          "[tls_session][rule10]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto peer = adopt(*reactor, wires()[2], connection);
  run_turns(*reactor);
  std::string wanted;
  auto const write = [&](std::size_t size) {
    connection->calling([&](Transport& transport) { transport.write(pattern(size)); });
    wanted += pattern(size);
  };
  connection->calling(
      [](Transport& transport) { transport.set_water_marks({.limit = std::size_t{1} << 30}); });
  // Now and then the system takes nothing more, with a record of any size under way.
  std::string got;
  std::size_t size = 1;
  run_until(*reactor, [&] {
    for (int i = 0; i < 20 && wanted.size() < 20'000'000; ++i)
      write(size = (size * 7 + 13) % 40'000);
    if (connection->transport->unsent() > 100'000 || wanted.size() >= 20'000'000)
      got += peer.receive_now();
    return wanted.size() >= 20'000'000 && got.size() == wanted.size();
  });
  CHECK(difference(got, wanted) == "equal");
}

TEST_CASE("Many small pieces leave in few records", "[tls_session]") {
  Scene scene;
  scene.finish();
  std::string wanted;
  scene.connection->calling([&](Transport& transport) {
    for (int i = 0; i < 500; ++i) {
      transport.write(i % 2 ? "small piece " : "x");
      wanted += i % 2 ? "small piece " : "x";
    }
    transport.write(std::make_shared<std::string const>("shared"));
    wanted += "shared";
  });
  run_turns(*scene.reactor);
  auto const raw = scene.peer.receive_now();
  CHECK(raw.size() == wanted.size() + 22);  // one record: its header, its type and its tag
  scene.tls.give(raw);
  CHECK(scene.tls.read() == wanted);
}

TEST_CASE("lose_connection says good bye by close_notify, then closes", "[tls_session][rule14]") {
  Scene scene;
  scene.finish();
  scene.connection->calling([](Transport& transport) {
    transport.write("good bye");
    transport.lose_connection();
  });
  REQUIRE(scene.ends());
  scene.tls.give(scene.peer.receive_all());
  CHECK(scene.peer.error() == 0);
  CHECK(scene.tls.read() == "good bye");
  CHECK(SSL_get_shutdown(scene.tls.get()) == SSL_RECEIVED_SHUTDOWN);
}

TEST_CASE("abort_connection says nothing", "[tls_session][rule19]") {
  Scene scene;
  scene.finish();
  scene.connection->calling([](Transport& transport) { transport.abort_connection(); });
  REQUIRE(scene.ends());
  CHECK(scene.peer.receive_all().empty());
  CHECK(scene.peer.error() == ECONNRESET);
}

TEST_CASE("Greetings over TLS do not wait for an acknowledgement", "[tls_session]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  connection->on_made = [](Transport& transport) {
    CHECK(transport.tcp_no_delay());
    transport.write("welcome");
  };
  auto peer = adopt(*reactor, wires()[2], connection);
  run_turns(*reactor);
  CHECK(peer.receive_now() == "welcome");
}

}  // namespace
