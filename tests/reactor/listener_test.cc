// Listening: addresses, accepting, running out of descriptors, stopping.
#include "reactor/listener.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <latch>
#include <stdexcept>
#include <thread>

#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

// Echoes, and counts what it built and how often it was started and stopped.
class CountingFactory final : public Factory {
 public:
  std::unique_ptr<Protocol> build_protocol(Address const& peer) override {
    last_peer = peer;
    ++built;
    if (refuse) return nullptr;
    auto connection = make_connection();
    connection->on_data = echo;
    connections.push_back(connection);
    return protocol_for(std::move(connection));
  }
  void start_factory() override { ++starts; }
  void stop_factory() override { ++stops; }

  std::vector<std::shared_ptr<Connection>> connections;
  Address last_peer;
  std::size_t built = 0;
  int starts = 0;
  int stops = 0;
  bool refuse = false;
};

Address local(ListeningPort const& port) {
  return Address::ip("127.0.0.1", port.host().port()).value();
}

struct Scene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<CountingFactory> factory = std::make_shared<CountingFactory>();
  ListeningPort* port = nullptr;

  explicit Scene(std::string_view interface = "127.0.0.1")
      : port(reactor->listen_tcp(0, factory, {}, interface).value()) {}
  bool echoes(Peer& peer) {
    return run_beside(*reactor, [&] { return peer.send("ping") && peer.receive(4) == "ping"; });
  }
};

int descriptors() {
  auto const all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<int>(std::distance(begin(all), end(all)));
}

TEST_CASE("A port asked for as 0 has its real number, with SO_REUSEADDR", "[listener][rule33]") {
  Scene scene;
  CHECK(scene.port->host().port() != 0);
  CHECK(scene.port->host().host() == "127.0.0.1");
  CHECK(scene.port->listening());
  auto peer = Peer::connect(scene.port->host());
  REQUIRE(scene.echoes(peer));
  // The server's end lingers in TIME_WAIT; the port can be had again at once all the same.
  auto const address = scene.port->host();
  scene.factory->connections.front()->calling([](Transport& t) { t.lose_connection(); });
  REQUIRE(run_until(*scene.reactor, [&] { return scene.factory->connections.front()->destroyed; }));
  peer.close();
  scene.port->stop_listening().release();
  CHECK(scene.reactor->listen(address, scene.factory));
}

TEST_CASE("Without an interface both families are served, and IPv4 peers look like themselves",
          "[listener][rule27]") {
  Scene scene("");
  auto const port = scene.port->host().port();
  auto four = Peer::connect(Address::ip("127.0.0.1", port).value());
  REQUIRE(scene.echoes(four));
  CHECK(scene.factory->last_peer.host() == "127.0.0.1");
  auto six = Peer::connect(Address::ip("::1", port).value());
  REQUIRE(scene.echoes(six));
  CHECK(scene.factory->last_peer.host() == "::1");
}

TEST_CASE("An IPv6 interface leaves the port's IPv4 side free", "[listener][rule27]") {
  Scene scene("::1");
  auto peer = Peer::connect(scene.port->host());
  CHECK(scene.echoes(peer));
  CHECK(scene.reactor->listen_tcp(scene.port->host().port(), scene.factory, {}, "127.0.0.1"));
}

TEST_CASE("Failing to listen names the address and the cause, and leaves nothing open",
          "[listener][rule36]") {
  Scene scene;
  auto const before = descriptors();
  auto const again = scene.reactor->listen(scene.port->host(), scene.factory);
  REQUIRE_FALSE(again);
  CHECK(again.failure().code() == std::errc::address_in_use);
  CHECK(again.failure().message() ==
        "listen " + scene.port->host().to_string() + ": Address already in use");
  auto const elsewhere = scene.reactor->listen_tcp(0, scene.factory, {}, "192.0.2.1");
  REQUIRE_FALSE(elsewhere);
  CHECK_THAT(elsewhere.failure().message(), ContainsSubstring("192.0.2.1"));
  CHECK_FALSE(scene.reactor->listen_tcp(0, scene.factory, {}, "nonsense"));
  CHECK(descriptors() == before);
  CHECK(scene.factory->starts == 1);
}

TEST_CASE("A factory on two ports is started once and stopped after both", "[listener][rule38]") {
  Scene scene;
  auto* const second = scene.reactor->listen_tcp(0, scene.factory, {}, "127.0.0.1").value();
  CHECK(scene.factory->starts == 1);
  scene.port->stop_listening().release();
  run_turns(*scene.reactor);
  CHECK(scene.factory->stops == 0);
  second->stop_listening().release();
  run_turns(*scene.reactor);
  CHECK(scene.factory->stops == 1);
}

