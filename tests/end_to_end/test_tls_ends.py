"""The end of one side and of both over TLS: a good bye, or an error that says so."""

import signal
import ssl
import threading

from harness import MIB, SLOW, SOON, pass_time, random_bytes, reset
from tls import TlsCase, Wire, client_context, over_tls, read_tls, server_context

TRUNCATED, HANDSHAKE, RESET = 18, 35, 56

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


class Ends(TlsCase):
    def test_end_of_input_sends_close_notify_and_the_late_answer_arrives(self):
        """As with TCP's half-close."""
        for version in VERSIONS:
            with self.subTest(version):
                seen = []

                def talk(tls):
                    while piece := tls.recv(100):
                        seen.append(piece)
                    pass_time(1)
                    tls.sendall(b"late answer\n")

                peer = self.peer(over_tls(talk, server_context(version=version)))
                result = self.run_connect(peer, *self.trusting(), input=b"question\n")
                self.assertQuiet(result, b"late answer\n")
                self.assertEqual(b"".join(seen), b"question\n")

    def test_half_close_of_a_client_is_answered(self):
        """s_client sends close_notify and reads on; twx connect too."""
        server = self.serve_tls()
        result = self.run_connect(self.place(server), *self.trusting(), input=b"x" * 100_000)
        self.assertQuiet(result, b"x" * 100_000)

    def test_close_notify_of_the_peer_is_the_end(self):
        """Although it leaves the connection open."""
        held = threading.Event()

        def talk(wire):
            wire.sock.sendall(wire.records(b"answer") + wire.close_notify())
            held.wait(SOON)

        peer = self.wired(talk)
        program = self.connect(peer, *self.trusting())
        self.assertEqual(program.wait(), 0)
        held.set()
        peer.join()
        self.assertEqual((program.out, program.err), (b"answer", b""))

    def test_half_open(self):
        """After the peer's close_notify the input still goes to it."""
        seen = []

        def talk(wire):
            wire.sock.sendall(wire.records(b"bye") + wire.close_notify())
            seen.append(wire.receive(100_000))

        peer = self.wired(talk)
        program = self.connect(peer, *self.trusting("--half-open"))
        program.wait_out(b"bye")
        program.send(b"x" * 100_000)
        program.end_input()
        self.assertEqual((program.wait(), program.err), (0, b""))
        peer.join()
        self.assertEqual(len(seen[0]), 100_000)

    def test_send_only_sends_all_and_says_good_bye(self):
        """Without waiting for an answer; what the server said unasked must not reset it."""
        data, seen = random_bytes(5 * MIB), []

        def talk(tls):
            pass_time(0.5)  # the client has filled the buffers by then
            seen.append(read_tls(tls, len(data)))
            self.assertEqual(tls.recv(1), b"")

        peer = self.peer(over_tls(talk))
        result = self.run_connect(peer, *self.trusting("--send-only"), input=data)
        self.assertQuiet(result, b"")
        peer.join()
        self.assertSame(seen[0], data)

    def test_send_only_does_not_wait_for_a_server_that_closes(self):
        """With a good bye of its own or without one."""
        for talk in (lambda wire: None, lambda wire: wire.sock.sendall(wire.close_notify())):

            def closing(wire):
                self.assertEqual(wire.receive(5), b"hello")
                talk(wire)

            result = self.run_connect(
                self.wired(closing), *self.trusting("--send-only"), input=b"hello"
            )
            self.assertQuiet(result, b"")
            self.assertLess(result.seconds, 1.5 * SLOW)

    def test_send_only_ends_though_the_server_does_not(self):
        """Which says nothing at all."""
        over = threading.Event()

        def talk(tls):
            self.assertEqual(read_tls(tls, 5), b"hello")
            over.wait(SOON)

        peer = self.peer(over_tls(talk))
        result = self.run_connect(peer, *self.trusting("--send-only"), input=b"hello")
        over.set()
        self.assertQuiet(result, b"")

    def test_without_close_notify_it_is_truncated(self):
        """What came is printed, and the exit status says that more may be missing."""
        for version in VERSIONS:
            for size in (0, 1, 6, 200_000):
                with self.subTest((version, size)):
                    data = random_bytes(size)
                    peer = self.wired(
                        lambda wire: size and wire.sock.sendall(wire.records(data)),
                        server_context(version=version),
                    )
                    result = self.run_connect(peer, *self.trusting())
                    self.assertSame(result.out, data)
                    self.assertFails(
                        result, TRUNCATED, "connect .*: The peer ended without TLS close_notify"
                    )

    def test_cut_within_a_record_it_is_truncated(self):
        """At each byte of the last record."""
        for left in (*range(1, 30), 500):
            with self.subTest(left):

                def talk(wire):
                    first, second = wire.records(b"whole"), wire.records(b"y" * 500)
                    wire.sock.sendall(first + second[:left])

                result = self.run_connect(self.wired(talk), *self.trusting())
                self.assertEqual(result.out, b"whole")
                self.assertFails(result, TRUNCATED, ".*without TLS close_notify")

    def test_reset_is_a_reset(self):
        """Not a truncation, not an end."""

        def talk(sock):
            wire = Wire(sock).handshake()
            wire.sock.sendall(wire.records(b"x"))
            went.wait(SOON)
            reset(sock)

        went = threading.Event()
        program = self.connect(self.peer(talk), *self.trusting())
        program.wait_out(b"x")
        went.set()
        self.assertEqual(program.wait(), RESET)

    def test_forged_end_is_none(self):
        """A close_notify in clear, as anybody on the way could send it."""
        for version in VERSIONS:
            with self.subTest(version):
                forged = b"\x15\x03\x03\x00\x02\x01\x00"
                peer = self.wired(
                    lambda wire: wire.sock.sendall(wire.records(b"x") + forged),
                    server_context(version=version),
                )
                result = self.run_connect(peer, *self.trusting())
                self.assertEqual((result.status, result.out), (HANDSHAKE, b"x"), result)

    def test_spoilt_record_ends_it(self):
        """What came before it is printed, nothing of it or after it."""
        for version in VERSIONS:
            for place in (5, 20, -1):
                with self.subTest((version, place)):

                    def talk(wire):
                        good, bad = wire.records(b"good"), bytearray(wire.records(b"b" * 100))
                        bad[place] ^= 1
                        wire.sock.sendall(good + bad + wire.records(b"more"))

                    peer = self.wired(talk, server_context(version=version))
                    result = self.run_connect(peer, *self.trusting())
                    self.assertEqual((result.status, result.out), (HANDSHAKE, b"good"), result)
                    self.assertRegex(result.err, "bad record mac")

    def test_alert_right_behind_data_is_told(self):
        """Both come with one read."""
        peer = self.wired(lambda wire: wire.sock.sendall(wire.records(b"x") + wire.fatal_alert()))
        program = self.connect(peer, *self.trusting())  # with its input open
        self.assertEqual((program.wait(), program.out), (HANDSHAKE, b"x"))
        self.assertRegex(program.err, b"^twx: connect .*: the peer refused: bad record mac\n$")

    def test_alert_beside_a_failed_write_is_told(self):
        """The write fails first, since the peer has reset; the alert says why."""
        ready, stopped = threading.Event(), threading.Event()

        def talk(sock):
            wire = Wire(sock).handshake()
            ready.set()
            stopped.wait(SOON)
            wire.sock.sendall(wire.fatal_alert())
            reset(sock)

        peer = self.peer(talk)
        program = self.connect(peer, *self.trusting(), "-v")
        ready.wait(SOON)
        program.wait_err("^twx: connected to")
        program.signal(signal.SIGSTOP)
        program.send(bytes(20_000))
        stopped.set()
        peer.join()
        program.signal(signal.SIGCONT)
        self.assertEqual(program.wait(), HANDSHAKE, program.err)
        self.assertRegex(program.err, b"the peer refused: bad record mac")

    def test_server_that_ends_says_good_bye(self):
        """qotd closes after its text: Python would raise at a missing close_notify."""
        server = self.serve_tls("qotd", "--quote", "be brief")
        for version in VERSIONS:
            with self.connect_tls(server, context=client_context(version=version)) as tls:
                self.assertEqual(read_tls(tls, 1000).strip(), b"be brief")

    def test_server_tells_of_truncation(self):
        """In its log; a client that vanishes is no end either."""
        server = self.serve_tls("echo", "-v")
        tls = self.connect_tls(server)
        tls.sendall(b"x")
        read_tls(tls, 1)
        tls.close()
        server.wait_err("ended: sent 1, received 1 bytes; The peer ended without TLS close_notify")

    def test_limits_of_servers_hold_and_say_good_bye(self):
        """--max-connections and --idle-timeout; unfinished handshakes are no connections."""
        server = self.serve_tls("echo", "--max-connections", "1", "--idle-timeout", "700ms")
        stalled = [server.connect() for _ in range(3)]
        with self.connect_tls(server) as first:
            first.sendall(b"x")
            self.assertEqual(read_tls(first, 1), b"x")
            with self.connect_tls(server) as second:
                self.assertEqual(read_tls(second, 100), b"Too many connections, try later")
            with self.assertRaisesRegex(ssl.SSLError, "EOF|eof"):
                first.recv(1)  # idle: no good bye
        self.assertServesTls(server)
        self.assertEqual(len(stalled), 3)

    def test_drained_server_says_good_bye(self):
        """SIGTERM with connections open."""
        server = self.serve_tls("echo", "--drain", "200ms")
        tls = self.connect_tls(server)
        tls.sendall(b"x")
        read_tls(tls, 1)
        server.signal(signal.SIGTERM)
        self.assertEqual(tls.recv(1), b"")
        self.assertEqual(server.wait(), 0)
