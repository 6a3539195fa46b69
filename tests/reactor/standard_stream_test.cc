// Standard input and output as a connection: in a child, whose descriptors 0 and 1 are what each
// case says.
#include "reactor/standard_stream.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/reactor/support/connection.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) { REQUIRE(fd >= 0); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { reset(); }
  operator int() const { return fd_; }
  void reset() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

struct Pipe {
  // A child that dies must fail the test, not end it.
  Pipe() : Pipe(make()) {
    signal(SIGPIPE, [](int) {});
  }
  Descriptor read_end;
  Descriptor write_end;

  void write(std::string_view text) {
    while (!text.empty()) {
      auto const count = ::write(write_end, text.data(), text.size());
      if (count <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  std::string read_all() {
    std::string all;
    char buffer[65536];
    for (ssize_t count; (count = ::read(read_end, buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(count));
    return all;
  }

 private:
  struct Both {
    int fds[2];
  };
  static Both make() {
    Both both{};
    REQUIRE(pipe2(both.fds, O_CLOEXEC) == 0);
    return both;
  }
  explicit Pipe(Both const& both) : read_end(both.fds[0]), write_end(both.fds[1]) {}
};

using Script = std::function<void(Connection&, Reactor&)>;

void echo_all(Connection& connection, Reactor&) { connection.on_data = echo; }

// In the child: what became of a connection over `in` and `out`, and of their flags.
std::string standard_connection(int in, int out, Script const& script) {
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  auto const input_flags = fcntl(STDIN_FILENO, F_GETFL);
  auto const output_flags = fcntl(STDOUT_FILENO, F_GETFL);
  auto const reactor = make_reactor();
  auto const connection = make_connection();
  script(*connection, *reactor);
  auto const input_open = fcntl(STDIN_FILENO, F_GETFD) >= 0;
  auto const output_open = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
  reactor->standard_io(protocol_for(connection));
  auto const before = processor_time();
  auto flags_kept = true;
  auto const done = run_until(*reactor, [&] {
    auto const input_now = fcntl(STDIN_FILENO, F_GETFL);
    auto const output_now = fcntl(STDOUT_FILENO, F_GETFL);
    flags_kept &= (input_now < 0 || input_now == input_flags) &&
                  (output_now < 0 || output_now == output_flags);
    return connection->destroyed;
  });
  if (!done) connection->story += " UNDONE";
  if (!flags_kept) connection->story += " FLAGS-CHANGED";
  if (connection->received.empty() && processor_time() - before > 300ms)
    connection->story += " BUSY";
  if (connection->nested) connection->story += " NESTED";
  run_turns(*reactor);
  if (input_open != (fcntl(STDIN_FILENO, F_GETFD) >= 0) ||
      output_open != (fcntl(STDOUT_FILENO, F_GETFD) >= 0))
    connection->story += " CLOSED";
  return connection->story + ": " + connection->reason();
}

std::string contents(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

Descriptor file_with(std::string const& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
  return Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

constexpr auto orderly = "made data eof lost: Connection closed";

TEST_CASE("Pipes: all that comes in goes out, though the reader is slow", "[standard][rule21]") {
  Pipe in;
  Pipe out;
  Child child([&] {
    in.write_end.reset();
    out.read_end.reset();
    return standard_connection(in.read_end, out.write_end, [](Connection& connection, Reactor&) {
      connection.on_data = echo;
      connection.on_pause = connection.on_resume = nullptr;
    });
  });
  auto const text = pattern(5'000'000);
  out.write_end.reset();
  in.read_end.reset();
  std::thread writer([&] {
    in.write(text);
    in.write_end.reset();
  });
  auto const got = out.read_all();
  writer.join();
  CHECK(difference(got, text) == "equal");
  auto const report = child.report();
  CHECK_THAT(report, ContainsSubstring("eof") && ContainsSubstring("lost: Connection closed"));
  CHECK_THAT(report, !ContainsSubstring("CHANGED") && !ContainsSubstring("CLOSED"));
}

TEST_CASE("Pipes that may not be opened again work all the same", "[standard]") {
  if (geteuid() != 0) return;  // only root can become somebody else
  Pipe in;
  Pipe out;
  Child child([&] {
    in.write_end.reset();
    out.read_end.reset();
    if (setresuid(65534, 65534, 65534) < 0) return std::string("still root");
    auto const path = "/proc/self/fd/" + std::to_string(in.read_end);
    if (open(path.c_str(), O_RDONLY | O_NONBLOCK) >= 0) return std::string("opened again");
    return standard_connection(in.read_end, out.write_end, echo_all);
  });
  auto const text = pattern(3'000'000);
  out.write_end.reset();
  in.read_end.reset();
  std::thread writer([&] {
    in.write(text);
    in.write_end.reset();
  });
  auto const got = out.read_all();
  writer.join();
  CHECK(difference(got, text) == "equal");
  CHECK_THAT(child.report(), ContainsSubstring("lost: Connection closed"));
}

TEST_CASE("Files: a regular file is read and another one written", "[standard]") {
  ScratchDirectory scratch;
  auto const text = pattern(1'000'000);
  auto const in = file_with(scratch.path("in"), text);
  auto const path = scratch.path("out");
  auto const flags = GENERATE(0, O_APPEND);
  Descriptor const out(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600));
  CHECK(in_child([&] { return standard_connection(in, out, echo_all); }) == orderly);
  CHECK(difference(contents(path), text) == "equal");
}

TEST_CASE("/dev/null ends at once and takes everything", "[standard]") {
  Descriptor const null(open("/dev/null", O_RDWR | O_CLOEXEC));
  CHECK(in_child([&] { return standard_connection(null, null, echo_all); }) ==
        "made eof lost: Connection closed");
  ScratchDirectory scratch;
  auto const in = file_with(scratch.path("in"), pattern(1'000'000));
  CHECK(in_child([&] { return standard_connection(in, null, echo_all); }) == orderly);
}

TEST_CASE("A socket serves as input and output at once, as under inetd", "[standard]") {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  Descriptor ours(fds[0]);
  Peer peer(fds[1]);
  Child child([&] {
    peer.close();
    return standard_connection(ours, ours, echo_all);
  });
  auto const text = pattern(1'000'000);
  std::thread writer([&] {
    peer.send(text);
    peer.shut_write();
  });
  ours.reset();
  auto const got = peer.receive_all();
  writer.join();
  CHECK(difference(got, text) == "equal");
  CHECK_THAT(child.report(), ContainsSubstring("eof") && ContainsSubstring("Connection closed"));
}

TEST_CASE("What a peer sent before it closed the socket is read to its end", "[standard]") {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  Descriptor const ours(fds[0]);
  Peer peer(fds[1]);
  peer.fill(150'000);
  peer.close();
  SECTION("at once") {
    CHECK(in_child([&] { return standard_connection(ours, ours, [](Connection&, Reactor&) {}); }) ==
          orderly);
  }
  SECTION("after a pause that costs no time") {
    auto const report = in_child([&] {
      return standard_connection(ours, ours, [](Connection& connection, Reactor& reactor) {
        connection.on_made = [&](Transport& transport) {
          transport.pause_producing();
          auto const before = processor_time();
          reactor
              .call_later(200ms,
                          [&, before] {
                            if (processor_time() - before > 100ms) connection.story += " BUSY";
                            transport.resume_producing();
                          })
              .release();
        };
      });
    });
    CHECK(report == orderly);
  }
}

struct Terminal {
  Terminal() : master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), slave(open_slave(master)) {}
  Descriptor master;
  Descriptor slave;

  static int open_slave(int master) {
    grantpt(master);
    unlockpt(master);
    auto const slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios settings{};
    tcgetattr(slave, &settings);
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    tcsetattr(slave, TCSANOW, &settings);
    return slave;
  }
};

TEST_CASE("A terminal gives lines and ends with Ctrl-D, and keeps its flags", "[standard]") {
  Terminal terminal;
  Child child([&] {
    terminal.master.reset();
    return standard_connection(terminal.slave, terminal.slave, echo_all);
  });
  REQUIRE(write(terminal.master, "hello\n", 6) == 6);
  char buffer[100];
  REQUIRE(read(terminal.master, buffer, sizeof buffer) == 6);
  CHECK(std::string_view(buffer, 6) == "hello\n");
  CHECK((fcntl(terminal.slave, F_GETFL) & O_NONBLOCK) == 0);
  REQUIRE(write(terminal.master, "\x04", 1) == 1);
  CHECK(child.report() == orderly);
  CHECK((fcntl(terminal.slave, F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("A terminal that hangs up ends the connection", "[standard]") {
  Terminal terminal;
  Child child([&] {
    terminal.master.reset();
    return standard_connection(terminal.slave, terminal.slave, echo_all);
  });
  REQUIRE(write(terminal.master, "hello\n", 6) == 6);
  char buffer[100];
  REQUIRE(read(terminal.master, buffer, sizeof buffer) == 6);
  terminal.slave.reset();
  terminal.master.reset();
  auto const report = child.report();
  CHECK_THAT(report, ContainsSubstring("made data") && ContainsSubstring("lost: ") &&
                         !ContainsSubstring("UNDONE"));
}

TEST_CASE("Input that is closed is an error of standard input", "[standard]") {
  Descriptor const null(open("/dev/null", O_RDWR | O_CLOEXEC));
  auto const report = in_child([&] {
    return standard_connection(null, null, [](Connection&, Reactor&) { close(STDIN_FILENO); });
  });
  CHECK_THAT(report, ContainsSubstring("made lost: standard input: Bad file descriptor"));
}

TEST_CASE("Output that is closed is an error of standard output", "[standard]") {
  ScratchDirectory scratch;
  auto const in = file_with(scratch.path("in"), "some text");
  auto const report = in_child([&] {
    return standard_connection(in, in, [](Connection& connection, Reactor&) {
      connection.on_data = echo;
      close(STDOUT_FILENO);
    });
  });
  CHECK_THAT(report, ContainsSubstring("lost: standard output: Bad file descriptor"));
}

TEST_CASE("A reader that is gone is noticed while nothing is written", "[standard]") {
  Pipe in;  // stays open and silent
  Pipe out;
  Child child([&] {
    out.read_end.reset();
    return standard_connection(in.read_end, out.write_end, echo_all);
  });
  out.write_end.reset();
  out.read_end.reset();
  CHECK(child.report() == "made lost: Nobody reads standard output any more");
}

TEST_CASE("A reader that was gone before the start is noticed, too", "[standard]") {
  Pipe in;
  Pipe out;
  out.read_end.reset();
  CHECK(in_child([&] { return standard_connection(in.read_end, out.write_end, echo_all); }) ==
        "made lost: Nobody reads standard output any more");
}

TEST_CASE("A reader behind a socket that is gone ends the connection without spinning",
          "[standard]") {
  Pipe in;
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  Descriptor out(fds[0]);
  Descriptor reader(fds[1]);
  Child child([&] {
    reader.reset();
    return standard_connection(in.read_end, out, echo_all);
  });
  out.reset();
  reader.reset();
  CHECK(child.report() == "made lost: Nobody reads standard output any more");
}

TEST_CASE("A full device is an error with a reason", "[standard]") {
  ScratchDirectory scratch;
  auto const in = file_with(scratch.path("in"), "some text");
  Descriptor const full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  CHECK(in_child([&] { return standard_connection(in, full, echo_all); }) ==
        "made data lost: standard output: No space left on device");
}

TEST_CASE("After the end of input output goes on until lose_connection", "[standard][rule22]") {
  Descriptor const null(open("/dev/null", O_RDWR | O_CLOEXEC));
  Pipe out;
  Child child([&] {
    out.read_end.reset();
    return standard_connection(null, out.write_end, [](Connection& connection, Reactor& reactor) {
      connection.on_eof = [&](Transport& transport) {
        reactor
            .call_later(50ms,
                        [&transport] {
                          transport.write("late");
                          transport.lose_connection();
                        })
            .release();
      };
    });
  });
  out.write_end.reset();
  CHECK(out.read_all() == "late");
  CHECK(child.report() == "made eof lost: Connection closed");
}

TEST_CASE("Losing the write side keeps input, whose end is the end", "[standard][rule25]") {
  Pipe in;
  Pipe out;
  Child child([&] {
    in.write_end.reset();
    return standard_connection(in.read_end, out.write_end, [](Connection& connection, Reactor&) {
      connection.on_made = [](Transport& transport) { transport.lose_write_connection(); };
      connection.on_eof = go_on;
    });
  });
  in.write("heard");
  in.write_end.reset();
  CHECK(child.report() == "made write-lost data eof lost: Connection closed");
}

TEST_CASE("Input that is paused costs no time and is there on resuming", "[standard][rule138]") {
  ScratchDirectory scratch;
  Pipe pipe;
  pipe.write("from a pipe");
  pipe.write_end.reset();
  auto const file = file_with(scratch.path("in"), "from a file");
  auto const from_file = GENERATE(true, false);
  Descriptor const null(open("/dev/null", O_RDWR | O_CLOEXEC));
  auto const report = in_child([&] {
    return standard_connection(from_file ? file : pipe.read_end, null,
                               [](Connection& connection, Reactor& reactor) {
                                 connection.on_made = [&](Transport& transport) {
                                   transport.pause_producing();
                                   auto const before = processor_time();
                                   reactor
                                       .call_later(200ms,
                                                   [&, before] {
                                                     if (processor_time() - before > 100ms)
                                                       connection.story += " BUSY";
                                                     transport.resume_producing();
                                                   })
                                       .release();
                                 };
                               });
  });
  CHECK(report == orderly);
}

TEST_CASE("Stopping before the first turn leaves no half-made connection", "[standard][rule5]") {
  Descriptor const null(open("/dev/null", O_RDWR | O_CLOEXEC));
  auto const report = in_child([&]() -> std::string {
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    auto const reactor = make_reactor();
    auto const connection = make_connection();
    reactor->call_when_running([&] { reactor->stop(); });
    reactor->standard_io(protocol_for(connection));
    reactor->run(false);
    return connection->made == connection->lost.has_value() ? "well" : connection->story;
  });
  CHECK(report == "well");
}

// Runs in a child: standard input and output forwarded to and from `where`.
std::string connected(int in, int out, Address const& where) {
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  auto const reactor = make_reactor();
  auto const standard = make_connection();
  auto const network = make_connection();
  std::string story;
  network->on_made = [&](Transport& net) {
    standard->on_made = [&](Transport& terminal) {
      if (!terminal.forward_to(*network->transport)) story += "input is copied, ";
      if (!network->transport->forward_to(terminal)) story += "output is copied, ";
    };
    standard->on_data = [&](Transport&, Bytes data) { network->transport->write(data); };
    standard->on_eof = [&](Transport&) { network->transport->lose_write_connection(); };
    static_cast<void>(net);
    reactor->standard_io(protocol_for(standard));
  };
  network->on_data = [&](Transport&, Bytes data) { standard->transport->write(data); };
  network->on_eof = [&](Transport& net) {
    standard->transport->lose_connection();
    net.lose_connection();
  };
  auto const connector =
      reactor->connect(Endpoint::tcp(where.host(), where.port()), client_factory_for(network));
  run_until(*reactor, [&] { return network->destroyed && standard->destroyed; });
  return story + standard->reason() + ", " + network->reason();
}

TEST_CASE("Standard streams of every kind are forwarded to and from a connection whole",
          "[standard][forwarding]") {
  ScratchDirectory scratch;
  auto const text = pattern(2'000'000);
  auto const reply = pattern(1'500'000);
  RawListener listener;
  auto in = file_with(scratch.path("in"), text);
  Pipe in_pipe;
  Pipe out_pipe;
  auto const in_is_file = GENERATE(true, false);
  auto const out_kind = GENERATE(0, 1, 2);  // file, appended file, pipe
  auto const path = scratch.path("out");
  Descriptor const out_file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (out_kind == 1 ? O_APPEND : 0), 0600));
  INFO("input " << in_is_file << ", output " << out_kind);
  Child child([&] {
    in_pipe.write_end.reset();
    out_pipe.read_end.reset();
    return connected(in_is_file ? in : in_pipe.read_end,
                     out_kind == 2 ? out_pipe.write_end : out_file, listener.address());
  });
  out_pipe.write_end.reset();
  in_pipe.read_end.reset();
  auto peer = listener.accept();
  std::string got_out;
  std::thread writer([&] {
    if (!in_is_file) in_pipe.write(text);
    in_pipe.write_end.reset();
  });
  std::thread reader([&] { got_out = out_pipe.read_all(); });
  std::string got;
  std::thread receiver([&] { got = peer.receive_all(); });
  peer.send(reply);
  receiver.join();
  peer.close();
  writer.join();
  reader.join();
  CHECK(difference(got, text) == "equal");
  auto const report = child.report();
  CHECK_THAT(report, ContainsSubstring("Connection closed, Connection closed"));
  CHECK(difference(out_kind == 2 ? got_out : contents(path), reply) == "equal");
}

}  // namespace
