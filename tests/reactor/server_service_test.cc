// A server as a service, without a network.
#include "reactor/server_service.h"

#include "reactor/fakes/memory_reactor.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Fixture {
  MemoryReactor reactor;
  std::shared_ptr<Factory> factory = factory_for(make_connection());
  StreamServerEndpointService service{reactor, Endpoint::tcp("", 8007), factory, {.backlog = 7}};
};

TEST_CASE("A server service listens from its start to its stop", "[server_service][rule157]") {
  Fixture f;
  CHECK(f.reactor.ports().empty());
  CHECK(result_of(f.service.start_service()));
  REQUIRE(f.service.ports().size() == 1);
  auto* const port = f.reactor.ports().at(0);
  CHECK(f.service.ports().front() == port);
  CHECK(port->host().port() == 8007);
  CHECK(&port->factory() == f.factory.get());
  CHECK(port->options().backlog == 7);
  CHECK(port->accept());

  auto const stopped = f.service.stop_service();
  CHECK_FALSE(port->listening());
  CHECK(f.service.ports().empty());
  CHECK_FALSE(stopped.has_result());  // the port closes in a later turn
  f.reactor.turn();
  CHECK(stopped.has_result());
}

TEST_CASE("Its port is taken in the privileged part", "[server_service][rule154]") {
  Fixture f;
  CHECK(result_of(f.service.privileged_start_service()));
  CHECK(f.service.ports().size() == 1);
  CHECK(result_of(f.service.start_service()));
  CHECK(f.reactor.ports().size() == 1);
}

TEST_CASE("Stopping leaves its connections alone", "[server_service][rule157]") {
  MemoryReactor reactor;
  auto const connection = make_connection();
  StreamServerEndpointService service(reactor, Endpoint::tcp("", 0), factory_for(connection));
  service.start_service().release();
  auto* const peer = reactor.ports().at(0)->accept();
  service.stop_service().release();
  reactor.turn();
  REQUIRE_FALSE(peer->lost());
  peer->deliver("still here");
  CHECK(connection->received == "still here");
}

TEST_CASE("Failure to listen is the failure of the start", "[server_service][rule157]") {
  Fixture f;
  auto const other = f.reactor.listen_tcp(8007, f.factory);
  auto const why = failure_of(f.service.start_service());
  CHECK(why.code() == std::errc::address_in_use);
  CHECK(why.message().find("8007") != std::string::npos);
  CHECK(f.service.ports().empty());
  CHECK(result_of(f.service.stop_service()));
  (*other)->stop_listening().release();
  CHECK(result_of(f.service.start_service()));
}

TEST_CASE("Failure to listen is told to the parent", "[server_service][rule157]") {
  MemoryReactor reactor;
  auto const factory = factory_for(make_connection());
  MultiService all;
  all.emplace_service<StreamServerEndpointService>(reactor, Endpoint::tcp("", 80), factory);
  all.emplace_service<StreamServerEndpointService>(reactor, Endpoint::tcp("", 80), factory);
  CHECK(failure_of(all.start_service()).code() == std::errc::address_in_use);
  all.stop_service().release();
  reactor.turn();
  CHECK_FALSE(reactor.ports().at(0)->listening());
}

TEST_CASE("It listens on every address of a name", "[server_service]") {
  MemoryReactor reactor;
  reactor.set_addresses("both",
                        {Address::ip("192.168.1.2", 0).value(), Address::ip("fe80::1", 0).value()});
  StreamServerEndpointService service(reactor, Endpoint::tcp("both", 80),
                                      factory_for(make_connection()));
  auto const started = service.start_service();
  CHECK_FALSE(started.has_result());
  reactor.turn();
  CHECK(started.has_result());
  CHECK(service.ports().size() == 2);
  auto const stopped = service.stop_service();
  reactor.turn();
  CHECK(stopped.has_result());
  for (auto const* port : reactor.ports()) CHECK_FALSE(port->listening());
}

TEST_CASE("A stop during the look-up means that it never listens", "[server_service]") {
  MemoryReactor reactor;
  reactor.set_addresses("name", {Address::ip("192.168.1.2", 0).value()});
  std::optional<StreamServerEndpointService> service;
  service.emplace(reactor, Endpoint::tcp("name", 80), factory_for(make_connection()));
  auto started = service->start_service();
  SECTION("by stop_service") {
    CHECK(result_of(service->stop_service()));
    CHECK(failure_of(std::move(started)).is(Error::cancelled));
  }
  SECTION("by its end") {
    service.reset();
    CHECK(failure_of(std::move(started)).is(Error::abandoned));
  }
  reactor.turn();
  CHECK(reactor.ports().empty());
}

TEST_CASE("A server service that goes closes its ports", "[server_service]") {
  MemoryReactor reactor;
  {
    StreamServerEndpointService service(reactor, Endpoint::tcp("", 80),
                                        factory_for(make_connection()));
    service.start_service().release();
  }
  CHECK_FALSE(reactor.ports().at(0)->listening());
}

TEST_CASE("It says where it listens", "[server_service]") {
  LogLines const log;
  Fixture f;
  f.service.set_name("quotes");
  f.service.start_service().release();
  CHECK(log.count("quotes: listening on tcp://") == 1);
}

}  // namespace
