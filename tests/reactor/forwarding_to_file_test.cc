// forward_to_file: bytes from a connection into a file without the protocol.
#include <fcntl.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

// peer -> connection ==> file
struct Scene {
  explicit Scene(Wire const& wire = wires().front()) {
    connection->on_eof = [](Transport&) {};
    connection->on_file = [this](Transport&, std::uint64_t moved, Result<void> const& result) {
      count = moved;
      written = result;
      if (then) then();
    };
    peer = adopt(*reactor, wire, connection);
    run_turns(*reactor);
  }
  bool forward(std::uint64_t most) {
    auto done = false;
    connection->calling(
        [&](Transport& transport) { done = transport.forward_to_file(file.get(), most); });
    return done;
  }
  void open_file(std::string const& name, int flags = 0) {
    file = Descriptor(open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600));
    REQUIRE(file);
  }
  std::string contents() const {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
  }
  bool until(std::function<bool()> const& done) { return run_until(*reactor, done); }
  bool until_told() {
    return until([this] { return count.has_value(); });
  }
  // What a peer sends in a thread of its own.
  void send(std::string const& all) {
    run_beside(*reactor, [&] { return peer.send(all); });
  }

  ScratchDirectory scratch;
  std::string path = scratch.path("file");
  Descriptor file{open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Connection> connection = make_connection();
  Peer peer;
  std::optional<std::uint64_t> count;
  std::optional<Result<void>> written;
  std::function<void()> then;
};

TEST_CASE("So many bytes go into the file, and what follows goes the usual way",
          "[forwarding][file]") {
  for (auto const& wire : plain_wires()) DYNAMIC_SECTION(wire.name) {
      Scene scene(wire);
      auto const sent = pattern(5'000'000);
      REQUIRE(scene.forward(sent.size()));
      scene.send(sent + "after");
      REQUIRE(scene.until([&] { return scene.connection->received == "after"; }));
      CHECK(scene.count == sent.size());
      CHECK(*scene.written);
      CHECK(difference(scene.contents(), sent) == "equal");
      CHECK(scene.connection->story == "made file data");
      CHECK(scene.connection->transport->traffic().received == sent.size() + 5);
    }
}

TEST_CASE("Bytes go behind the file's offset, time after time", "[forwarding][file]") {
  Scene scene;
  REQUIRE(write(scene.file.get(), "head:", 5) == 5);
  REQUIRE(scene.forward(3));
  CHECK_FALSE(scene.forward(1));
  scene.peer.send("onetwo");
  scene.then = [&] {
    if (*scene.count == 3 && scene.contents().size() == 8) scene.connection->story += "!";
  };
  REQUIRE(scene.until([&] { return scene.connection->received == "two"; }));
  scene.count.reset();
  REQUIRE(scene.forward(2));
  scene.peer.send("34");
  REQUIRE(scene.until_told());
  CHECK(scene.contents() == "head:one34");
  CHECK(scene.connection->story == "made file! data file");
}

TEST_CASE("The file may be closed by whoever opened it", "[forwarding][file]") {
  Scene scene;
  REQUIRE(scene.forward(5));
  scene.file.reset();
  scene.peer.send("hello");
  REQUIRE(scene.until_told());
  CHECK(scene.contents() == "hello");
}

TEST_CASE("A peer that ends too early is told with what came", "[forwarding][file]") {
  Scene scene;
  REQUIRE(scene.forward(10));
  scene.peer.send("hello");
  scene.peer.shut_write();
  REQUIRE(scene.until_told());
  CHECK(scene.count == 5);
  CHECK(*scene.written);
  CHECK(scene.contents() == "hello");
  run_turns(*scene.reactor);
  CHECK(scene.connection->story == "made file eof");
}

TEST_CASE("A connection that breaks is told with what came, then it is lost",
          "[forwarding][file]") {
  Scene scene;
  REQUIRE(scene.forward(10));
  scene.peer.send("hello");
  REQUIRE(scene.until([&] { return scene.contents() == "hello"; }));
  scene.peer.reset();
  REQUIRE(scene.until([&] { return scene.connection->lost.has_value(); }));
  CHECK(scene.count == 5);
  CHECK(scene.connection->lost->is(Error::connection_lost));
  CHECK(scene.connection->story == "made file lost");
}

