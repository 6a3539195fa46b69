// What the tests of IrcLogger share: a server's lines in, what is sent and what is logged out.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "clients/irc_logger.h"
#include "reactor/fakes/fake_clock.h"
#include "reactor/fakes/fake_transport.h"
#include "tests/clients/irc_log_fixture.h"
#include "tests/support/catch.h"

namespace twx::test {

struct Logging : IrcLogFixture {
  using IrcLogFixture::IrcLogFixture;

  void connect() {
    if (!book) book.emplace(clock, arguments);
    wire.emplace(&clock);
    logger.emplace(clock, arguments, *book,
                   IrcLogger::Told{.in = [this] { ++joins; },
                                   .login_refused = [this](Failure const& why) { refused = why; },
                                   .wrote = [] {}});
    wire->connect(*logger);
  }
  void deliver(std::string_view line) {
    wire->deliver(std::string(line) + "\r\n");
    wire->turn();
  }
  void deliver(std::initializer_list<std::string_view> lines) {
    for (auto const line : lines) deliver(line);
  }
  // As far as JOIN, with nothing left to be read.
  void sign_on(std::string_view tokens = "NETWORK=Net", std::string_view capabilities = "") {
    connect();
    deliver(":srv CAP * LS :" + std::string(capabilities));
    if (!capabilities.empty()) deliver(":srv CAP * ACK :" + std::string(capabilities));
    deliver(":srv 001 twistedbot :Welcome");
    deliver(":srv 005 twistedbot " + std::string(tokens) + " :are supported");
    deliver(":srv 422 twistedbot :no MOTD");
  }
  void join(std::string_view channel = "#chan", std::string_view names = "@ann bob twistedbot") {
    deliver(":twistedbot!t@h JOIN " + std::string(channel));
    deliver(":srv 353 twistedbot = " + std::string(channel) + " :" + std::string(names));
  }
  void begin(std::string_view tokens = "NETWORK=Net", std::string_view capabilities = "") {
    sign_on(tokens, capabilities);
    join();
    wire->take();
  }
  Lines sent() { return lines_of(wire->take()); }
  Lines sent(std::string_view beginning) {
    auto lines = sent();
    std::erase_if(lines, [=](auto const& line) { return !line.starts_with(beginning); });
    return lines;
  }
  void lose(Failure const& why = Error::connection_done) { wire->lose(why); }
  // Of the log, behind the lines of the connection.
  Lines said() const {
    auto lines = logged();
    std::erase_if(lines, [](auto const& line) {
      return line.starts_with("[connected") || line.starts_with("[I have joined");
    });
    return lines;
  }

  FakeClock clock;
  std::optional<IrcLogBook> book;
  std::optional<FakeTransport> wire;
  std::optional<IrcLogger> logger;
  int joins = 0;
  std::optional<Failure> refused;
};

}  // namespace twx::test