TEST_CASE("stop_listening fires later, leaves connections alone and can be undone",
          "[listener][rule34][rule35]") {
  Scene scene;
  auto const address = scene.port->host();
  auto peer = Peer::connect(address);
  REQUIRE(scene.echoes(peer));
  auto closed = 0;
  auto const waiting = scene.port->stop_listening().add_callback([&] { ++closed; });
  CHECK(closed == 0);
  CHECK_FALSE(scene.port->listening());
  REQUIRE(run_until(*scene.reactor, [&] { return closed == 1; }));
  CHECK(scene.factory->stops == 1);
  CHECK(scene.port->host() == address);
  CHECK_THROWS(Peer::connect(address));
  CHECK(scene.echoes(peer));

  auto const not_listening = scene.port->stop_listening().add_callback([&] { ++closed; });
  CHECK(closed == 2);  // at once
  REQUIRE(scene.port->start_listening());
  CHECK(scene.factory->starts == 2);
  auto other = Peer::connect(local(*scene.port));
  CHECK(scene.echoes(other));
}

TEST_CASE("A forgotten port is closed, ends its factory and is destroyed", "[listener][lifetime]") {
  Scene scene;
  auto const address = scene.port->host();
  auto peer = Peer::connect(address);
  REQUIRE(scene.echoes(peer));
  SECTION("listening") { scene.reactor->forget(*scene.port); }
  SECTION("stopped in the same turn") {
    scene.port->stop_listening().release();
    scene.reactor->forget(*scene.port);
  }
  SECTION("stopped long ago") {
    scene.port->stop_listening().release();
    run_turns(*scene.reactor);
    scene.reactor->forget(*scene.port);
  }
  SECTION("when it has stopped") {
    scene.port->stop_listening()
        .add_callback([&] { scene.reactor->forget(*scene.port); })
        .release();
  }
  CHECK_THROWS(Peer::connect(address));
  CHECK(scene.factory.use_count() == 2);
  run_turns(*scene.reactor);
  CHECK(scene.factory->stops == 1);
  CHECK(scene.factory.use_count() == 1);
  CHECK(scene.echoes(peer));
}

TEST_CASE("A port may be forgotten by the connection that it has just accepted",
          "[listener][lifetime]") {
  auto const reactor = make_reactor();
  ListeningPort* port = nullptr;
  auto const connection = make_connection();
  connection->on_made = [&](Transport&) { reactor->forget(*port); };
  connection->on_data = echo;
  port = reactor->listen_tcp(0, factory_for(connection), {}, "127.0.0.1").value();
  auto peer = Peer::connect(port->host());
  auto const second = Peer::connect(port->host());
  CHECK(run_beside(*reactor, [&] { return peer.send("ping") && peer.receive(4) == "ping"; }));
  run_turns(*reactor);
}

TEST_CASE("A connection in its handshake keeps the factory of a forgotten port",
          "[listener][lifetime][tls]") {
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  auto* const port =
      reactor->listen_tcp(0, factory_for(connection), {.tls = usual_server_context()}, "127.0.0.1")
          .value();
  auto peer = Peer::connect(port->host());
  REQUIRE(run_until(*reactor, [&] { return reactor->connections() == 1; }));
  reactor->forget(*port);
  run_turns(*reactor);
  CHECK(run_beside(*reactor, [&] { return peer.secure(); }));
  CHECK(run_until(*reactor, [&] { return connection->made; }));
}

TEST_CASE("start_listening on a port that listens keeps the one socket", "[listener][rule35]") {
  Scene scene;
  auto const before = descriptors();
  auto const address = scene.port->host();
  static_cast<void>(scene.port->start_listening());
  CHECK(descriptors() == before);
  CHECK(scene.port->host() == address);
  auto peer = Peer::connect(address);
  CHECK(scene.echoes(peer));
}

TEST_CASE("A factory that builds nothing closes the connection at once", "[listener][rule4]") {
  Scene scene;
  scene.factory->refuse = true;
  auto peer = Peer::connect(scene.port->host());
  CHECK(run_beside(*scene.reactor, [&] { return peer.receive_all(); }).empty());
  CHECK(scene.factory->built == 1);
  CHECK(scene.reactor->connections() == 0);
}

