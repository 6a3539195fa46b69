// Messages of the handshake that come after it, in pieces (RFC 8446, sections 4.6 and 5.1): until
// such a message is whole OpenSSL sends nothing, and it reads nothing while it cannot answer one.
// What it cannot send for now must stop nothing else.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/socket.h>

#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

constexpr int of_handshake = 22;
constexpr int of_data = 23;

// The last line of a client's key log that has its first secret for data.
std::string& client_secret() {
  static std::string secret;
  return secret;
}

void note_secret(SSL const*, char const* line) {
  std::string_view const text = line;
  if (!text.starts_with("CLIENT_TRAFFIC_SECRET_0 ")) return;
  auto const hex = text.substr(text.rfind(' ') + 1);
  client_secret().clear();
  for (std::size_t i = 0; i < hex.size(); i += 2)
    client_secret() += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
}

// Records of a client of TLS_AES_256_GCM_SHA384, cut as no library would cut them.
class Records {
 public:
  explicit Records(std::string secret) : secret_(std::move(secret)) { use_secret(); }

  std::string record(int type, std::string_view data) {
    auto inner = std::string(data) + static_cast<char>(type);
    auto const size = inner.size() + 16;
    std::string const head{0x17, 3, 3, static_cast<char>(size >> 8), static_cast<char>(size)};
    auto nonce = iv_;
    for (std::size_t i = 0; i < 8; ++i)
      nonce[11 - i] = static_cast<char>(nonce[11 - i] ^ static_cast<char>(count_ >> (8 * i)));
    ++count_;
    return head + sealed(inner, head, nonce);
  }
  // The header of a KeyUpdate, whose one byte is withheld, and that byte.
  std::string header() { return record(of_handshake, {"\x18\0\0\1", 4}); }
  std::string rest(bool answer = false) {
    auto made = record(of_handshake, {answer ? "\1" : "\0", 1});
    secret_ = expanded("traffic upd", 48);
    use_secret();
    return made;
  }
  std::string key_update(bool answer) {
    auto made = record(of_handshake, {answer ? "\x18\0\0\1\1" : "\x18\0\0\1\0", 5});
    secret_ = expanded("traffic upd", 48);
    use_secret();
    return made;
  }

 private:
  static unsigned char* octets(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
  }
  static unsigned char const* octets(std::string const& text) {
    return reinterpret_cast<unsigned char const*>(text.data());
  }
  // RFC 8446, section 7.1: HKDF-Expand-Label.
  std::string expanded(std::string const& label, std::size_t size) const {
    auto info = std::string{0, static_cast<char>(size), static_cast<char>(label.size() + 6)};
    info += "tls13 " + label;
    info += std::string{0, 1};
    std::string out(48, '\0');
    HMAC(EVP_sha384(), secret_.data(), static_cast<int>(secret_.size()), octets(info), info.size(),
         octets(out), nullptr);
    return out.substr(0, size);
  }
  void use_secret() {
    key_ = expanded("key", 32);
    iv_ = expanded("iv", 12);
    count_ = 0;
  }
  std::string sealed(std::string const& text, std::string const& head, std::string const& nonce) {
    std::string out(text.size() + 16, '\0');
    int size = 0;
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> const cipher(
        EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, octets(key_), octets(nonce));
    EVP_EncryptUpdate(cipher.get(), nullptr, &size, octets(head), static_cast<int>(head.size()));
    EVP_EncryptUpdate(cipher.get(), octets(out), &size, octets(text),
                      static_cast<int>(text.size()));
    EVP_EncryptFinal_ex(cipher.get(), octets(out) + size, &size);
    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, 16, out.data() + text.size());
    return out;
  }

  std::string secret_, key_, iv_;
  std::uint64_t count_ = 0;
};

PeerContext noting_client() {
  auto context = PeerContext::client();
  SSL_CTX_set_keylog_callback(context.get(), &note_secret);
  return context;
}

