// What connections carry, written down.
#include "protocols/traffic_logging.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "protocols/line_receiver.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using namespace std::string_view_literals;

std::string content(std::string const& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Scene {
  FakeTransport& connect() {
    auto& wire = *wires.emplace_back(std::make_unique<FakeTransport>());
    wire.connect(factory->build_protocol({}));
    return wire;
  }
  Transport& inside() { return *connection->transport; }
  std::string logged(int number = 1) { return content(prefix + "-" + std::to_string(number)); }

  ScratchDirectory directory;
  std::string prefix = directory.path("log");
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Factory> inner =
      make_factory([this] { return protocol_for(connection = make_connection()); });
  std::shared_ptr<Factory> factory = std::make_shared<TrafficLoggingFactory>(inner, prefix);
  std::vector<std::unique_ptr<FakeTransport>> wires;
};

TEST_CASE("A connection's file tells what each side has sent", "[traffic_logging][rule162]") {
  Scene scene;
  auto& wire = scene.connect();
  CHECK(scene.logged() == "*\n");
  wire.deliver("GET / HTTP/1.0\r\n\r\n");
  scene.inside().write("HTTP/1.0 200 OK\r\n");
  scene.inside().write(std::make_shared<std::string const>("\r\n"));
  scene.inside().write_sequence(std::vector{bytes("Hello"), bytes(", world\n"), bytes("")});
  scene.inside().lose_connection();
  CHECK(wire.take() == "HTTP/1.0 200 OK\r\n\r\nHello, world\n");
  CHECK(scene.connection->received == "GET / HTTP/1.0\r\n\r\n");
  wire.turn();
  CHECK(wire.lost());
  CHECK(scene.logged() ==
        "*\n"
        R"(C 1: 'GET / HTTP/1.0\r\n\r\n')"
        "\n"
        R"(S 1: 'HTTP/1.0 200 OK\r\n')"
        "\n"
        R"(S 1: '\r\n')"
        "\n"
        R"(SV 1: ['Hello', ', world\n', ''])"
        "\n"
        "S 1: *\n");
}

TEST_CASE("A line is one entry", "[traffic_logging][rule105][rule162]") {
  struct Answer final : LineReceiver {
    void line_received(std::string_view) override { send_line("Fine"); }
  };
  Scene scene;
  scene.factory = std::make_shared<TrafficLoggingFactory>(factory_for<Answer>(), scene.prefix);
  scene.connect().deliver("How are you?\r\n");
  CHECK(scene.logged() ==
        "*\n"
        R"(C 1: 'How are you?\r\n')"
        "\n"
        R"(S 1: 'Fine\r\n')"
        "\n");
}

TEST_CASE("Each connection has its number and its file", "[traffic_logging][rule162]") {
  Scene scene;
  scene.connect();
  auto& second = scene.connect();
  scene.connect();
  second.deliver("x");
  CHECK(scene.logged(1) == "*\n");
  CHECK(scene.logged(2) == "*\nC 2: 'x'\n");
  CHECK(scene.logged(3) == "*\n");
}

TEST_CASE("Bytes stand as Python shows them", "[traffic_logging][rule162]") {
  struct Case {
    std::string_view data, shown;
  };
  auto const [data, shown] = GENERATE(values<Case>({
      {"plain text ~", R"('plain text ~')"},
      {"tab\tnl\ncr\r", R"('tab\tnl\ncr\r')"},
      {"\0\1\x1f\x7f\x80\xff"sv, R"('\x00\x01\x1f\x7f\x80\xff')"},
      {"back\\slash", R"('back\\slash')"},
      {"it's", R"("it's")"},
      {"\"quoted\"", R"('"quoted"')"},
      {"it's \"both\"", R"('it\'s "both"')"},
      {"caf\xc3\xa9", R"('caf\xc3\xa9')"},
  }));
  Scene scene;
  scene.connect().deliver(data);
  CHECK(scene.logged() == "*\nC 1: " + std::string(shown) + "\n");
}

TEST_CASE("The file begins anew and is for its owner alone", "[traffic_logging]") {
  Scene scene;
  std::ofstream(scene.prefix + "-1") << "of yesterday\n";
  std::filesystem::permissions(scene.prefix + "-1", std::filesystem::perms(0600));
  scene.connect();
  scene.connect();
  CHECK(scene.logged() == "*\n");
  struct stat status{};
  REQUIRE(stat((scene.prefix + "-2").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("A file that cannot be opened is told once and hurts no traffic",
          "[traffic_logging][rule162]") {
  LogLines const log;
  Scene scene;
  SECTION("no directory") { scene.prefix = scene.directory.path("none/log"); }
  SECTION("a link") {
    for (auto const* number : {"-1", "-2"})
      std::filesystem::create_symlink(scene.directory.path("target"), scene.prefix + number);
  }
  SECTION("a pipe without a reader") {
    for (auto const* number : {"-1", "-2"})
      REQUIRE(mkfifo((scene.prefix + number).c_str(), 0600) == 0);
  }
  scene.factory = std::make_shared<TrafficLoggingFactory>(scene.inner, scene.prefix);
  for (int i = 0; i < 2; ++i) {
    auto& wire = scene.connect();
    wire.deliver("ping");
    scene.inside().write("pong");
    CHECK(scene.connection->received == "ping");
    CHECK(wire.take() == "pong");
  }
  CHECK(log.count("cannot log traffic to " + scene.prefix + "-1: ") == 1);
  CHECK(log.count("cannot log traffic") == 1);
  CHECK_FALSE(std::filesystem::exists(scene.directory.path("target")));
}

TEST_CASE("A file that cannot be written any more is told once and hurts no traffic",
          "[traffic_logging][rule162]") {
  auto const report = in_child([] {
    LogLines const log;
    Scene scene;
    auto& wire = scene.connect();
    signal(SIGXFSZ, SIG_IGN);
    rlimit const limit{10, 10};
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0) return std::string("setrlimit");
    for (int i = 0; i < 3; ++i) wire.deliver("ping");
    scene.inside().write("pong");
    return scene.connection->received + " " + wire.take() + " " + log.text();
  });
  CHECK(report.starts_with("pingpingping pong cannot log traffic to "));
  CHECK(report.ends_with("log-1: File too large\n"));
}

TEST_CASE("What is forwarded would not be logged, so nothing is", "[traffic_logging]") {
  Scene scene;
  scene.connect();
  FakeTransport sink;
  CHECK_FALSE(scene.inside().forward_to(sink));
  CHECK_FALSE(scene.inside().forward_to_file(1, 1));
}

TEST_CASE("Spewing says both ways in the log", "[traffic_logging][rule162]") {
  LogLines const log;
  Scene scene;
  scene.factory = std::make_shared<SpewingFactory>(scene.inner);
  auto& wire = scene.connect();
  wire.deliver("ping\n");
  scene.inside().write("pong\n");
  scene.inside().write(std::make_shared<std::string const>("shared"));
  scene.inside().write_sequence(std::vector{bytes("a"), bytes("b")});
  CHECK(wire.take() == "pong\nsharedab");
  CHECK(scene.connection->received == "ping\n");
  CHECK(log.count(R"(Received: 'ping\n')") == 1);
  CHECK(log.count(R"(Sending: 'pong\n')") == 1);
  CHECK(log.count("Sending: 'shared'") == 1);
  CHECK(log.count("Sending: 'a'") == 1);
  CHECK(log.count("Sending: 'b'") == 1);
}

}  // namespace
