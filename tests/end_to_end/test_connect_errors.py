"""connect: what fails, what is said about it, and which address is used."""

import os
import signal
import socket
import subprocess
import sys
import time

from harness import (
    SLOW,
    SOON,
    TWX,
    Case,
    Listener,
    collect_then,
    full_backlog,
    has_ipv6,
    own_hosts,
    own_name_server,
    read_all,
)


class Refusal(Case):
    def test_refused_connection_is_one_line_and_status_7(self):
        """No decoration around the system's message."""
        port = self.unused_port()
        result = self.run_connect(("127.0.0.1", port), input=b"lost")
        self.assertFails(result, 7, f"connect 127.0.0.1:{port}: Connection refused")
        self.assertEqual(result.out, b"")
        self.assertLess(result.seconds, 3 * SLOW)

    def test_refused_ipv6_connection(self):
        """The address is named in brackets, apart from the port."""
        if not has_ipv6():
            self.skipTest("there is no IPv6 here")
        port = self.refusing_socket("::1").getsockname()[1]
        result = self.run_connect(("::1", port))
        self.assertFails(result, 7, rf"connect \[::1\]:{port}: Connection refused")

    def test_unix_socket_that_is_not_there(self):
        """A path that does not exist: could not connect, status 7."""
        result = self.run_connect((self.path("none"),))
        self.assertFails(result, 7, f"connect {self.path('none')}: No such file or directory")

    def test_unix_socket_without_a_server(self):
        """A file that a dead server left: could not connect, status 7."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(self.path("dead"))
        result = self.run_connect((self.path("dead"),))
        self.assertFails(result, 7, f"connect {self.path('dead')}: Connection refused")

    def test_connection_to_itself_is_refused(self):
        """A port on which nobody listens must not answer as its own peer."""
        with self.refusing_socket() as sock:
            port = sock.getsockname()[1]
        result = self.run_connect(("127.0.0.1", port), "-s", "127.0.0.1", "-p", port, input=b"x")
        self.assertFails(result, 7, f"connect 127.0.0.1:{port}: Connection refused")
        self.assertEqual(result.out, b"")

    def test_quiet_still_says_errors(self):
        """--quiet is errors only."""
        result = self.run_connect(("127.0.0.1", self.unused_port()), "--quiet")
        self.assertFails(result, 7, "connect .*: Connection refused")


class Names(Case):
    def test_unknown_name_is_status_6(self):
        """A host name that is not found has a status of its own, apart from refusals."""
        command = [*own_hosts(self, "127.0.0.1 known.test"), TWX]
        result = self.run_connect(("unknown.test", 9), command=command)
        self.assertFails(result, 6, "connect unknown.test:9: Name not found")

    def test_known_name(self):
        """The other way round: the name is found, and the address refuses."""
        command = [*own_hosts(self, "127.0.0.1 known.test"), TWX]
        port = self.unused_port()
        result = self.run_connect(("known.test", port), command=command)
        self.assertFails(result, 7, f"connect known.test:{port}: Connection refused")

    def test_refused_first_address_is_passed_over_at_once(self):
        """::1 refuses, 127.0.0.1 is open; the best of three is below 0.5 s."""
        command = [*own_hosts(self, "::1 two.test", "127.0.0.1 two.test"), TWX]
        peer = self.peer(lambda sock: sock.sendall(b"here\n"), connections=3)
        times = []
        for _ in range(3):
            result = self.run_connect(("two.test", peer.port), command=command)
            self.assertQuiet(result, b"here\n")
            times.append(result.seconds)
        self.assertLess(min(times), 0.5 * SLOW)

    def in_order(self, prefix, name):
        """The addresses of a name as the system sorts them."""
        code = (
            "import socket, sys\n"
            "for each in socket.getaddrinfo(sys.argv[1], 1, type=socket.SOCK_STREAM):\n"
            "    print(each[4][0])"
        )
        done = subprocess.run(
            [*prefix, sys.executable, "-c", code, name], stdout=subprocess.PIPE, check=True
        )
        return done.stdout.decode().split()

    def black_hole_first(self):
        """(command, port, second address) of a name whose first address does not answer."""
        prefix = own_hosts(self, "127.0.0.2 two.test", "127.0.0.3 two.test")
        first, second = self.in_order(prefix, "two.test")
        return [*prefix, TWX], full_backlog(self, first), second

    def test_silent_first_address_is_passed_over_after_250_ms(self):
        """A black hole first; the best of three. The time is that of RFC 8305, section 5."""
        command, port, second = self.black_hole_first()
        listener = Listener(self, second, port)
        times = []
        for _ in range(3):
            program = self.start("connect", "two.test", port, command=command)
            started = time.monotonic()
            listener.accept().close()
            times.append(time.monotonic() - started)
            self.assertEqual((program.wait(), program.err), (0, b""))
        self.assertGreater(min(times), 0.2)
        self.assertLess(min(times), 0.25 + 0.5 * SLOW)

    def test_refused_addresses_are_all_named(self):
        """Each with its own reason, in one line."""
        command = [*own_hosts(self, "127.0.0.2 two.test", "127.0.0.3 two.test"), TWX]
        port = self.unused_port()
        result = self.run_connect(("two.test", port), command=command)
        self.assertEqual(result.status, 7)
        self.assertEqual(result.err.count("\n"), 1, result)
        for address in ("127.0.0.2", "127.0.0.3"):
            self.assertIn(f"{address}:{port}: Connection refused", result.err)

    def test_addresses_with_different_reasons_are_all_named(self):
        """One does not answer in the time allowed, one refuses."""
        command, port, second = self.black_hole_first()
        result = self.run_connect(
            ("two.test", port), "--connect-timeout", "800ms", command=command
        )
        self.assertEqual(result.err.count("\n"), 1, result)
        self.assertIn(result.status, (7, 28))
        self.assertIn(f"{second}:{port}: Connection refused", result.err)
        self.assertRegex(result.err, rf"127\.0\.0\.[23]:{port}: [^;]*timed out")

    def test_families(self):
        """-4 and -6 force the family."""
        if not has_ipv6():
            self.skipTest("there is no IPv6 here")
        command = [*own_hosts(self, "::1 two.test", "127.0.0.1 two.test"), TWX]
        four = Listener(self)
        six = Listener(self, "::1", four.port)
        for option, listener in (("-4", four), ("-6", six)):
            with self.subTest(option):
                program = self.start("connect", option, "two.test", four.port, command=command)
                listener.accept().close()
                self.assertEqual((program.wait(), program.err), (0, b""))

    def test_no_address_of_the_family(self):
        """-6 with a name that has IPv4 only."""
        command = [*own_hosts(self, "127.0.0.1 four.test"), TWX]
        result = self.run_connect(("four.test", 9), "-6", command=command)
        self.assertFails(result, 6, "connect four.test:9: .+")

    def test_address_of_the_other_family(self):
        """-6 with an IPv4 address."""
        result = self.run_connect(("127.0.0.1", self.unused_port()), "-6")
        self.assertFails(result, 6, "connect 127.0.0.1:[0-9]+: .+")


class NameServer(Case):
    """What a name server may do to a look-up, as far as the system's resolver allows."""

    def test_answer(self):
        """The stub itself works."""
        command = [*own_name_server(self, "answer"), TWX]
        result = self.run_connect(("some.test", 9), command=command)
        self.assertFails(result, 7, "connect some.test:9: Connection refused")

    def test_no_such_name(self):
        """The name server says so itself: NXDOMAIN."""
        command = [*own_name_server(self, "nxdomain"), TWX]
        result = self.run_connect(("some.test", 9), command=command)
        self.assertFails(result, 6, "connect some.test:9: Name not found")

    def test_failing_server_is_told_from_an_unknown_name(self):
        """SERVFAIL says nothing about the name; the status is 6 all the same."""
        command = [*own_name_server(self, "servfail"), TWX]
        result = self.run_connect(("some.test", 9), command=command)
        self.assertFails(result, 6, "connect some.test:9: .+")
        self.assertNotIn("Name not found", result.err)

    def test_silent_server_is_given_up_in_time(self):
        """Within --connect-timeout + 0.5 s; the answer to another question is none."""
        for behaviour in ("drop", "wrong-id"):
            with self.subTest(behaviour):
                command = [*own_name_server(self, behaviour), TWX]
                result = self.run_connect(
                    ("some.test", 9), "--connect-timeout", "1", command=command
                )
                self.assertFails(result, 28, "connect some.test:9: Name look-up timed out")
                self.assertGreater(result.seconds, 0.95)
                self.assertLess(result.seconds, 1 + 0.5 * SLOW + 0.5)

    def test_interrupt_during_a_look_up(self):
        """SIGINT ends it within 200 ms."""
        command = [*own_name_server(self, "drop"), TWX]
        program = self.start("connect", "some.test", 9, "-v", command=command)
        program.wait_err("Started to connect")
        asked = time.monotonic()
        program.signal(signal.SIGINT)
        self.assertEqual(program.wait(), -signal.SIGINT)
        self.assertLess(time.monotonic() - asked, 0.2 * SLOW + 0.3)