// A server of ours and a client that makes its own records.
struct Scene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Connection> connection = make_connection();
  MemoryTls tls{noting_client()};
  Peer peer;
  std::optional<Records> records;
  std::string got;
  Traffic traffic;  // when it was lost

  // With a size on unix sockets, which tell at once that there is room, or that there is none.
  explicit Scene(int output_buffer = 0) {
    auto ends = output_buffer > 0 ? unix_ends() : tcp_ends();
    peer = std::move(ends.peer);
    if (output_buffer > 0) {
      setsockopt(ends.ours, SOL_SOCKET, SO_SNDBUF, &output_buffer, sizeof output_buffer);
      peer.set_buffers(output_buffer);
    }
    connection->on_lost = [this](Transport& transport, Failure const&) {
      traffic = transport.traffic();
    };
    kept = factory_for(connection);
    reactor->adopt(ends.ours, {}, *kept, usual_server_context());
    run_until(*reactor, [&] {
      auto const done = tls.handshake();
      peer.send(tls.take());
      if (!done) tls.give(peer.receive_now());
      return done;
    });
    run_until(*reactor, [&] { return connection->made; });
    listen();
    records.emplace(client_secret());
  }
  // Takes what has come.
  std::string const& listen() {
    tls.give(peer.receive_now());
    return got += tls.read();
  }
  bool hears(std::string const& wanted) {
    return run_until(*reactor, [&] { return listen() == wanted; });
  }
  bool hears_good_bye() {
    return run_until(*reactor, [&] {
      listen();
      return (SSL_get_shutdown(tls.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    });
  }
  void sends(std::string const& raw) {
    peer.send(raw);
    run_turns(*reactor);
  }
  void calling(std::function<void(Transport&)> const& call) {
    connection->calling(call);
    run_turns(*reactor);
  }
  bool rests() {
    auto const before = processor_time();
    run_for(*reactor, 200ms);
    return processor_time() - before < 60ms;
  }
  bool ends() {
    return run_until(*reactor, [&] { return connection->destroyed; });
  }

  std::shared_ptr<Factory> kept;
};

// --- output waits for input ---

TEST_CASE("Output that waits for the rest of a peer's message waits without spinning",
          "[tls_interrupted]") {
  Scene scene;
  auto const paused = GENERATE(false, true);
  auto const size = GENERATE(5u, 50'000u);
  scene.sends(scene.records->header());
  scene.calling([&](Transport& transport) {
    if (paused) transport.pause_producing();
    transport.write(pattern(size));
  });
  CHECK(scene.rests());
  CHECK(scene.connection->transport->unsent() == size);
  scene.sends(scene.records->rest());
  CHECK(scene.hears(pattern(size)));
  scene.sends(scene.records->record(of_data, "go on"));
  CHECK(scene.connection->received == (paused ? "" : "go on"));
}

TEST_CASE("What comes behind such a message waits for a protocol that has paused",
          "[tls_interrupted][rule138]") {
  Scene scene;
  auto const together = GENERATE(true, false);
  scene.sends(scene.records->header());
  scene.calling([](Transport& transport) {
    transport.pause_producing();
    transport.write("answer");
  });
  auto const rest = scene.records->rest();
  auto const data = scene.records->record(of_data, "question");
  if (together) {
    scene.sends(rest + data);
  } else {
    scene.sends(rest);
    scene.sends(data);
  }
  CHECK(scene.hears("answer"));
  CHECK(scene.rests());
  CHECK(scene.connection->received.empty());
  scene.connection->calling([](Transport& transport) { transport.resume_producing(); });
  CHECK(run_until(*scene.reactor, [&] { return scene.connection->received == "question"; }));
}

TEST_CASE("What comes in one piece behind such a message is received", "[tls_interrupted]") {
  Scene scene;
  scene.connection->on_data = echo;
  auto const one = scene.records->record(of_data, "one ");
  scene.sends(one + scene.records->header());
  CHECK(scene.connection->received == "one ");
  CHECK(scene.rests());
  auto const rest = scene.records->rest(GENERATE(false, true));
  scene.sends(rest + scene.records->record(of_data, "two"));
  CHECK(scene.hears("one two"));
}

TEST_CASE("A peer that goes instead of finishing its message ends the connection",
          "[tls_interrupted]") {
  Scene scene;
  auto const paused = GENERATE(false, true);
  scene.sends(scene.records->header());
  scene.calling([&](Transport& transport) {
    if (paused) transport.pause_producing();
    transport.write("answer");
  });
  SECTION("without a word") { scene.peer.cut(); }
  SECTION("by a reset") { scene.peer.reset(); }
  SECTION("with close_notify") {
    scene.peer.send(scene.records->record(21, {"\1\0", 2}));
    scene.peer.shut_write();
  }
  SECTION("by nonsense") { scene.peer.send(std::string(100, 'x')); }
  CHECK(scene.rests());
  if (paused) scene.connection->calling([](Transport& transport) { transport.resume_producing(); });
  CHECK(scene.ends());
}

// --- input waits for output ---

// Key updates that ask for answers nobody reads, until neither side moves.
std::size_t overwhelm(Scene& scene) {
  std::size_t count = 0;
  for (int idle = 0; idle < 20;) {
    auto const raw = scene.records->key_update(true);
    std::string_view left = raw;
    for (idle = 0; !left.empty() && idle < 20;) {
      auto const sent =
          ::send(scene.peer.fd(), left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent > 0) left.remove_prefix(static_cast<std::size_t>(sent));
      run_turns(*scene.reactor, 1);
      idle = sent > 0 ? 0 : idle + 1;
    }
    ++count;
    if (!left.empty()) scene.got = left;  // to be sent first
  }
  return count;
}

TEST_CASE("A peer that reads no answers to its key updates is not waited for by spinning",
          "[tls_interrupted]") {
  Scene scene(4096);
  auto const writing = GENERATE(false, true);
  auto const text = pattern(GENERATE(0u, 40'000u));
  scene.calling([&](Transport& transport) { transport.write(text); });
  CHECK(overwhelm(scene) > 10);
  auto left = std::exchange(scene.got, {});
  REQUIRE_FALSE(left.empty());
  CHECK(scene.rests());
  if (writing) scene.connection->calling([](Transport& transport) { transport.write("answer"); });
  if (writing) CHECK(scene.rests());
  left += scene.records->record(of_data, "the end");
  auto const sent = run_until(*scene.reactor, [&] {
    scene.listen();
    auto const count =
        ::send(scene.peer.fd(), left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) left.erase(0, static_cast<std::size_t>(count));
    return scene.connection->received == "the end" || scene.connection->lost;
  });
  INFO(scene.connection->story);
  INFO(scene.connection->reason());
  CHECK(sent);
  CHECK(scene.connection->received == "the end");
  CHECK(scene.hears(text + (writing ? "answer" : "")));
}

// --- output waits for its peer, input does not ---

// A peer that reads nothing of `text`, whose end it has not been sent, and changes its keys.
struct Blocked : Scene {
  explicit Blocked(std::string what, int changes = 1) : Scene(4096), text(std::move(what)) {
    calling([this](Transport& transport) { transport.write(text); });
    REQUIRE(connection->transport->unsent() > 0);
    for (int i = 0; i < changes; ++i) sends(records->key_update(true));
  }
  std::string text;
};

TEST_CASE("A peer that changes its keys while our output waits for it gets all of that, in order",
          "[tls_interrupted][rule10]") {
  Blocked scene(pattern(60'000), GENERATE(1, 50));
  scene.sends(scene.records->record(of_data, "question"));
  CHECK(run_until(*scene.reactor, [&] { return scene.connection->received == "question"; }));
  scene.calling([](Transport& transport) { transport.write("answer"); });
  CHECK(scene.rests());
  CHECK(scene.hears(scene.text + "answer"));
  CHECK(scene.connection->transport->unsent() == 0);
  CHECK(scene.connection->transport->traffic().sent == scene.text.size() + 6);
}

TEST_CASE("A peer that changes its keys again and again while it reads gets everything",
          "[tls_interrupted][rule10]") {
  Blocked scene(pattern(60'000));
  int changes = 0;
  CHECK(run_until(*scene.reactor, [&] {
    if (++changes < 200) scene.peer.send(scene.records->key_update(true));
    return scene.listen().size() >= scene.text.size() || scene.connection->lost;
  }));
  CHECK(difference(scene.got, scene.text) == "equal");
  scene.sends(scene.records->record(of_data, "thanks"));
  CHECK(scene.connection->received == "thanks");
}

TEST_CASE("An end waits until a peer that changed its keys has got everything",
          "[tls_interrupted][rule14][rule16]") {
  auto const half = GENERATE(false, true);
  Blocked scene(pattern(40'000), GENERATE(0, 50));
  scene.calling([&](Transport& transport) {
    half ? transport.lose_write_connection() : transport.lose_connection();
  });
  CHECK(scene.rests());
  CHECK_FALSE(scene.connection->lost);
  CHECK(scene.hears_good_bye());
  CHECK(difference(scene.got, scene.text) == "equal");
  if (half) CHECK(scene.connection->story == "made write-lost");
  if (half) scene.calling([](Transport& transport) { transport.lose_connection(); });
  scene.peer.cut();
  CHECK(scene.ends());
  CHECK(scene.connection->reason() == "Connection closed");
  CHECK(scene.traffic.sent == scene.text.size());
  CHECK(scene.traffic.dropped == 0);
}

TEST_CASE("An end with nothing to send but answers to key updates waits for those",
          "[tls_interrupted][rule14][rule16]") {
  auto const half = GENERATE(false, true);
  Scene scene(4096);
  overwhelm(scene);
  scene.got.clear();
  scene.calling([&](Transport& transport) {
    half ? transport.lose_write_connection() : transport.lose_connection();
  });
  CHECK(scene.rests());
  CHECK(scene.connection->story == "made");
  CHECK(scene.hears_good_bye());
  if (half) CHECK(scene.connection->story == "made write-lost");
  scene.peer.cut();
  CHECK(scene.ends());
  CHECK(scene.traffic.sent == 0);
}

TEST_CASE("What a peer that changed its keys has not taken is not said to be sent",
          "[tls_interrupted][rule19]") {
  Blocked scene(pattern(60'000), GENERATE(0, 1));
  SECTION("by a peer that resets") {
    scene.peer.reset();
    CHECK(scene.ends());
    CHECK_THAT(scene.connection->reason(),
               ContainsSubstring("Connection reset by peer") || ContainsSubstring("Broken pipe"));
  }
  SECTION("by abort_connection") {
    scene.calling([](Transport& transport) { transport.abort_connection(); });
    CHECK(scene.ends());
    CHECK(scene.connection->lost->is(Error::connection_aborted));
    CHECK(scene.listen().size() <= scene.traffic.sent);
  }
  SECTION("when its time is up") {
    scene.calling([](Transport& transport) { transport.set_idle_timeout(50ms); });
    CHECK(scene.ends());
    CHECK(scene.connection->lost->is(Error::idle_timeout));
    CHECK(run_until(*scene.reactor, [&] { return scene.listen().size() == scene.traffic.sent; }));
  }
  CHECK(scene.traffic.sent < scene.text.size());
  CHECK(scene.traffic.sent + scene.traffic.dropped == scene.text.size());
}

TEST_CASE("A peer that resets while answers to its key updates wait ends the connection",
          "[tls_interrupted]") {
  Scene scene(4096);
  auto const paused = GENERATE(false, true);
  overwhelm(scene);
  if (paused) scene.calling([](Transport& transport) { transport.pause_producing(); });
  scene.peer.reset();
  CHECK(scene.rests());
  if (paused && !scene.connection->lost)
    scene.calling([](Transport& transport) { transport.resume_producing(); });
  CHECK(scene.ends());
}

// --- good byes ---

TEST_CASE("A half-close in the midst of a peer's message is heard when that is whole",
          "[tls_interrupted][rule16]") {
  Scene scene;
  auto const paused = GENERATE(false, true);
  auto const answer = GENERATE(false, true);
  scene.sends(scene.records->header());
  scene.calling([&](Transport& transport) {
    if (paused) transport.pause_producing();
    transport.lose_write_connection();
  });
  CHECK(scene.rests());
  CHECK(scene.connection->story == "made");
  scene.sends(scene.records->rest(answer));
  CHECK(scene.hears_good_bye());
  CHECK(scene.connection->story == "made write-lost");
  scene.sends(scene.records->record(of_data, "late"));
  if (paused) scene.calling([](Transport& transport) { transport.resume_producing(); });
  CHECK(run_until(*scene.reactor, [&] { return scene.connection->received == "late"; }));
}

TEST_CASE("A connection closed in the midst of a peer's message says good bye when that is whole",
          "[tls_interrupted][rule14]") {
  Scene scene;
  scene.sends(scene.records->header());
  scene.calling([](Transport& transport) { transport.lose_connection(); });
  CHECK(scene.rests());
  CHECK(scene.connection->story == "made");
  scene.sends(scene.records->rest());
  CHECK(scene.hears_good_bye());
  CHECK(scene.ends());
  CHECK(scene.connection->reason() == "Connection closed");
}

TEST_CASE("A peer that never finishes its message does not hold a connection that is closed",
          "[tls_interrupted][limit]") {
  Scene scene;
  scene.sends(scene.records->header());
  scene.calling([](Transport& transport) { transport.lose_connection(); });
  CHECK(scene.ends());
  CHECK(scene.connection->reason() == "Connection closed");
}

TEST_CASE("A peer's message that cannot be is no reason to wait with the end",
          "[tls_interrupted]") {
  Scene scene;
  auto const closing = GENERATE(false, true);
  scene.sends(scene.records->header());
  scene.calling([&](Transport& transport) {
    closing ? transport.lose_connection() : transport.lose_write_connection();
  });
  scene.sends(scene.records->record(of_data, "in between"));
  CHECK(scene.ends());
}

}  // namespace
