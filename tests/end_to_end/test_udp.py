"""UDP and unix datagrams: serve echo and connect, with sockets of our own and with other tools."""

import os
import shutil
import signal
import socket
import subprocess
import unittest

from datagrams import DatagramCase, uri
from harness import (
    KIB,
    MIB,
    SLOW,
    SOON,
    TWX,
    Case,
    has_ipv6,
    own_hosts,
    own_name_server,
    pass_time,
    poll_until,
    random_bytes,
    read_descriptor,
    read_some,
)

needs_ipv6 = unittest.skipUnless(has_ipv6(), "there is no IPv6 here")
ANSWERING = ("echo", "chargen", "daytime", "time")
WHOLE = 65507  # the longest that UDP carries over IPv4
SIZES = (0, 1, 1400, 8193, 16385, 60000, WHOLE)


class Serve(DatagramCase):
    def test_announces_the_real_port(self):
        """As for streams, with a scheme of its own."""
        server = self.serve_datagrams("udp://127.0.0.1:0")
        line = f"serve echo: listening on udp://127.0.0.1:{server.port}"
        self.assertEqual(server.lines(), [line])

    @needs_ipv6
    def test_all_interfaces_of_both_families(self):
        """udp://:0; -4 and -6 keep the other family out."""
        server = self.serve_datagrams("udp://:0")
        self.assertIn(f"udp://[::]:{server.port}", server.lines()[0])
        for address in ("127.0.0.1", "127.0.0.9", "::1"):
            self.assertAnswers((address, server.port))
        for option, mine, other in (("-4", "127.0.0.1", "::1"), ("-6", "::1", "127.0.0.1")):
            with self.subTest(option):
                server = self.serve_datagrams("udp://:0", args=(option,))
                self.assertAnswers((mine, server.port))
                sock = self.udp(other)
                sock.connect((other, server.port))
                sock.send(b"x")
                with self.assertRaises(ConnectionRefusedError):
                    sock.recv(1)

    def test_every_size_comes_back_whole(self):
        """Empty ones, and 65,507 bytes; nothing is cut or put together."""
        server = self.serve_datagrams("udp://127.0.0.1:0")
        sock = self.udp()
        for size in SIZES:
            with self.subTest(size):
                data = random_bytes(size)
                answer, sender = self.ask(sock, server.place, data)
                self.assertSame(answer, data)
                self.assertEqual(sender, server.place)

    def test_answers_leave_from_the_address_that_was_asked(self):
        """A connected client hears no other; RFC 1122, 4.1.3.5."""
        for endpoint in ("udp://:0", "udp://0.0.0.0:0"):
            server = self.serve_datagrams(endpoint)
            for address in ("127.0.0.1", "127.0.0.9"):
                with self.subTest(endpoint=endpoint, asked=address):
                    sock = self.udp()
                    sock.connect((address, server.port))
                    sock.send(b"who?")
                    self.assertEqual(sock.recv(MIB), b"who?")

    def low_udp(self):
        """A socket at a well-known port."""
        for port in range(1023, 600, -1):
            try:
                return self.udp(port=port)
            except PermissionError:
                self.skipTest("low ports are not permitted here")
            except OSError:
                continue
        self.skipTest("no low port is free")

    def test_well_known_ports_are_not_answered(self):
        """Two servers would answer each other for ever."""
        for name in ANSWERING:
            with self.subTest(name):
                server = self.serve_datagrams(server=name, args=("-vv",))
                low = self.low_udp()
                low.sendto(b"loop", server.place)
                port = low.getsockname()[1]
                server.wait_err(rf"datagram of 4 bytes from 127\.0\.0\.1:{port} is not answered")
                self.ask(self.udp(), server.place, b"still there?")
                self.assertNothingWaits(low)

    def test_the_servers_own_port_is_not_answered(self):
        """What seems to come from another address of the server would go round for ever."""
        for name in ANSWERING:
            with self.subTest(name):
                server = self.serve_datagrams("udp://127.0.0.1:0", server=name, args=("-vv",))
                forger = self.udp("127.0.0.2", server.port)  # what a forged sender looks like
                forger.sendto(b"loop", server.place)
                who = rf"127\.0\.0\.2:{server.port}"
                server.wait_err(rf"datagram of 4 bytes from {who} is not answered")
                self.ask(self.udp(), server.place, b"still there?")
                self.assertNothingWaits(forger)

    def test_broadcasts_are_not_answered(self):
        """One forged question would bring the answers of a whole network."""
        for name in ANSWERING:
            with self.subTest(name):
                server = self.serve_datagrams("udp://0.0.0.0:0", server=name, args=("-vv",))
                sock = self.udp()
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                sock.sendto(b"all", ("127.255.255.255", server.port))
                server.wait_err("datagram of 3 bytes from .* is not answered")
                self.ask(sock, ("127.0.0.1", server.port), b"still there?")
                self.assertNothingWaits(sock)

    def test_datagrams_and_connections_beside_each_other(self):
        """One server, endpoints of all kinds."""
        path, stream = self.path("d"), self.path("s")
        server = self.serve(
            "echo",
            "--threads",
            "2",
            endpoints=("127.0.0.1:0", "udp://127.0.0.1:0", f"unix-dgram://{path}", stream),
        )
        self.assertServes(server, server.places[0])
        self.assertAnswers(server.places[1])
        sock = self.unix_datagrams(self.path("client"))
        self.assertEqual(self.ask(sock, path, b"unix"), (b"unix", path))
        self.assertServes(server, stream)
        self.assertEqual(server.stop(), 0)
        self.assertFalse(os.path.exists(path))

    def test_unix_datagrams(self):
        """A path in both spellings and an abstract name; a stale file is replaced."""
        path = self.path("d")
        name = os.path.basename(self.folder)
        for endpoint, announced, place in (
            (f"unix-dgram://{path}", f"unix-dgram://{path}", path),
            (f"unix-dgram:{path}", f"unix-dgram://{path}", path),
            (f"unix-dgram:@{name}", f"unix-dgram:@{name}", "\0" + name),
        ):
            with self.subTest(endpoint):
                server = self.serve_datagrams(endpoint)
                self.assertEqual(server.lines(), [f"serve echo: listening on {announced}"])
                with self.unix_datagrams(self.path("c")) as sock:
                    self.assertEqual(self.ask(sock, place, b"hello")[0], b"hello")
                os.unlink(self.path("c"))
                server.stop(signal.SIGKILL)

    def test_port_in_use(self):
        """One line and status 7."""
        other = self.udp()
        result = self.run_twx("serve", "echo", uri(other))
        self.assertFails(result, 7, f"listen {uri(other)}: Address already in use")

    def test_stopping_during_a_look_up(self):
        """Of datagrams as of streams: status 0, whatever becomes of the answer."""
        command = [*own_name_server(self, "drop"), TWX]
        for endpoint in ("udp://slow.test:0", "slow.test:0"):
            with self.subTest(endpoint):
                program = self.start("serve", "echo", endpoint, "-v", command=command)
                poll_until(lambda: program.catches(signal.SIGTERM), "it takes signals")
                program.signal(signal.SIGTERM)
                self.assertEqual(program.wait(), 0)
                self.assertEqual(program.lines(), ["serve echo: stopping"])

    def test_server_without_a_form_for_datagrams(self):
        """A usage error that says so."""
        result = self.run_twx("serve", "qotd", "udp://127.0.0.1:0")
        self.assertEqual(result.status, 2)
        message = "'udp://127.0.0.1:0' is for datagrams, and this server has no form for them"
        self.assertIn(message, result.err)

    def test_settings_are_usage_errors(self):
        """Datagrams have no backlog."""
        result = self.run_twx("serve", "echo", "udp://:0?backlog=1")
        self.assertEqual(result.status, 2)
        self.assertIn("an endpoint for datagrams has no settings", result.err)

    def test_counts_at_the_end(self):
        """-v says what came and went; SIGTERM ends at once."""
        server = self.serve_datagrams("udp://127.0.0.1:0", args=("-v",))
        for _ in range(3):
            self.assertAnswers(server.place)
        self.assertEqual(server.stop(), 0)
        counts = f"datagrams at udp://127.0.0.1:{server.port}: sent 3, received 3, not sent 0"
        self.assertIn(counts, server.lines())

    def test_a_flood_costs_no_memory(self):
        """What cannot be served is lost in the system, not kept here."""
        server = self.serve_datagrams("udp://127.0.0.1:0")
        sock = self.udp()
        self.assertAnswers(server.place, sock)
        before = server.rss()
        data = bytes(32 * KIB)
        for _ in range(4000):
            sock.sendto(data, server.place)
        self.assertAnswers(server.place)
        self.assertLess(server.rss() - before, 4 * MIB * SLOW)

    def test_other_tools(self):
        """nc and socat get back what they send. (ncat may leave before the answer, whoever serves.)"""
        server = self.serve_datagrams("udp://127.0.0.1:0")
        port = str(server.port)
        for command in (
            ["nc", "-u", "-w", "1", "127.0.0.1", port],
            ["socat", "-t", "0.5", "-", f"UDP4:127.0.0.1:{port}"],
        ):
            with self.subTest(command[0]):
                if not shutil.which(command[0]):
                    self.skipTest(f"{command[0]} is not installed")
                done = subprocess.run(command, input=b"hello\n", capture_output=True, timeout=SOON)
                self.assertEqual(done.stdout, b"hello\n")


