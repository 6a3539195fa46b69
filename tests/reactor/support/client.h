// A client factory that keeps what it is told.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "reactor/connector.h"
#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"

namespace twx::test {

class Client final : public ClientFactory {
 public:
  std::function<void(Connector&)> on_started, on_failed, on_lost;
  std::function<std::unique_ptr<Protocol>()> build;  // instead of the protocol of `connection`

  void start_factory() override { tell("start"); }
  void stop_factory() override { tell("stop"); }
  void started_connecting(Connector& connector) override {
    tell("started");
    if (on_started) on_started(connector);
  }
  std::unique_ptr<Protocol> build_protocol(Address const& address) override {
    tell("build");
    if (build) return build();
    {
      TestsOwn const own;
      peer = address;
      connection = make_connection();
      if (prepare) prepare(*connection);
    }
    return protocol_for(connection);
  }
  void client_connection_failed(Connector& connector, Failure const& why) override {
    tell("failed");
    reason = why;
    if (on_failed) on_failed(connector);
  }
  void client_connection_lost(Connector& connector, Failure const& why) override {
    tell("lost");
    reason = why;
    if (on_lost) on_lost(connector);
  }

  // Failed or lost; the connector has nothing more to say.
  bool ended() const { return story.ends_with("stop"); }
  std::string message() const { return reason ? reason->message() : "none"; }

  std::function<void(Connection&)> prepare;
  std::string story;  // "start started build lost stop"
  std::shared_ptr<Connection> connection;
  std::optional<Failure> reason;
  Address peer;

 private:
  void tell(std::string_view event) {
    TestsOwn const own;
    if (!story.empty()) story += " ";
    story += event;
  }
};

}  // namespace twx::test