TEST_CASE("A factory that throws costs its connection, not the port", "[listener][rule7]") {
  LogLines const log;
  auto const reactor = make_reactor();
  int built = 0;
  auto const factory = make_factory([&]() -> std::unique_ptr<Protocol> {
    if (built++ == 0) throw std::runtime_error("no stock");
    return protocol_for(make_connection());
  });
  auto* const port = reactor->listen_tcp(0, factory, {}, "127.0.0.1").value();
  auto first = Peer::connect(port->host());
  CHECK(run_beside(*reactor, [&] { return first.receive_all(); }).empty());
  auto const second = Peer::connect(port->host());
  CHECK(run_until(*reactor, [&] { return built == 2; }));
  CHECK(log.count("no stock") == 1);
}

TEST_CASE("Many connections at once are all accepted and served", "[listener][rule32]") {
  Scene scene;
  std::vector<Peer> peers;
  for (int i = 0; i < 500; ++i) peers.push_back(Peer::connect(scene.port->host()));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.factory->built == 500; }));
  CHECK(scene.reactor->connections() == 500);
  for (auto& peer : peers) peer.send("x");
  REQUIRE(run_until(*scene.reactor, [&] {
    return std::ranges::all_of(scene.factory->connections,
                               [](auto const& each) { return each->received == "x"; });
  }));
  peers.clear();
  REQUIRE(run_until(*scene.reactor, [&] { return scene.reactor->connections() == 0; }));
}

TEST_CASE("A connection that was reset while it waited does no harm", "[listener]") {
  Scene scene;
  for (int i = 0; i < 20; ++i) Peer::connect(scene.port->host()).reset();
  auto peer = Peer::connect(scene.port->host());
  CHECK(scene.echoes(peer));
}

// In a child, since the limits hold for the process: accepts with almost no descriptors left.
std::string starve() {
  LogLines const log;
  Scene scene;  // raises the limit, so it comes first
  auto early = Peer::connect(scene.port->host());
  if (!scene.echoes(early)) return "no echo";
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  std::vector<Peer> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(Peer::connecting(scene.port->host()));
  limit.rlim_cur = static_cast<rlim_t>(waiting.back().fd()) + 6;  // five more
  setrlimit(RLIMIT_NOFILE, &limit);
  // Nothing is accepted beyond that, the old connection is served, and hardly any time is used.
  run_for(*scene.reactor, 300ms);
  std::string report = std::to_string(scene.factory->built) + " built, ";
  auto const before = processor_time();
  run_for(*scene.reactor, 2100ms);
  report += processor_time() - before < 500ms ? "idle, " : "busy, ";
  early.send("still");
  report += run_until(*scene.reactor, [&] { return early.receive_now() == "still"; }) ? "served, "
                                                                                      : "deaf, ";
  auto const lines = log.count("cannot accept for now: Too many open files");
  report += lines >= 2 && lines <= 3 ? "a line a second, " : std::to_string(lines) + " lines, ";
  // As descriptors become free the rest comes in by itself.
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  run_until(*scene.reactor, [&] { return scene.factory->built == 21; });
  return report + std::to_string(scene.factory->built) + " built";
}

TEST_CASE("Without descriptors accepting rests, says so once a second, and resumes by itself",
          "[listener][rule31]") {
  CHECK(in_child(starve) == "6 built, idle, served, a line a second, 21 built");
}

TEST_CASE("The soft limit of descriptors is raised to the hard one", "[listener][limits]") {
  auto const report = in_child([]() -> std::string {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &limit);
    auto const reactor = make_reactor();
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur == limit.rlim_max ? "raised" : "low";
  });
  CHECK(report == "raised");
}

TEST_CASE("A port that can be stopped while it rests stays stopped", "[listener][rule31]") {
  auto const report = in_child([]() -> std::string {
    Scene scene;
    run_turns(*scene.reactor);
    auto const waiting = Peer::connecting(scene.port->host());
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = static_cast<rlim_t>(waiting.fd()) + 1;
    setrlimit(RLIMIT_NOFILE, &limit);
    run_for(*scene.reactor, 20ms);
    scene.port->stop_listening().release();
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    run_for(*scene.reactor, 200ms);
    return std::to_string(scene.factory->built) + " built";
  });
  CHECK(report == "0 built");
}

TEST_CASE("A listening socket that somebody has shut down does not make the reactor spin",
          "[listener]") {
  LogLines const log;
  RawListener raw;
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<CountingFactory>();
  auto* const port = reactor->listen_descriptor(dup(raw.fd()), factory).value();
  shutdown(raw.fd(), SHUT_RDWR);
  auto const before = processor_time();
  run_for(*reactor, 200ms);
  CHECK(processor_time() - before < 100ms);
  CHECK(log.count("accept") >= 1);
  port->stop_listening().release();
}

