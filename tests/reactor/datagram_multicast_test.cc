// Multicast within this machine; where the system has none, the cases say so and end.
#include <net/if.h>

#include "reactor/reactor.h"
#include "tests/reactor/support/datagrams.h"
#include "tests/reactor/support/deferred.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

constexpr auto group_of_ipv4 = "239.255.17.17";
constexpr auto group_of_ipv6 = "ff01::1717";  // what is sent there leaves this machine nowhere

// Loopback has no route for groups of IPv6 on many systems.
std::vector<std::string> interfaces_for(Address const& group) {
  std::vector<std::string> names{"lo"};
  if (group.family() != AF_INET6) return names;
  auto* const all = if_nameindex();
  for (auto const* each = all; each && each->if_index != 0; ++each)
    names.emplace_back(each->if_name);
  if_freenameindex(all);
  return names;
}

// A member of a group, and a sender.
struct Scene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Datagrams> socket = std::make_shared<Datagrams>();
  std::shared_ptr<Datagrams> sender_socket = std::make_shared<Datagrams>();
  DatagramTransport* member;
  DatagramTransport* sender;
  Address group;
  std::string interface;

  Scene(std::string_view group_name, std::string_view member_at, std::string_view sender_at)
      : member(reactor->listen_udp(0, protocol_for(socket), {}, member_at).value()),
        sender(reactor->listen_udp(0, protocol_for(sender_socket), {}, sender_at).value()),
        group(Address::ip(group_name, member->host().port()).value()) {}

  // Why there can be no multicast here; empty if there can, and then `interface` is where.
  std::string missing() {
    std::string why;
    for (auto const& each : interfaces_for(group)) {
      interface = each;
      why = missing_there();
      if (why.empty()) break;
    }
    return why;
  }
  std::string missing_there() {
    if (auto chosen = sender->set_multicast_interface(interface); !chosen)
      return chosen.failure().message();
    if (auto joined = member->join_group(group, interface); !joined)
      return joined.failure().message();
    auto const error = sender->write("probe", group);
    auto const arrived = !error && received(1);
    static_cast<void>(member->leave_group(group, interface));
    socket->received.clear();
    return arrived ? "" : error ? error.message() : "datagrams to a group do not come back";
  }
  bool received(std::size_t count) {
    return run_until(*reactor, [&] { return socket->received.size() >= count; }, 1s);
  }
};

void check_membership(Scene& scene) {
  if (auto const why = scene.missing(); !why.empty()) {
    WARN("skipped, no multicast here: " << why);
    return;
  }
  auto const& group = scene.group;
  REQUIRE(scene.member->join_group(group, scene.interface));
  CHECK_FALSE(scene.sender->write("to all", group));
  REQUIRE(scene.received(1));
  CHECK(scene.socket->received[0].data == "to all");
  CHECK(scene.socket->received[0].destination.host().starts_with(group.host()));
  CHECK(scene.socket->received[0].to_many);

  REQUIRE(scene.member->leave_group(group, scene.interface));
  CHECK_FALSE(scene.sender->write("to nobody", group));
  REQUIRE(scene.member->join_group(group, scene.interface));
  scene.sender->set_multicast_loopback(false);
  CHECK_FALSE(scene.sender->write("to others", group));
  scene.sender->set_multicast_loopback(true);
  CHECK_FALSE(scene.sender->write("again", group));
  REQUIRE(scene.received(2));
  CHECK(scene.socket->last() == "again");
}

TEST_CASE("A member gets what is sent to its group, until it leaves", "[datagram][rule144]") {
  Scene scene(group_of_ipv4, "0.0.0.0", "0.0.0.0");
  check_membership(scene);
}

TEST_CASE("A socket for both families can be a member of an IPv4 group", "[datagram][rule144]") {
  Scene scene(group_of_ipv4, "", "");
  check_membership(scene);
}

TEST_CASE("The same for a group of IPv6", "[datagram][rule144]") {
  Scene scene(group_of_ipv6, "", "");
  check_membership(scene);
}

