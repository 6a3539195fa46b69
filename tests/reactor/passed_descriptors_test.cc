// Descriptors that are passed over unix sockets, beside the bytes.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

std::ptrdiff_t open_descriptors() {
  auto const all = std::filesystem::directory_iterator("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

// A pipe whose ends tell each other apart.
struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
  }
  // What comes through `in` is read here.
  bool is_fed_by(int other) const {
    char byte = 0;
    return write(other, "x", 1) == 1 && read(out.get(), &byte, 1) == 1 && byte == 'x';
  }
  Descriptor out, in;
};

// Two connections of one reactor, connected to each other.
struct Pair {
  Pair() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    auto const any = Address::unix("@peer").value();
    auto const left_factory = factory_for(left);
    auto const right_factory = factory_for(right);
    reactor->adopt(ends[0], any, *left_factory);
    reactor->adopt(ends[1], any, *right_factory);
    REQUIRE(run_until(*reactor, [this] { return left->made && right->made; }));
  }
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Connection> left = make_connection();
  std::shared_ptr<Connection> right = make_connection();
};

TEST_CASE("A descriptor arrives with the byte that is written after it", "[descriptors][rule145]") {
  Pair f;
  Pipe const pipe;
  f.right->calling([](Transport& t) { REQUIRE(t.receive_descriptors()); });
  f.left->calling([&](Transport& t) {
    t.write("before ");
    REQUIRE(t.send_descriptor(pipe.in.get()));
    t.write("after");
  });
  REQUIRE(run_until(*f.reactor, [&] { return f.right->received == "before after"; }));
  CHECK(f.right->story == "made data descriptor data");
  REQUIRE(f.right->descriptors.size() == 1);
  auto const got = f.right->descriptors[0].get();
  CHECK(got != pipe.in.get());
  CHECK((fcntl(got, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(pipe.is_fed_by(got));
}

TEST_CASE("Each comes with its own byte, in order, however much is written",
          "[descriptors][rule145]") {
  Pair f;
  Pipe const one, two;
  auto const large = std::string(300'000, 'x');
  f.right->calling([](Transport& t) { REQUIRE(t.receive_descriptors()); });
  f.left->calling([&](Transport& t) {
    REQUIRE(t.send_descriptor(one.in.get()));
    t.write(large);
    REQUIRE(t.send_descriptor(two.in.get()));
    t.write("end");
  });
  REQUIRE(run_until(*f.reactor, [&] { return f.right->received.size() == large.size() + 3; }));
  REQUIRE(f.right->descriptors.size() == 2);
  CHECK(one.is_fed_by(f.right->descriptors[0].get()));
  CHECK(two.is_fed_by(f.right->descriptors[1].get()));
}

TEST_CASE("More than go with one byte go with the next ones", "[descriptors][rule145]") {
  Pair f;
  Pipe const pipe;
  f.right->calling([](Transport& t) { REQUIRE(t.receive_descriptors()); });
  f.left->calling([&](Transport& t) {
    for (auto i = 0; i < 150; ++i) REQUIRE(t.send_descriptor(pipe.in.get()));
    t.write("three");
  });
  REQUIRE(run_until(*f.reactor, [&] { return f.right->received == "three"; }));
  CHECK(f.right->descriptors.size() == 150);
}

TEST_CASE("Who has not asked for descriptors gets none, and keeps none open",
          "[descriptors][rule145]") {
  Pair f;
  Pipe const pipe;
  auto const before = open_descriptors();
  f.left->calling([&](Transport& t) {
    REQUIRE(t.send_descriptor(pipe.in.get()));
    t.write("hello");
  });
  REQUIRE(run_until(*f.reactor, [&] { return f.right->received == "hello"; }));
  CHECK(f.right->descriptors.empty());
  CHECK(open_descriptors() == before);
}

TEST_CASE("A descriptor after which nothing is written is closed with the connection",
          "[descriptors][rule145]") {
  Pair f;
  Pipe const pipe;
  auto const before = open_descriptors();
  f.left->calling([&](Transport& t) {
    REQUIRE(t.send_descriptor(pipe.in.get()));
    t.lose_connection();
  });
  REQUIRE(run_until(*f.reactor, [&] { return f.left->lost && f.right->lost; }));
  run_turns(*f.reactor);
  CHECK(open_descriptors() == before - 2);  // the two sockets
}

TEST_CASE("What is no unix socket passes no descriptors", "[descriptors][rule145]") {
  auto const reactor = make_reactor();
  auto const served = make_connection();
  auto* const port = reactor->listen_tcp(0, factory_for(served), {}, "127.0.0.1").value();
  auto const peer = Peer::connect(port->host());
  REQUIRE(run_until(*reactor, [&] { return served->made; }));
  served->calling([](Transport& t) {
    CHECK(t.send_descriptor(0).failure().code() == std::errc::operation_not_supported);
    CHECK(t.receive_descriptors().failure().code() == std::errc::operation_not_supported);
  });
}

TEST_CASE("A descriptor that is none is refused", "[descriptors][rule145]") {
  Pair f;
  f.left->calling([](Transport& t) {
    CHECK(t.send_descriptor(-1).failure().code() == std::errc::bad_file_descriptor);
  });
}

}  // namespace