class Connect(DatagramCase):
    def test_a_late_answer_is_printed(self):
        """After the end of standard input it waits, and then ends by itself."""
        sock = self.udp()
        program = self.connect_udp(sock)
        program.send(b"question")
        program.end_input()
        data, sender = sock.recvfrom(MIB)
        self.assertEqual(data, b"question")
        pass_time(0.5)
        sock.sendto(b"answer", sender)
        self.assertEqual(program.wait(), 0)
        self.assertEqual((program.out, program.err), (b"answer", b""))

    def test_each_answer_prolongs_the_wait(self):
        """Two seconds of quiet, not two seconds."""
        sock = self.udp()
        program = self.connect_udp(sock)
        program.send(b"question")
        program.end_input()
        sender = sock.recvfrom(MIB)[1]
        for _ in range(2):
            pass_time(1.5)
            sock.sendto(b".", sender)
        self.assertEqual(program.wait(), 0)
        self.assertEqual(program.out, b"..")

    def test_silence_ends_it_after_two_seconds(self):
        """Nobody knows whether there was an answer to come: status 0."""
        result = self.run_udp(self.udp(), input=b"question")
        self.assertQuiet(result, b"")
        self.assertGreaterEqual(result.seconds, 2)

    def test_time_to_leave(self):
        """-q counts from the end of standard input, answers or not."""
        result = self.run_udp(self.udp(), "-q", "100ms", input=b"question")
        self.assertQuiet(result, b"")
        self.assertLess(result.seconds, 1.5 * SLOW)

    def test_refused(self):
        """A closed port: one line and status 7."""
        sock = self.udp()
        where = uri(sock)
        sock.close()
        result = self.run_twx("connect", where, input=b"anybody?")
        self.assertFails(result, 7, f"connect {where}: Connection refused")

    def test_refused_in_the_middle(self):
        """The peer goes away: the next datagram tells."""
        sock = self.udp()
        where = uri(sock)
        program = self.connect_udp(sock)
        program.send(b"first")
        self.assertEqual(sock.recv(MIB), b"first")
        sock.close()
        program.send(b"second")
        self.assertEqual(program.wait(), 7)
        self.assertEqual(program.lines(), [f"connect {where}: Connection refused"])

    def test_each_read_is_a_datagram(self):
        """A chunk of a pipe; nothing is sent for its end."""
        sock = self.udp()
        program = self.connect_udp(sock, "-q", "0")
        for data in (b"a", b"bc\n", random_bytes(4096)):
            program.send(data)
            self.assertEqual(sock.recv(MIB), data)
        program.end_input()
        self.assertEqual(program.wait(), 0)
        self.assertNothingWaits(sock)

    def test_nothing_to_send(self):
        """No datagram at all, not an empty one."""
        sock = self.udp()
        self.assertQuiet(self.run_udp(sock, "-q", "0", stdin=subprocess.DEVNULL), b"")
        self.assertNothingWaits(sock)

    def test_each_line_of_a_terminal_is_a_datagram(self):
        """A line as typed, with its newline."""
        ours, theirs = self.terminal()
        sock = self.udp()
        program = self.connect_udp(sock, "-q", "0", stdin=theirs)
        for line in (b"one\n", b"two\n"):
            os.write(ours, line)
            self.assertEqual(sock.recv(MIB), line)
        os.write(ours, b"\x04")
        self.assertEqual(program.wait(), 0)

    def test_the_longest_datagram(self):
        """65,507 bytes of a file go out as one, and come back as one."""
        sock = self.udp()
        data = random_bytes(WHOLE)
        with open(self.file("data", data), "rb") as file:
            program = self.connect_udp(sock, "-q", "1", stdin=file)
            got, sender = sock.recvfrom(MIB)
            self.assertSame(got, data)
            sock.sendto(data, sender)
            self.assertEqual(program.wait(), 0)
        self.assertSame(program.out, data)

    def test_a_long_file_is_divided(self):
        """Into what was read at once, and that into what a datagram holds."""
        sock = self.udp()
        data = random_bytes(2 * 64 * KIB)
        with open(self.file("data", data), "rb") as file:
            self.assertQuiet(self.run_udp(sock, "--send-only", stdin=file), b"")
        got = [sock.recv(MIB) for _ in range(4)]
        self.assertEqual([len(each) for each in got], [WHOLE, 29, WHOLE, 29])
        self.assertSame(b"".join(got), data)
        self.assertNothingWaits(sock)

    def test_the_size_of_datagrams_can_be_set(self):
        """--datagram-size."""
        sock = self.udp()
        result = self.run_udp(sock, "--send-only", "--datagram-size", "1000", input=b"x" * 2500)
        self.assertQuiet(result, b"")
        self.assertEqual([len(sock.recv(MIB)) for _ in range(3)], [1000, 1000, 500])
        self.assertNothingWaits(sock)

    def test_an_empty_answer_is_no_end(self):
        """What comes after it is printed, too."""
        sock = self.udp()
        program = self.connect_udp(sock, "-q", "1")
        program.send(b"question")
        program.end_input()
        sender = sock.recvfrom(MIB)[1]
        for data in (b"", b"between", b"", random_bytes(60000)):
            sock.sendto(data, sender)
        self.assertEqual(program.wait(), 0)
        self.assertSame(program.out, b"between" + random_bytes(60000))

    def test_strangers_are_not_heard(self):
        """The peer is one address and port."""
        sock, stranger = self.udp(), self.udp()
        program = self.connect_udp(sock, "-q", "500ms")
        program.send(b"question")
        sender = sock.recvfrom(MIB)[1]
        stranger.sendto(b"lie", sender)
        sock.sendto(b"truth", sender)
        program.end_input()
        self.assertEqual(program.wait(), 0)
        self.assertEqual(program.out, b"truth")

    def test_send_only(self):
        """It leaves when all is sent, and prints nothing."""
        sock = self.udp()
        program = self.connect_udp(sock, "--send-only")
        program.send(b"one")
        sender = sock.recvfrom(MIB)[1]
        sock.sendto(b"unheard", sender)
        program.end_input()
        self.assertEqual(program.wait(), 0)
        self.assertEqual(program.out, b"")

    def test_receive_only(self):
        """From a port of ours, until a signal."""
        sock = self.udp()
        port = self.free_port()
        program = self.connect_udp(sock, "--recv-only", "-p", str(port), "-v")
        program.wait_err("datagrams from")
        program.send(b"unread")
        sock.sendto(b"news", ("127.0.0.1", port))
        program.wait_out(b"news")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), -signal.SIGTERM)
        self.assertNothingWaits(sock)

    def test_own_address(self):
        """-s and -p."""
        sock = self.udp("0.0.0.0")
        where = f"udp://127.0.0.1:{sock.getsockname()[1]}"
        result = self.run_twx("connect", where, "-s", "127.0.0.7", "-q", "0", input=b"x")
        self.assertQuiet(result, b"")
        self.assertEqual(sock.recvfrom(MIB)[1][0], "127.0.0.7")

    def test_nothing_of_a_peer_reaches_a_terminal_raw(self):
        """Control sequences are made visible; a datagram is shown to its end at once."""
        ours, theirs = self.terminal()
        sock = self.udp()
        program = self.connect_udp(sock, "-q", "500ms", stdout=theirs)
        program.send(b"question")
        sender = sock.recvfrom(MIB)[1]
        shown = bytearray()
        for data, visible in ((b"\x1b[2Jx\r", rb"\x1b[2Jx\x0d"), (b"caf\xc3", b"caf\xc3")):
            sock.sendto(data, sender)
            while not shown.endswith(visible):
                shown += read_some(ours)
        program.end_input()
        self.assertEqual(program.wait(), 0)

    def test_reader_that_has_enough(self):
        """A closed pipe behind it ends it quietly."""
        reader, writer = self.pipe()
        sock = self.udp()
        program = self.connect_udp(sock, stdout=writer)
        os.close(writer)
        program.send(b"question")
        sock.recvfrom(MIB)
        os.close(reader)
        self.assertEqual((program.wait(), program.err), (0, b""))

    def test_a_slow_reader_gets_what_was_received(self):
        """The quiet time does not run while standard output is full."""
        sock = self.udp()
        program = self.connect_udp(sock, collect=False)
        program.send(b"question")
        program.end_input()
        sender = sock.recvfrom(MIB)[1]
        count, size = 180, 1000
        for i in range(count):
            sock.sendto(b"%03d" % i + b"z" * (size - 3), sender)
            pass_time(0.001)
        pass_time(2.5)  # longer than the quiet time
        got = read_descriptor(program.stdout.fileno(), count * size)
        numbers = [int(got[i : i + 3]) for i in range(0, len(got), size)]
        self.assertEqual(numbers, list(range(count)))
        self.assertEqual((program.wait(), program.err), (0, b""))

    def test_full_device(self):
        """Status 23: the peer's bytes were lost."""
        sock = self.udp()
        with open("/dev/full", "wb") as full:
            program = self.connect_udp(sock, stdout=full)
            program.send(b"question")
            sock.sendto(b"answer", sock.recvfrom(MIB)[1])
            self.assertEqual(program.wait(), 23)
        self.assertEqual(program.lines(), ["standard output: No space left on device"])

    def test_time_limits(self):
        """--idle-timeout and --max-time: status 28."""
        sock = self.udp()
        stdin, _ = self.pipe()
        result = self.run_udp(sock, "--idle-timeout", "100ms", stdin=stdin)
        self.assertFails(result, 28, f"connect {uri(sock)}: Idle for too long")
        result = self.run_udp(sock, "--max-time", "100ms", stdin=stdin)
        self.assertFails(result, 28, f"connect {uri(sock)}: not finished within the time allowed")

    def test_unknown_name(self):
        """Status 6, as for streams."""
        result = self.run_twx("connect", "udp://unknown.invalid:9", "--connect-timeout", "20")
        self.assertEqual(result.status, 6, result)
        self.assertRegex(result.err, r"^twx: connect udp://unknown\.invalid:9: Name ")

    @needs_ipv6
    def test_families(self):
        """A literal of each, and a name with -4 and -6."""
        command = [*own_hosts(self, "127.0.0.1 both.test", "::1 both.test"), TWX]
        for address, option in (("127.0.0.1", "-4"), ("::1", "-6")):
            sock = self.udp(address)
            for where in (uri(sock), f"udp://both.test:{sock.getsockname()[1]}"):
                with self.subTest(where=where, option=option):
                    result = self.run_twx(
                        "connect", where, option, "-q", "0", input=b"hello", command=command
                    )
                    self.assertQuiet(result, b"")
                    self.assertEqual(sock.recv(MIB), b"hello")

    def test_options_without_a_meaning(self):
        """Usage errors, not options that do nothing."""
        for option in (
            ["--half-open"],
            ["--reconnect"],
            ["--reconnect-min", "3s"],
            ["--reconnect-max", "3s"],
            ["--max-retries", "3"],
        ):
            with self.subTest(option):
                result = self.run_twx("connect", "udp://127.0.0.1:9", *option)
                self.assertEqual(result.status, 2)
                message = f"{option[0]} has no meaning for datagrams to udp://127.0.0.1:9"
                self.assertIn(message, result.err)
        result = self.run_twx("connect", "127.0.0.1:9", "--datagram-size", "9")
        self.assertEqual(result.status, 2)
        self.assertIn("--datagram-size has no meaning", result.err)
        result = self.run_twx("connect", "udp://127.0.0.1:9", "--datagram-size", "65508")
        self.assertEqual(result.status, 2)

    def test_tls_is_refused(self):
        """Nothing leaves in plain text where TLS was asked for."""
        sock = self.udp()
        for endpoint in (uri(sock), f"unix-dgram://{self.path('d')}"):
            for options in (
                ["--tls"],
                ["--tls", "--insecure"],
                ["--insecure"],
                ["--pin", "0" * 64],
                ["--cacert", "/nowhere"],
                ["--servername", "x.test"],
                ["--alpn", "h2"],
            ):
                with self.subTest(endpoint=endpoint, options=options):
                    result = self.run_twx("connect", endpoint, *options, input=b"secret")
                    what = "--tls is" if options[0] == "--tls" else "settings of TLS are"
                    message = f"twx: {what} for connections, not for datagrams\n"
                    self.assertEqual((result.status, result.out), (2, b""))
                    self.assertTrue(result.err.startswith(message), result.err)
        self.assertNothingWaits(sock)

    def test_counts(self):
        """-v says what came and went."""
        server = self.serve_datagrams("udp://127.0.0.1:0")
        where = f"udp://127.0.0.1:{server.port}"
        result = self.run_twx("connect", where, "-v", "-q", "500ms", input=b"hello")
        self.assertEqual((result.status, result.out), (0, b"hello"))
        self.assertIn("ended: sent 1 (5 bytes), received 1 (5 bytes)", result.err)

    def test_other_tools(self):
        """socat and nc hear one datagram of any length, and their answers are printed."""
        for command in (
            lambda port: ["nc", "-u", "-l", "127.0.0.1", port],
            lambda port: ["socat", "-", f"UDP4-LISTEN:{port},bind=127.0.0.1"],
        ):
            port = str(self.free_port())
            line = command(port)
            with self.subTest(line[0]):
                if not shutil.which(line[0]):
                    self.skipTest(f"{line[0]} is not installed")
                other = self.start(command=line)
                poll_until(lambda: bound(port), "the other tool listens")
                program = self.start("connect", f"udp://127.0.0.1:{port}", "-q", "1")
                program.send(b"hello\n")
                other.wait_out(b"hello\n")
                other.send(b"answer\n")
                program.wait_out(b"answer\n")
                program.end_input()
                self.assertEqual(program.wait(), 0)