class LocalAddress(Case):
    def test_source_address(self):
        """-s is the address that the peer sees."""
        program, sock = self.connected("-s", "127.0.0.5")
        self.assertEqual(sock.getpeername()[0], "127.0.0.5")
        sock.close()
        self.assertEqual(program.wait(), 0)

    def free_port(self):
        with self.refusing_socket() as sock:
            return sock.getsockname()[1]

    def test_source_port(self):
        """-p is the port that the peer sees."""
        port = self.free_port()
        program, sock = self.connected("-p", str(port))
        self.assertEqual(sock.getpeername()[1], port)
        sock.close()
        self.assertEqual(program.wait(), 0)

    def test_source_address_and_port(self):
        """-s and -p together."""
        port = self.free_port()
        program, sock = self.connected("-s", "127.0.0.5", "-p", str(port))
        self.assertEqual(sock.getpeername(), ("127.0.0.5", port))
        sock.close()
        self.assertEqual(program.wait(), 0)

    def test_address_of_another_machine(self):
        """-s with an address that no interface has: status 45, and both addresses are named."""
        result = self.run_connect(("127.0.0.1", self.unused_port()), "-s", "198.51.100.1")
        self.assertFails(
            result,
            45,
            r"connect 127\.0\.0\.1:\d+: .*198\.51\.100\.1.*: Cannot assign requested address",
        )

    def test_port_of_another_program(self):
        """-p with a port that is taken: status 45, and the local address is named."""
        other = self.listener()
        peer = self.listener()
        result = self.run_connect(peer, "-s", "127.0.0.1", "-p", other.port)
        local = rf"127\.0\.0\.1:{other.port}"
        self.assertFails(result, 45, f"connect .*{local}.*: Address already in use")

    def test_address_of_the_other_family(self):
        """-s with IPv6 and a peer with IPv4: status 45, and the local address is named."""
        result = self.run_connect(("127.0.0.1", self.unused_port()), "-s", "::1")
        self.assertFails(result, 45, "connect 127.0.0.1:[0-9]+: .*::1.*")