TEST_CASE("An abort in the middle is told with what came", "[forwarding][file]") {
  Scene scene;
  REQUIRE(scene.forward(10));
  scene.connection->calling([](Transport& transport) { transport.abort_connection(); });
  REQUIRE(scene.until([&] { return scene.connection->lost.has_value(); }));
  CHECK(scene.count == 0);
  CHECK(scene.connection->story == "made file lost");
}

TEST_CASE("A paused connection forwards nothing until it is resumed", "[forwarding][file]") {
  Scene scene;
  REQUIRE(scene.forward(5));
  scene.connection->calling([](Transport& transport) { transport.pause_producing(); });
  scene.peer.send("hello");
  run_for(*scene.reactor, 50ms);
  CHECK(scene.contents().empty());
  scene.connection->calling([](Transport& transport) { transport.resume_producing(); });
  REQUIRE(scene.until_told());
  CHECK(scene.contents() == "hello");
}

TEST_CASE("Forwarding to a file keeps a connection from being idle", "[forwarding][file]") {
  Scene scene;
  REQUIRE(scene.forward(10));
  scene.connection->calling([](Transport& transport) { transport.set_idle_timeout(30ms); });
  REQUIRE(scene.until([&] { return scene.connection->lost.has_value(); }));
  CHECK(scene.connection->reason() == Failure(Error::idle_timeout).message());
  CHECK(scene.count == 0);
}

TEST_CASE("Nothing is read while there is nothing to forward", "[forwarding][file]") {
  Scene scene;
  REQUIRE(scene.forward(10));
  auto const before = processor_time();
  run_for(*scene.reactor, 200ms);
  CHECK(processor_time() - before < 100ms);
}

TEST_CASE("/dev/null takes all", "[forwarding][file]") {
  Scene scene;
  scene.open_file("/dev/null");
  auto const sent = pattern(3'000'000);
  REQUIRE(scene.forward(sent.size()));
  scene.send(sent);
  REQUIRE(scene.until_told());
  CHECK(scene.count == sent.size());
}

TEST_CASE("What splice cannot write goes the usual way, from the first byte on",
          "[forwarding][file]") {
  Scene scene;
  scene.open_file("/dev/full");
  auto again = true;
  scene.then = [&] { again = scene.connection->transport->forward_to_file(scene.file.get(), 1); };
  auto const sent = pattern(500'000);
  REQUIRE(scene.forward(1'000'000));
  scene.send(sent);
  REQUIRE(scene.until([&] { return scene.connection->received.size() == sent.size(); }));
  CHECK(scene.count == 0);
  CHECK(*scene.written);
  CHECK_FALSE(again);
  CHECK(difference(scene.connection->received, sent) == "equal");
  CHECK(scene.connection->story == "made file data");
}

TEST_CASE("A file that is appended to is forwarded to as well", "[forwarding][file]") {
  Scene scene;
  REQUIRE(write(scene.file.get(), "head:", 5) == 5);
  scene.open_file(scene.path, O_APPEND);
  REQUIRE(scene.forward(5));
  scene.peer.send("hello");
  REQUIRE(scene.until_told());
  CHECK(scene.count == 5);
  CHECK(scene.contents() == "head:hello");
}

TEST_CASE("A file that takes no more ends the connection with its error", "[forwarding][file]") {
  auto const report = in_child([]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);
    Scene scene;
    rlimit const limit{8192, 8192};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return "no limit";
    if (!scene.forward(100'000)) return "not forwarded";
    scene.peer.send(pattern(100'000));
    if (!scene.until([&] { return scene.connection->lost.has_value(); })) return "not lost";
    return scene.connection->story + ", " + std::to_string(*scene.count) + ", " +
           scene.written->failure().message() + ", " + scene.connection->reason() + ", " +
           std::to_string(scene.contents().size());
  });
  CHECK(report == "made file lost, 8192, File too large, File too large, 8192");
}

TEST_CASE("What cannot be forwarded is refused", "[forwarding][file]") {
  Scene scene;
  CHECK_FALSE(scene.forward(0));
  scene.file.reset();
  CHECK_FALSE(scene.forward(1));
  Scene secure(wires().back());
  REQUIRE(wires().back().tls);
  CHECK_FALSE(secure.forward(1));
}

}  // namespace