def bound(port):
    """True if a UDP socket of 127.0.0.1 has this port."""
    with open("/proc/net/udp") as table:
        return any(f"0100007F:{int(port):04X}" in line for line in table)


class Addresses(DatagramCase):
    """A name with several addresses, in the system's order: what refuses is left for the next."""

    def hosts(self, *addresses):
        return [*own_hosts(self, *(f"{address} many.test" for address in addresses)), TWX]

    def ask_many(self, addresses, port, *args, **options):
        options["command"] = self.hosts(*addresses)
        return self.run_twx("connect", f"udp://many.test:{port}", *args, **options)

    def test_the_server_is_at_the_last(self):
        """As localhost is where a server has only its IPv4."""
        for last, *others in (
            ("127.0.0.1", "::1"),
            ("127.0.0.2", "127.0.0.1"),
            ("127.0.0.2", "::1", "127.0.0.1"),
        ):
            with self.subTest(last=last, others=others):
                server = self.serve_datagrams(f"udp://{last}:0")
                result = self.ask_many((*others, last), server.port, "-q", "500ms", input=b"hello")
                self.assertQuiet(result, b"hello")

    def test_the_end_comes_first(self):
        """Even who leaves at once has been refused by then."""
        sock = self.udp()
        port = sock.getsockname()[1]
        for option in (["--send-only"], ["-q", "0"]):
            with self.subTest(option):
                result = self.ask_many(("::1", "127.0.0.1"), port, *option, input=b"hello")
                self.assertQuiet(result, b"")
                self.assertEqual(sock.recv(MIB), b"hello")

    def test_more_than_one_datagram(self):
        """A file of several, in order and whole."""
        sock = self.udp()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * MIB)
        data = random_bytes(150_000)
        with open(self.file("data", data), "rb") as file:
            port = sock.getsockname()[1]
            result = self.ask_many(("::1", "127.0.0.1"), port, "-v", "-q", "0", stdin=file)
        self.assertEqual(result.status, 0)
        got = bytearray()
        while len(got) < len(data):
            got += sock.recv(MIB)
        self.assertSame(bytes(got), data)
        self.assertNothingWaits(sock)

    def test_all_refuse(self):
        """One line and status 7."""
        port = self.free_port()
        result = self.ask_many(("127.0.0.1", "127.0.0.2"), port, input=b"anybody?")
        self.assertFails(result, 7, f"connect udp://many.test:{port}: Connection refused")

    def test_who_has_answered_stays(self):
        """Its end is an end."""
        first = self.udp("127.0.0.1")
        port = first.getsockname()[1]
        second = self.udp("127.0.0.2", port)
        command = self.hosts("127.0.0.1", "127.0.0.2")
        program = self.start("connect", f"udp://many.test:{port}", command=command)
        program.send(b"question")
        data, sender = first.recvfrom(MIB)
        self.assertEqual(data, b"question")
        first.sendto(b"answer", sender)
        program.wait_out(b"answer")
        first.close()
        program.send(b"more")
        self.assertEqual(program.wait(), 7)
        self.assertNothingWaits(second)


