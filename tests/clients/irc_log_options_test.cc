#include "clients/irc_log_options.h"

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "cli/parse.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

constexpr Command command{"irc-log", "test", "", nullptr};

struct Parsing {
  std::string complaint(std::vector<char const*> args) {
    Options options;
    values = declare_irc_log(options);
    auto const result = parse(command, options, args);
    auto const* const error = std::get_if<UsageError>(&result);
    return error ? error->message : "";
  }
  IrcLogArguments& parsed(std::vector<char const*> args) {
    args.insert(args.end(), {"#chan", "log.txt"});
    CHECK(complaint(std::move(args)) == "");
    return *values;
  }
  std::string refused(std::vector<char const*> args) {
    args.insert(args.end(), {"#chan", "log.txt"});
    return complaint(std::move(args));
  }

  std::shared_ptr<IrcLogArguments> values;
};

}  // namespace

TEST_CASE("By itself it is twistedbot on Libera Chat, over TLS", "[irc-log]") {
  Parsing f;
  auto const& values = f.parsed({});
  CHECK(values.irc.nick == "twistedbot");
  CHECK(values.irc.user == "twistedbot");
  CHECK(values.endpoint == Endpoint::tcp("irc.libera.chat", 6697));
  CHECK(values.tls.wanted);
  CHECK_FALSE(values.in_clear);
  CHECK(values.reconnect_min == 2s);
  CHECK(values.reconnect_max == 5min);
  CHECK(values.replies);
  CHECK(values.channels.size() == 1);
  CHECK(values.log.style.label == IrcLogLabel::none);
}

TEST_CASE("The server is a host, a host and a port, or an endpoint", "[irc-log]") {
  Parsing f;
  auto const where = [&](std::vector<char const*> args) {
    auto const& values = f.parsed(std::move(args));
    return values.endpoint.to_string() + (values.tls.wanted ? " TLS" : "");
  };
  CHECK(where({"--server", "h"}) == "h:6697 TLS");
  CHECK(where({"--server", "h:7000"}) == "h:7000 TLS");
  CHECK(where({"--server", "h", "--port", "7000"}) == "h:7000 TLS");
  CHECK(where({"--server", "h", "--no-tls"}) == "h:6667");
  CHECK(where({"--server", "::1"}) == "[::1]:6697 TLS");
  CHECK(where({"--server", "[::1]"}) == "[::1]:6697 TLS");
  CHECK(where({"--server", "[::1]:7000"}) == "[::1]:7000 TLS");
  CHECK(where({"--server", "tcp://h:6667"}) == "h:6667");
  CHECK(where({"--server", "tls://h:6697"}) == "h:6697 TLS");
  CHECK(where({"--server", "tcp://h:6667", "--tls"}) == "h:6667 TLS");
  CHECK(where({"--server", "unix:///s"}) == "/s");
  CHECK_THAT(f.refused({"--server", "h:1", "--port", "2"}), ContainsSubstring("leave --port out"));
  CHECK_THAT(f.refused({"--tls", "--no-tls"}), ContainsSubstring("exclude each other"));
  CHECK_THAT(f.refused({"--no-tls", "--insecure"}), ContainsSubstring("TLS without TLS"));
  CHECK_FALSE(f.refused({"--server", "udp://h:1"}).empty());
  CHECK_FALSE(f.refused({"--server", "tls://h:1", "--no-tls"}).empty());
}