TEST_CASE("An inherited listening socket is taken over", "[listener][inherited]") {
  RawListener raw;
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<CountingFactory>();
  auto const listening = reactor->listen_descriptor(dup(raw.fd()), factory);
  REQUIRE(listening);
  auto peer = Peer::connect(raw.address());
  CHECK(run_beside(*reactor, [&] { return peer.send("ping") && peer.receive(4) == "ping"; }));
}

TEST_CASE("What is no listening socket is refused and left open", "[listener][inherited]") {
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<CountingFactory>();
  auto ends = tcp_ends();
  auto const connected = reactor->listen_descriptor(ends.ours, factory);
  REQUIRE_FALSE(connected);
  CHECK(connected.failure().is(Error::cannot_listen));
  CHECK_THAT(connected.failure().message(), ContainsSubstring("not a listening socket"));
  CHECK(fcntl(ends.ours, F_GETFD) >= 0);
  close(ends.ours);
  auto const nothing = reactor->listen_descriptor(ends.ours, factory);
  REQUIRE_FALSE(nothing);
  CHECK(nothing.failure().code() == std::errc::bad_file_descriptor);
}

TEST_CASE("A unix socket listens, serves, and takes its file away", "[listener][rule145]") {
  ScratchDirectory scratch;
  auto const path = scratch.path("socket");
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<CountingFactory>();
  auto* const port = reactor->listen_unix(path, factory).value();
  CHECK(port->host().to_string() == path);
  auto peer = Peer::connect(*Address::unix(path));
  CHECK(run_beside(*reactor, [&] { return peer.send("ping") && peer.receive(4) == "ping"; }));
  port->stop_listening().release();
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("An abstract unix socket needs no file", "[listener][rule145]") {
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<CountingFactory>();
  auto const name = "@twx-test-" + std::to_string(getpid());
  auto* const port = reactor->listen_unix(name, factory).value();
  CHECK(port->host().to_string() == name);
  auto peer = Peer::connect(*Address::unix(name));
  CHECK(run_beside(*reactor, [&] { return peer.send("ping") && peer.receive(4) == "ping"; }));
}

TEST_CASE("A stale unix socket is replaced, a live one and other files are not",
          "[listener][rule145]") {
  ScratchDirectory scratch;
  auto const path = scratch.path("socket");
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<CountingFactory>();
  SECTION("stale: its server was killed") {
    auto const fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_storage storage{};
    auto const size = Address::unix(path)->copy_to(storage);
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&storage), size) == 0);
    REQUIRE(listen(fd, 1) == 0);
    close(fd);
    CHECK(reactor->listen_unix(path, factory));
  }
  SECTION("live") {
    REQUIRE(reactor->listen_unix(path, factory));
    auto const second = reactor->listen_unix(path, factory);
    REQUIRE_FALSE(second);
    CHECK(second.failure().code() == std::errc::address_in_use);
    auto peer = Peer::connect(*Address::unix(path));
    CHECK(run_beside(*reactor, [&] { return peer.send("ping") && peer.receive(4) == "ping"; }));
  }
  SECTION("a file") {
    std::ofstream(path) << "precious";
    CHECK_FALSE(reactor->listen_unix(path, factory));
    CHECK(std::filesystem::file_size(path) == 8);
  }
}

// The umask while it lives.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(umask(mask)) {}
  ~Umask() { umask(before_); }
  Umask(Umask const&) = delete;
  Umask& operator=(Umask const&) = delete;

 private:
  mode_t before_;
};

mode_t mode_of(std::string const& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST_CASE("A unix socket has the mode that was asked for, whatever the umask",
          "[listener][rule145]") {
  ScratchDirectory scratch;
  auto const path = scratch.path("socket");
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<CountingFactory>();
  SECTION("narrower") {
    Umask const mask(0);
    REQUIRE(reactor->listen_unix(path, factory, {.mode = 0600}));
    CHECK(mode_of(path) == 0600);
  }
  SECTION("wider") {
    Umask const mask(0077);
    REQUIRE(reactor->listen_unix(path, factory, {.mode = 0666}));
    CHECK(mode_of(path) == 0666);
  }
  SECTION("as the umask says without one") {
    Umask const mask(0027);
    REQUIRE(reactor->listen_unix(path, factory));
    CHECK(mode_of(path) == 0750);
  }
  SECTION("by the endpoint, which wins") {
    Umask const mask(0022);
    auto const opened = reactor->listen(Endpoint::parse("unix://" + path + "?mode=620").value(),
                                        factory, {.mode = 0600});
    CHECK(opened.has_result());
    CHECK(mode_of(path) == 0620);
  }
  SECTION("again after a stop") {
    Umask const mask(0022);
    auto* const port = reactor->listen_unix(path, factory, {.mode = 0606}).value();
    port->stop_listening().release();
    REQUIRE(port->start_listening());
    CHECK(mode_of(path) == 0606);
  }
  SECTION("abstract ones have none") {
    CHECK(reactor->listen_unix("@twx-mode-" + std::to_string(getpid()), factory, {.mode = 0600}));
  }
}

// What a server that was killed leaves behind.
void leave_stale_socket(std::string const& path) {
  auto const fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_storage storage{};
  auto const size = Address::unix(path)->copy_to(storage);
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&storage), size) == 0);
  close(fd);
}