class Forms(Case):
    """The ways to say where to connect."""

    def answered(self, *args):
        return self.assertQuiet(self.run_twx("connect", *args), b"here\n")

    def test_tcp(self):
        """HOST PORT, host:port, tcp://host:port, and a name for the host."""
        peer = self.peer(lambda sock: sock.sendall(b"here\n"), connections=4)
        port = peer.port
        for args in (
            ("127.0.0.1", port),
            (f"127.0.0.1:{port}",),
            (f"tcp://127.0.0.1:{port}",),
            ("localhost", port, "-4"),
        ):
            with self.subTest(args):
                self.answered(*args)

    def test_port_alone_is_this_machine(self):
        """Where servers take a port alone for all interfaces, connect takes it for loopback."""
        peer = self.peer(lambda sock: sock.sendall(b"here\n"))
        self.answered(peer.port, "-4")

    def test_ipv6(self):
        """Brackets may be left out where the port is an argument of its own."""
        if not has_ipv6():
            self.skipTest("there is no IPv6 here")
        peer = self.peer(lambda sock: sock.sendall(b"here\n"), address="::1", connections=4)
        port = peer.port
        for args in (
            ("::1", port),
            ("[::1]", port),
            (f"[::1]:{port}",),
            (f"tcp://[::1]:{port}",),
        ):
            with self.subTest(args):
                self.answered(*args)

    def test_unix(self):
        """unix:///path, unix:/path and the path alone."""
        server = self.serve("qotd", "--quote", "here", endpoints=(f"unix://{self.path('s')}",))
        for where in (f"unix://{self.path('s')}", f"unix:{self.path('s')}", self.path("s")):
            with self.subTest(where):
                self.assertQuiet(self.run_twx("connect", where), b"here\r\n")
        self.assertEqual(server.stop(), 0)

    def test_relative_and_abstract_unix(self):
        """./path from the working directory; unix:@name and @name, abstract as in unix(7)."""
        name = f"@{os.path.basename(self.folder)}"
        server = self.serve(
            "qotd", "--quote", "here", endpoints=(self.path("s"), f"unix:{name}")
        )
        for where in ("./s", f"unix:{name}", name):
            with self.subTest(where):
                self.assertQuiet(self.run_twx("connect", where, cwd=self.folder), b"here\r\n")
        self.assertEqual(server.stop(), 0)

    def test_inherited_connection(self):
        """fd:N is a connection that whoever started it has made."""
        ours, theirs = map(self.keep, socket.socketpair())
        program = self.start("connect", f"fd:{theirs.fileno()}", pass_fds=(theirs.fileno(),))
        theirs.close()
        ours.settimeout(SOON)
        program.send(b"question\n")
        self.assertEqual(ours.recv(100), b"question\n")
        ours.sendall(b"answer\n")
        program.wait_out(b"answer\n")
        program.end_input()
        self.assertEqual(read_all(ours), b"")
        ours.close()
        self.assertEqual((program.wait(), program.err), (0, b""))

    def test_descriptor_that_is_no_connection(self):
        """A number that is not open: could not connect, status 7."""
        result = self.run_twx("connect", "fd:99")
        self.assertFails(result, 7, "connect fd:99: Bad file descriptor")

    def assertMisused(self, message, *args):
        result = self.run_twx("connect", *args)
        self.assertEqual((result.status, result.out), (2, b""))
        self.assertTrue(result.err.startswith(f"twx: {message}\n"), result.err)

    def test_endpoint_and_a_port(self):
        """An endpoint is whole; it is not looked up as a name."""
        for host in (
            "127.0.0.1:9",
            "localhost:9",
            "[::1]:9",
            "tcp://127.0.0.1:9",
            "tls://localhost:9",
            "udp://127.0.0.1:9",
        ):
            with self.subTest(host):
                message = f"the endpoint '{host}' has its port already; leave '5' out"
                self.assertMisused(message, host, "5")
        for host in ("unix:///x", "unix:@x", "/x", "./x", "@x", "unix-dgram:///x", "fd:3"):
            with self.subTest(host):
                message = f"the endpoint '{host}' has no port; leave '5' out"
                self.assertMisused(message, host, "5")
        message = "'tcp://localhost' is no endpoint: the port is missing"
        self.assertMisused(message, "tcp://localhost", "5")

    def test_port_0(self):
        """It means any port to those who listen, and nothing to those who connect."""
        for args in (
            ("127.0.0.1", "0"),
            ("0",),
            ("localhost:0",),
            ("tcp://[::1]:0",),
            ("tls://localhost:0",),
            ("udp://127.0.0.1:0",),
        ):
            with self.subTest(args):
                self.assertMisused("port 0 cannot be connected to; use 1 to 65535", *args)

    def test_help_names_the_forms(self):
        """Every one that connect takes."""
        text = self.run_twx("connect", "--help").out.decode()
        for form in ("tcp://", "tls://", "udp://", "unix:///", "unix-dgram:///", "fd:3", "[::1]"):
            with self.subTest(form):
                self.assertIn(form, text)

    def test_options_may_stand_anywhere(self):
        """Before, between and behind the arguments."""
        talk, got = collect_then()
        peer = self.peer(talk, connections=3)
        host, port = peer.where
        for args in (("-q", "9", host, port), (host, "-q", "9", port), (host, port, "-q9")):
            with self.subTest(args):
                self.assertQuiet(self.run_twx("connect", *args, input=b"x"), b"")
        peer.join()
        self.assertEqual(got, b"xxx")
