// A server of datagrams as a service, without a network.
#include "reactor/datagram_service.h"

#include "reactor/fakes/memory_reactor.h"
#include "tests/reactor/support/datagrams.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Fixture {
  explicit Fixture(Endpoint where = Endpoint::udp("", 53)) { make(std::move(where)); }
  void make(Endpoint where) {
    service.emplace(
        reactor, std::move(where),
        [this] { return protocol_for(made.emplace_back(std::make_shared<Datagrams>())); },
        DatagramOptions{.max_size = 512});
  }
  FakeDatagramTransport& socket(std::size_t i = 0) { return *reactor.datagrams().at(i); }

  MemoryReactor reactor;
  std::vector<std::shared_ptr<Datagrams>> made;
  std::optional<DatagramServerService> service;
};

Address const client = Address::ip("192.0.2.1", 1053).value();

TEST_CASE("A datagram service listens from its start to its stop", "[datagram_service][rule157]") {
  Fixture f;
  CHECK(f.reactor.datagrams().empty());
  CHECK(result_of(f.service->start_service()));
  CHECK(f.service->sockets() == std::vector<DatagramTransport*>{&f.socket()});
  CHECK(f.socket().host().port() == 53);
  CHECK(f.socket().options().max_size == 512);
  f.reactor.turn();
  CHECK(f.made.at(0)->story == "start");

  auto const stopped = f.service->stop_service();
  CHECK_FALSE(f.socket().listening());
  CHECK(f.service->sockets().empty());
  CHECK_FALSE(stopped.has_result());  // stop_protocol comes in a later turn
  f.reactor.turn();
  CHECK(stopped.has_result());
  CHECK(f.made.at(0)->story == "start stop");
  CHECK(f.made.at(0)->destroyed);

  CHECK(result_of(f.service->start_service()));
  CHECK(f.service->sockets() == std::vector<DatagramTransport*>{&f.socket(1)});
}

TEST_CASE("Its protocol hears all and answers", "[datagram_service][rule157]") {
  Fixture f;
  f.service->start_service().release();
  f.reactor.turn();
  auto& connection = *f.made.at(0);
  connection.on_received = echo_datagram;
  f.socket().deliver("ping", client);
  f.socket().set_peer(client);
  f.socket().refuse();
  f.socket().set_blocked(true);
  CHECK_FALSE(connection.transport->write("later", client));
  f.socket().set_blocked(false);
  f.reactor.turn();
  f.service->stop_service().release();
  f.reactor.turn();
  CHECK(connection.story == "start data refused resume stop");
}

TEST_CASE("Its sockets are taken in the privileged part", "[datagram_service][rule154]") {
  Fixture f;
  CHECK(result_of(f.service->privileged_start_service()));
  CHECK(f.service->sockets().size() == 1);
  CHECK(result_of(f.service->start_service()));
  CHECK(f.reactor.datagrams().size() == 1);
}

TEST_CASE("Failure to listen for datagrams is the failure of the start",
          "[datagram_service][rule157]") {
  Fixture f;
  auto* const other = f.reactor.listen_udp(53, std::make_unique<DatagramProtocol>()).value();
  auto const why = failure_of(f.service->start_service());
  CHECK(why.code() == std::errc::address_in_use);
  CHECK(why.message().find("53") != std::string::npos);
  CHECK(f.service->sockets().empty());
  CHECK(result_of(f.service->stop_service()));
  other->stop_listening().release();
  CHECK(result_of(f.service->start_service()));
}

TEST_CASE("An endpoint of streams is none for datagrams", "[datagram_service]") {
  Fixture f(Endpoint::tcp("", 53));
  CHECK(failure_of(f.service->start_service()).code() == std::errc::wrong_protocol_type);
}

TEST_CASE("Datagrams are received on every address of a name", "[datagram_service]") {
  Fixture f(Endpoint::udp("both", 53));
  f.reactor.set_addresses("both", {Address::ip("192.168.1.2", 0).value(),
                                   Address::ip("fe80::1", 0).value()});
  auto const started = f.service->start_service();
  CHECK_FALSE(started.has_result());
  f.reactor.turn();
  CHECK(started.has_result());
  CHECK(f.service->sockets().size() == 2);
  auto const stopped = f.service->stop_service();
  f.reactor.turn();
  CHECK(stopped.has_result());
  for (auto const* socket : f.reactor.datagrams()) CHECK_FALSE(socket->listening());
}

TEST_CASE("A stop during the look-up means that no datagram is received", "[datagram_service]") {
  Fixture f(Endpoint::udp("name", 53));
  f.reactor.set_addresses("name", {Address::ip("192.168.1.2", 0).value()});
  auto started = f.service->start_service();
  SECTION("by stop_service") {
    CHECK(result_of(f.service->stop_service()));
    CHECK(failure_of(std::move(started)).is(Error::cancelled));
  }
  SECTION("by its end") {
    f.service.reset();
    CHECK(failure_of(std::move(started)).is(Error::abandoned));
  }
  f.reactor.turn();
  CHECK(f.reactor.datagrams().empty());
}

TEST_CASE("A datagram service that goes closes its sockets", "[datagram_service]") {
  Fixture f;
  f.service->start_service().release();
  SECTION("before they have begun") {}
  SECTION("after it") { f.reactor.turn(); }
  f.service.reset();
  CHECK_FALSE(f.socket().listening());
  f.reactor.turn();
  CHECK(f.made.at(0)->destroyed);
}

TEST_CASE("A socket that its protocol has stopped is no longer the service's",
          "[datagram_service]") {
  Fixture f;
  f.service->start_service().release();
  f.reactor.turn();
  f.made.at(0)->transport->stop_listening().release();
  CHECK(f.service->sockets().empty());
  f.reactor.turn();
  CHECK(f.made.at(0)->destroyed);
  CHECK(result_of(f.service->stop_service()));
}

TEST_CASE("It says where it receives datagrams", "[datagram_service]") {
  LogLines const log;
  Fixture f;
  f.service->set_name("names");
  f.service->start_service().release();
  CHECK(log.count("names: listening on udp://") == 1);
}

}  // namespace