TEST_CASE("A path that another server is just taking is left alone", "[listener][rule145]") {
  ScratchDirectory scratch;
  auto const path = scratch.path("socket");
  auto const lock = path + ".lock";
  leave_stale_socket(path);  // as that of a server looks before it listens
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<CountingFactory>();
  auto const fd = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(flock(fd, LOCK_EX) == 0);
  auto const refused = reactor->listen_unix(path, factory);
  REQUIRE_FALSE(refused);
  CHECK(refused.failure().message() == "listen " + path + ": Address already in use");
  CHECK(std::filesystem::exists(path));
  CHECK(std::filesystem::exists(lock));
  close(fd);  // it was killed: its file means nothing
  REQUIRE(reactor->listen_unix(path, factory));
  CHECK_FALSE(std::filesystem::exists(lock));
}

TEST_CASE("Of servers that race for a stale socket one wins and keeps its path",
          "[listener][rule145]") {
  ScratchDirectory scratch;
  constexpr auto servers = 4;
  for (int round = 0; round < 50; ++round) {
    auto const path = scratch.path("socket" + std::to_string(round));
    leave_stale_socket(path);
    std::vector<std::unique_ptr<Reactor>> reactors(servers);
    std::atomic<int> won{0};
    std::latch start(servers);
    std::vector<std::thread> threads;
    for (auto& reactor : reactors)
      threads.emplace_back([&] {
        reactor = make_reactor();
        start.arrive_and_wait();
        if (reactor->listen_unix(path, std::make_shared<CountingFactory>())) ++won;
      });
    for (auto& thread : threads) thread.join();
    CHECK(won == 1);
    CHECK_NOTHROW(Peer::connect(*Address::unix(path)));
  }
}

TEST_CASE("A unix socket's file that belongs to another server by now stays", "[listener]") {
  ScratchDirectory scratch;
  auto const path = scratch.path("socket");
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<CountingFactory>();
  auto* const first = reactor->listen_unix(path, factory).value();
  std::filesystem::remove(path);
  REQUIRE(reactor->listen_unix(path, factory));
  first->stop_listening().release();
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("An endpoint with a name listens on each of its addresses, or on none",
          "[listener][endpoint]") {
  auto const reactor = make_reactor();
  auto const factory = std::make_shared<CountingFactory>();
  reactor->set_resolver([](std::string const&, int) {
    return succeed(std::vector{*Address::ip("127.0.0.1", 0), *Address::ip("::1", 0)});
  });
  std::vector<ListeningPort*> ports;
  std::optional<Failure> failure;
  auto const listen = [&](std::uint16_t port) {
    reactor->listen(Endpoint::tcp("two.example", port), factory)
        .add_callbacks([&](std::vector<ListeningPort*> open) { ports = open; },
                       [&](Failure why) { failure = why; })
        .release();
  };
  listen(0);
  REQUIRE(ports.size() == 2);
  CHECK(ports[0]->host().port() == ports[1]->host().port());
  CHECK(ports[1]->host().host() == "::1");

  RawListener taken("::1");
  listen(taken.port());
  REQUIRE(failure);
  CHECK(failure->code() == std::errc::address_in_use);
  CHECK_THROWS(Peer::connect(Address::ip("127.0.0.1", taken.port()).value()));
}

TEST_CASE("Accepted sockets are not inherited by programs that are started", "[listener]") {
  Scene scene;
  auto peer = Peer::connect(scene.port->host());
  REQUIRE(scene.echoes(peer));
  int open_for_children = 0;
  for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    auto const fd = std::stoi(entry.path().filename());
    struct stat status{};
    if (fd > 2 && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) &&
        !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
      ++open_for_children;
  }
  CHECK(open_for_children == 0);
}

}  // namespace
