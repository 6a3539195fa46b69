// Services on real sockets: a server, a client that comes back, and a whole application as root.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "reactor/application.h"
#include "reactor/client_service.h"
#include "reactor/datagram_service.h"
#include "reactor/server_service.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/datagrams.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

std::shared_ptr<Factory> echo_factory() {
  return make_factory([] {
    auto connection = make_connection();
    connection->on_data = echo;
    return protocol_for(std::move(connection));
  });
}

Endpoint endpoint(ListeningPort const& port) {
  return Endpoint::tcp("127.0.0.1", port.host().port());
}

Address address(ListeningPort const& port) {
  return Address::ip("127.0.0.1", port.host().port()).value();
}

TEST_CASE("A server service serves until it is stopped, and again", "[services][rule157]") {
  auto const reactor = make_reactor();
  StreamServerEndpointService service(*reactor, Endpoint::tcp("127.0.0.1", 0), echo_factory());
  for (int i = 0; i < 2; ++i) {
    CHECK(result_of(service.start_service()));
    auto const where = address(*service.ports().at(0));
    auto peer = Peer::connect(where);
    CHECK(run_beside(*reactor, [&] { return peer.send("ping") && peer.receive(4) == "ping"; }));
    auto const stopped = service.stop_service();
    CHECK(run_until(*reactor, [&] { return stopped.has_result(); }));
    CHECK(run_beside(*reactor, [&] { return peer.send("pong") && peer.receive(4) == "pong"; }));
    CHECK_THROWS_AS(Peer::connect(where), std::system_error);
  }
}

TEST_CASE("A datagram service serves until it is stopped, and again", "[services][rule157]") {
  auto const reactor = make_reactor();
  auto const build = [] {
    auto socket = std::make_shared<Datagrams>();
    socket->on_received = echo_datagram;
    return protocol_for(std::move(socket));
  };
  DatagramServerService service(*reactor, Endpoint::udp("127.0.0.1", 0), build);
  auto peer = DatagramPeer::on("127.0.0.1");
  for (int i = 0; i < 2; ++i) {
    CHECK(result_of(service.start_service()));
    auto const where = service.sockets().at(0)->host();
    CHECK(run_beside(*reactor,
                     [&] { return peer.send("ping", where) == 0 && peer.receive() == "ping"; }));
    auto const stopped = service.stop_service();
    CHECK(run_until(*reactor, [&] { return stopped.has_result(); }));
    CHECK(service.sockets().empty());
  }
}

TEST_CASE("A datagram service may outlive the run of its reactor", "[services][rule157]") {
  auto const reactor = make_reactor();
  auto const build = [] { return protocol_for(std::make_shared<Datagrams>()); };
  DatagramServerService service(*reactor, Endpoint::udp("127.0.0.1", 0), build);
  CHECK(result_of(service.start_service()));
  auto const end = reactor->call_later(0s, [&] { reactor->stop(); });
  reactor->run();
  CHECK(service.sockets().empty());
  CHECK(result_of(service.stop_service()));
}

TEST_CASE("A port in use is the failure of the start", "[services][rule157]") {
  auto const reactor = make_reactor();
  RawListener const other;
  StreamServerEndpointService service(*reactor, Endpoint::tcp("127.0.0.1", other.port()),
                                      echo_factory());
  CHECK(failure_of(service.start_service()).code() == std::errc::address_in_use);
}

TEST_CASE("A client service finds a server that comes, goes and comes back", "[services][rule94]") {
  auto const reactor = make_reactor();
  auto const port = reactor->listen_tcp(0, echo_factory(), {}, "127.0.0.1").value();
  auto const where = endpoint(*port);
  auto const local = port->host();
  port->stop_listening().release();

  ClientService::Settings settings;
  settings.retry = [](std::uint64_t) { return Duration(1ms); };
  std::shared_ptr<Connection> connection;
  auto factory = make_factory([&] { return protocol_for(connection = make_connection()); });
  ClientService client(*reactor, where, std::move(factory), std::move(settings));
  client.start_service().release();
  CHECK(run_until(*reactor, [&] { return client.failures() >= 2; }));

  auto first = client.when_connected();
  auto* const again = reactor->listen(local, echo_factory()).value();
  CHECK(run_until(*reactor, [&] { return first.has_result(); }));
  connection->transport->write("ping");
  CHECK(run_until(*reactor, [&] { return connection->received == "ping"; }));

  auto const old = connection;
  connection->transport->abort_connection();
  CHECK(run_until(*reactor, [&] { return old->lost && connection != old && connection->made; }));

  auto const stopped = client.stop_service();
  CHECK(run_until(*reactor, [&] { return stopped.has_result(); }));
  CHECK(connection->lost->is(Error::connection_done));
  again->stop_listening().release();
}