TEST_CASE("What a member answers comes from an address of its own", "[datagram][rule144]") {
  struct Row {
    char const* group;
    char const* interface;
  };
  for (auto const& [group, interface] :
       {Row{group_of_ipv4, ""}, Row{group_of_ipv4, "0.0.0.0"}, Row{group_of_ipv6, ""}}) {
    INFO(group << " " << interface);
    Scene scene(group, interface, interface);
    if (auto const why = scene.missing(); !why.empty()) {
      WARN("skipped, no multicast here: " << why);
      continue;
    }
    REQUIRE(scene.member->join_group(scene.group, scene.interface));
    scene.socket->on_received = echo_datagram;
    CHECK_FALSE(scene.sender->write("who?", scene.group));
    REQUIRE(run_until(*scene.reactor, [&] { return scene.sender_socket->last() == "who?"; }));
    CHECK(scene.sender_socket->received[0].from.port() == scene.member->host().port());
    CHECK(scene.sender_socket->received[0].from.host() != scene.group.host());
  }
}

TEST_CASE("The time to live of what goes to a group can be set", "[datagram][rule144]") {
  Scene scene(group_of_ipv4, "0.0.0.0", "0.0.0.0");
  if (auto const why = scene.missing(); !why.empty()) {
    WARN("skipped, no multicast here: " << why);
    return;
  }
  REQUIRE(scene.member->join_group(scene.group, "lo"));
  auto const port = scene.group.port();
  scene.member->stop_listening().release();
  auto peer = DatagramPeer::on("0.0.0.0", port);
  peer.ask_for_ttl();
  auto const other =
      scene.reactor->listen_udp(0, protocol_for(std::make_shared<Datagrams>()), {}, "0.0.0.0");
  REQUIRE((*other)->join_group(scene.group, "lo"));  // a plain socket hears of all groups here
  CHECK_FALSE(scene.sender->write("near", scene.group));
  CHECK(peer.receive() == "near");
  CHECK(peer.ttl() == 1);
  scene.sender->set_multicast_ttl(7);
  CHECK_FALSE(scene.sender->write("far", scene.group));
  CHECK(peer.receive() == "far");
  CHECK(peer.ttl() == 7);
}

TEST_CASE("An interface is known by its name or by an address", "[datagram][rule144]") {
  auto const reactor = make_reactor();
  auto* const transport =
      reactor->listen_udp(0, protocol_for(std::make_shared<Datagrams>())).value();
  CHECK(transport->set_multicast_interface("lo"));
  CHECK(transport->set_multicast_interface("127.0.0.1"));
  CHECK(transport->set_multicast_interface("::1"));
  CHECK(transport->set_multicast_interface(""));
  auto const none = transport->set_multicast_interface("no-such-one");
  REQUIRE_FALSE(none);
  CHECK(none.failure().code() == std::errc::no_such_device);
  CHECK_FALSE(transport->set_multicast_interface("192.0.2.77"));
}

TEST_CASE("Joining and leaving fail with what was wrong", "[datagram][rule144]") {
  auto const reactor = make_reactor();
  auto* const transport =
      reactor->listen_udp(0, protocol_for(std::make_shared<Datagrams>())).value();
  auto const group = Address::ip(group_of_ipv4, 0).value();
  auto const refused = [](Result<void> const& result, std::string const& message) {
    REQUIRE_FALSE(result);
    CHECK(result.failure().is(Error::cannot_join_group));
    CHECK_THAT(result.failure().message(), ContainsSubstring(message));
  };
  refused(transport->join_group(Address::ip("127.0.0.1", 0).value(), "lo"),
          "join 127.0.0.1 on lo: Invalid argument");
  refused(transport->join_group(group, "no-such-one"),
          "join 239.255.17.17 on no-such-one: No such device");
  refused(transport->join_group(Address::unix("/x").value()), "join /x: ");
  refused(transport->leave_group(group, "lo"), "leave 239.255.17.17 on lo: ");
  REQUIRE(transport->join_group(group, "lo"));
  refused(transport->join_group(group, "lo"), "Address already in use");
  REQUIRE(transport->leave_group(group, "127.0.0.1"));
  transport->stop_listening().release();
  refused(transport->join_group(group, "lo"), "Bad file descriptor");
}

}  // namespace