class ConnectUnix(DatagramCase):
    def test_question_and_answer(self):
        """The socket gets a name, so that it can be answered."""
        sock = self.unix_datagrams(self.path("s"))
        program = self.connect_udp(sock, "-q", "500ms")
        program.send(b"question")
        data, sender = sock.recvfrom(MIB)
        self.assertEqual(data, b"question")
        sock.sendto(b"answer", sender)
        program.wait_out(b"answer")
        program.end_input()
        self.assertEqual(program.wait(), 0)

    def test_a_slow_reader_gets_everything(self):
        """Standard input is not read faster than the peer takes it: unix datagrams are not lost."""
        sock = self.unix_datagrams(self.path("s"))
        data = random_bytes(8 * MIB)
        with open(self.file("data", data), "rb") as file:
            program = self.connect_udp(sock, "--send-only", "--datagram-size", "5000", stdin=file)
            pass_time(0.2)
            self.assertLess(program.cpu_seconds(), 0.15 * SLOW)
            got = bytearray()
            while len(got) < len(data):
                piece = sock.recv(MIB)
                self.assertLessEqual(len(piece), 5000)
                got += piece
            self.assertEqual(program.wait(), 0)
        self.assertSame(bytes(got), data)

    def test_nobody_there(self):
        """No file, or nobody behind it: status 7."""
        path = self.path("s")
        where = f"unix-dgram://{path}"
        result = self.run_twx("connect", where, input=b"x")
        self.assertFails(result, 7, f"connect {where}: No such file or directory")
        self.unix_datagrams(path).close()
        result = self.run_twx("connect", where, input=b"x")
        self.assertFails(result, 7, f"connect {where}: Connection refused")

    def test_peer_that_goes_away(self):
        """The next datagram tells, once."""
        sock = self.unix_datagrams(self.path("s"))
        where = uri(sock)
        program = self.connect_udp(sock)
        program.send(b"first")
        self.assertEqual(sock.recv(MIB), b"first")
        sock.close()
        program.send(b"second")
        self.assertEqual(program.wait(), 7)
        self.assertEqual(program.lines(), [f"connect {where}: Connection refused"])


if __name__ == "__main__":
    unittest.main()