bool is_root() {
  if (geteuid() == 0) return true;
  WARN("skipped: only root has privileges to give up");
  return false;
}

// Does what the test wants when it starts.
class Inspector final : public Service {
 public:
  explicit Inspector(std::function<void()> look) : look_(std::move(look)) {}

 private:
  Deferred<void> on_start() override {
    look_();
    return succeed();
  }
  std::function<void()> look_;
};

std::string proc_status(std::string const& field) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(field + ":")) return line.substr(field.size() + 2);
  return "no such field";
}

std::string run(Application& application, Reactor& reactor) {
  auto const result = application.run(reactor);
  return result ? "done" : result.failure().message();
}

TEST_CASE("An application takes its ports as root and serves as somebody else",
          "[services][rule157]") {
  if (!is_root()) return;
  ScratchDirectory const directory;  // for root only
  auto const socket = directory.path("socket");
  auto const report = in_child([&] {
    std::string seen;
    auto const reactor = make_reactor();
    Application::Settings settings;
    settings.privileges.user = settings.privileges.group = "65534";
    settings.umask = 027;
    settings.pid_file = directory.path("pid");
    Application application("test", std::move(settings));
    application.emplace_service<StreamServerEndpointService>(*reactor, Endpoint::unix(socket),
                                                             echo_factory());
    application.emplace_service<Inspector>([&] {
      std::ifstream(directory.path("pid")) >> seen;  // cannot be opened
      seen += std::to_string(getuid()) + (setuid(0) == 0 ? " root " : " ") +
              proc_status("NoNewPrivs") + " groups" + proc_status("Groups");
      raise(SIGTERM);
    });
    return run(application, *reactor) + ": " + seen;
  });
  CHECK(report == "done: 65534 1 groups ");
}

TEST_CASE("An application that may not become somebody else starts nothing", "[services]") {
  if (!is_root()) return;
  auto const report = in_child([&] {
    std::string seen = "nothing started";
    if (setuid(65534) < 0) return std::string("setuid");
    auto const reactor = make_reactor();
    Application::Settings settings;
    settings.privileges.user = settings.privileges.group = "65533";
    Application application("test", std::move(settings));
    application.emplace_service<Inspector>([&] { seen = "started"; });
    return run(application, *reactor) + ", " + seen;
  });
  CHECK(report == "setgroups: Operation not permitted, nothing started");
}

// Another process listens there, sooner or later: the file is there before that.
Peer connect_when_listening(Reactor& reactor, Address const& where) {
  std::optional<Peer> peer;
  CHECK(run_until(reactor, [&] {
    try {
      peer = Peer::connect(where);
    } catch (std::system_error const& not_yet) {
      CHECK((not_yet.code() == std::errc::connection_refused ||
             not_yet.code() == std::errc::no_such_file_or_directory));
    }
    return peer.has_value();
  }));
  return std::move(peer).value();
}

TEST_CASE("An application serves, keeps a pid file and ends with a signal", "[services][rule157]") {
  ScratchDirectory const directory;
  auto const pid_file = directory.path("pid");
  auto const socket = directory.path("socket");
  Child child([&] {
    auto const reactor = make_reactor();
    Application::Settings settings;
    settings.pid_file = pid_file;
    settings.umask = 077;
    Application application("test", std::move(settings));
    application.emplace_service<StreamServerEndpointService>(*reactor, Endpoint::unix(socket),
                                                             echo_factory());
    return run(application, *reactor);
  });
  auto const reactor = make_reactor();
  auto const where = Address::unix(socket).value();
  auto peer = connect_when_listening(*reactor, where);
  CHECK(peer.send("ping"));
  CHECK(peer.receive(4) == "ping");
  std::string written;
  std::ifstream(pid_file) >> written;
  CHECK(written == std::to_string(child.id()));
  struct stat status{};
  REQUIRE(stat(socket.c_str(), &status) == 0);
  CHECK((status.st_mode & 077) == 0);

  kill(child.id(), SIGTERM);
  CHECK(peer.receive_all().empty());
  CHECK(peer.error() == 0);  // drained, not reset
  peer.close();
  CHECK(child.report() == "done");
  CHECK_FALSE(std::filesystem::exists(pid_file));
  CHECK_FALSE(std::filesystem::exists(socket));
}

}  // namespace