TEST_CASE("Channels come in a list, with their keys, each once", "[irc-log]") {
  Parsing f;
  CHECK(f.complaint({"#a,#b,#A", "log", "--channel-key", "#b=secret"}) == "");
  REQUIRE(f.values->channels.size() == 2);
  CHECK(f.values->channels[0].name == "#a");
  CHECK(f.values->channels[1].password == "secret");
  CHECK(f.values->log.style.label == IrcLogLabel::channel);
  CHECK(f.complaint({"#a,#b", "{channel}.log"}) == "");
  CHECK(f.values->log.style.label == IrcLogLabel::none);
  CHECK_THAT(f.complaint({"chan", "log"}), ContainsSubstring("use '#name'"));
  CHECK_FALSE(f.complaint({"#a b", "log"}).empty());
  CHECK_FALSE(f.complaint({"#a,,#b", "log"}).empty());
  CHECK_FALSE(f.complaint({"", "log"}).empty());
  CHECK_FALSE(f.complaint({"#a", ""}).empty());
  CHECK_FALSE(f.complaint({"#a", "{nonsense}"}).empty());
  CHECK_FALSE(f.complaint({"#a", "log", "--channel-key", "#b=secret"}).empty());
  CHECK_FALSE(f.complaint({"#a", "log", "--channel-key", "secret"}).empty());
}

TEST_CASE("A login has what it needs, and nothing else", "[irc-log]") {
  Parsing f;
  CHECK(f.parsed({"--sasl", "plain"}).irc.login->user == "twistedbot");
  CHECK(f.parsed({"--sasl", "plain", "--nick", "me"}).irc.login->user == "me");
  CHECK(f.parsed({"--sasl", "scram-sha-256", "--sasl-user", "acc"}).irc.login->user == "acc");
  CHECK(f.parsed({"--sasl", "external", "--cert", "me.pem"}).irc.login->user == "");
  CHECK_THAT(f.refused({"--sasl", "external"}), ContainsSubstring("--cert"));
  CHECK_THAT(f.refused({"--sasl-user", "me"}), ContainsSubstring("no --sasl"));
  CHECK_FALSE(f.refused({"--sasl", "plain", "--nick", "a b"}).empty());
  CHECK_FALSE(f.refused({"--nick", "#a"}).empty());
  CHECK(f.parsed({"--nick", "[log]"}).irc.user == "log");
  CHECK_FALSE(f.refused({"--realname", "two\nlines"}).empty());
  CHECK_FALSE(f.refused({"--reconnect-min", "1h"}).empty());
}

TEST_CASE("Forms, times and the rest of the log are chosen by name", "[irc-log]") {
  Parsing f;
  auto const& values = f.parsed({"--format", "jsonl", "--time", "server", "--encoding", "latin1",
                                 "--fsync", "interval", "--ignore", "spam*", "--no-replies"});
  CHECK(values.log.form == IrcLogForm::jsonl);
  CHECK(values.log.time == IrcLogTime::server);
  CHECK(values.log.style.encoding == IrcEncoding::latin1);
  CHECK(values.log.sync == IrcLogSync::interval);
  CHECK(values.ignored == std::vector<std::string>{"spam*!*@*"});
  CHECK_FALSE(values.replies);
}

TEST_CASE("Passwords are the first lines of files, or in the environment", "[irc-log]") {
  test::ScratchDirectory scratch;
  std::ofstream(scratch.path("pw")) << "sesame\r\nsecond\n";
  std::ofstream(scratch.path("empty")) << "\n";
  Parsing f;
  auto& values = f.parsed({"--sasl", "plain"});
  CHECK_FALSE(read_passwords(values));
  values.sasl_password_file = values.nickserv_password_file = scratch.path("pw");
  CHECK(read_passwords(values));
  CHECK(values.irc.login->password.text() == "sesame");
  CHECK(values.nickserv_password.text() == "sesame");
  values.sasl_password_file = scratch.path("empty");
  CHECK_FALSE(read_passwords(values));
  values.sasl_password_file = scratch.path("missing");
  CHECK(read_passwords(values).failure().is(Error::cannot_read));
  values.sasl_password_file.clear();
  setenv("TWX_SASL_PASSWORD", "of the environment", 1);
  CHECK(read_passwords(values));
  unsetenv("TWX_SASL_PASSWORD");
  CHECK(values.irc.login->password.text() == "of the environment");
}
