"""Bytes through TLS: all of them, or an error that says so; the end of one side and of both."""

import contextlib
import hashlib
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import certificates
from harness import (
    KIB,
    MIB,
    SANITIZED,
    SLOW,
    SOON,
    TWX,
    memory_limit,
    offer,
    pass_time,
    poll_until,
    random_bytes,
    read_all,
    reset,
    waiting_bytes,
)
from tls import TlsCase, Wire, client_context, over_tls, read_tls, secured, server_context

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
TRUNCATED, RESET, HANDSHAKE = 18, 56, 35


class StreamCase(TlsCase):
    def place(self, server):
        return (server.place[0], str(server.port))

    def wired(self, talk, context=None):
        """A peer that sends its records itself, ends, and takes what comes until the end."""

        def wired(sock):
            talk(Wire(sock, context).handshake())
            sock.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):  # the test may be over
                read_all(sock)

        return self.peer(wired)


class Transfers(StreamCase):
    COUNT = (30 if SANITIZED else 300) * MIB

    def pump(self, program):
        """Sends COUNT bytes and reads as many at once; both ways must be the same."""
        block = random_bytes(MIB)
        digests = [hashlib.sha256(), hashlib.sha256()]

        def send():
            for number in range(self.COUNT // MIB):
                piece = number.to_bytes(8, "big") + block[8:]
                digests[0].update(piece)
                program.send(piece)
            program.end_input()

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        while piece := program.stdout.read(MIB):
            digests[1].update(piece)
        thread.join(SOON)
        self.assertEqual((program.wait(), program.err), (0, b""))
        self.assertEqual(*(digest.hexdigest() for digest in digests))

    def test_300_mib_there_and_back(self):
        """Through the client and the echo server, every byte."""
        server = self.serve_tls()
        self.pump(self.connect(self.place(server), *self.trusting(), collect=False))

    def test_300_mib_with_threads_and_a_unix_socket(self):
        """The same over the other kind of socket."""
        path = self.path("socket")
        server = self.serve_tls("echo", "--threads", "4", endpoints=(f"unix://{path}",))
        arguments = self.trusting("--servername", "localhost")
        self.pump(self.start("connect", path, *arguments, collect=False))
        self.assertEqual(server.stop(), 0)

    def test_sizes_around_those_of_a_record(self):
        """16 KiB is the most that one holds."""
        server = self.serve_tls()
        for size in (1, 16383, 16384, 16385, 32768, 65535, 65536, 65537, 131073):
            data = random_bytes(size)
            result = self.run_connect(self.place(server), *self.trusting(), input=data)
            self.assertQuiet(result, data)

    def test_records_of_any_size_and_cut(self):
        """Records of 1 to 1000 bytes, sent in pieces that do not fit them."""
        data = random_bytes(50_000)

        def talk(wire):
            records, start = b"", 0
            for size in range(1, 1000):
                records += wire.records(data[start : start + size])
                start += size
                if start >= len(data):
                    break
            records += wire.close_notify()
            for start in range(0, len(records), 777):
                wire.sock.sendall(records[start : start + 777])

        self.assertQuiet(self.run_connect(self.wired(talk), *self.trusting()), data)

    def test_data_that_comes_with_the_end_of_the_handshake(self):
        """In one piece with the client's last words, and with the server's of TLS 1.2."""
        server = self.serve_tls()
        for version in VERSIONS:
            with self.subTest(version):
                wire = Wire(server.connect(), client_context(version=version), "localhost")
                flight, done = wire.step()
                while not done:
                    wire.sock.sendall(flight)
                    wire.take()
                    flight, done = wire.step()
                wire.sock.sendall(flight + wire.records(b"hello") + wire.close_notify())
                self.assertEqual(wire.receive(5), b"hello")

        def talk(sock):
            wire = Wire(sock, server_context(version=ssl.TLSVersion.TLSv1_2))
            flight, done = wire.step()
            while not done:
                sock.sendall(flight)
                wire.take()
                flight, done = wire.step()
            sock.sendall(flight + wire.records(b"hello"))
            wire.take()
            sock.sendall(wire.close_notify())

        program = self.connect(self.peer(talk), *self.trusting())
        program.wait_out(b"hello")
        program.end_input()
        self.assertEqual(program.wait(), 0)

    def test_peers_that_are_not_twx(self):
        """Each version; openssl s_server and s_client are below."""
        data = random_bytes(MIB)
        for version in VERSIONS:
            with self.subTest(version):
                got = []
                context = server_context(version=version)

                def talk(tls):
                    got.append(read_tls(tls, len(data)))
                    tls.sendall(data)

                result = self.run_connect(
                    self.peer(over_tls(talk, context)), *self.trusting(), input=data
                )
                self.assertQuiet(result, data)
                self.assertSame(got[0], data)
                server = self.serve_tls()
                with self.connect_tls(server, context=client_context(version=version)) as tls:
                    thread = threading.Thread(target=tls.sendall, args=(data,), daemon=True)
                    thread.start()
                    self.assertSame(read_tls(tls, len(data)), data)
                    thread.join(SOON)

    def test_peer_that_does_not_read_costs_little(self):
        """Back-pressure goes through TLS."""
        server = self.serve_tls()
        for _ in range(10):
            self.assertServesTls(server)
        before = server.rss()
        stuck = self.connect_tls(server)
        stuck.settimeout(0.3 * SLOW)
        sent, block = 0, bytes(64 * KIB)
        try:
            while sent < 64 * MIB:
                sent += stuck.send(block)
        except (TimeoutError, ssl.SSLWantWriteError):
            pass
        self.assertLess(sent, 64 * MIB, "it took what nobody reads")
        self.assertLess(server.rss() - before, memory_limit(16 * MIB))
        self.assertServesTls(server)


class Keys(StreamCase):
    """What the openssl command does to the keys of a connection that lives."""

    def s_client(self, server, *args):
        where = f"127.0.0.1:{server.port}"
        return self.start("s_client", "-connect", where, *args, command=["openssl"])

    def echoed(self, program, word):
        program.send(word)
        poll_until(lambda: word in program.out, "the echo is printed")

    def test_new_keys_of_a_client(self):
        """RFC 8446, section 4.6.3, with an answer and without."""
        server = self.serve_tls()
        program = self.s_client(server, "-tls1_3")
        for number in range(20):
            self.echoed(program, b"word %d.\n" % number)
            program.send(b"Kk"[number % 2 :][:1] + b"\n")
            program.wait_err("^KEYUPDATE$", number + 1)
        self.echoed(program, b"the last word.\n")

    def test_new_keys_of_a_server(self):
        """The same for connect."""
        s_server = self.s_server("-tls1_3")
        program = self.connect(s_server.where, *self.trusting())
        for number in range(10):
            word = b"word %d.\n" % number
            s_server.send(word)
            poll_until(lambda: program.out.endswith(word), "it is printed")
            self.echoed_by(s_server, program, word)
            s_server.send(b"Kk"[number % 2 :][:1] + b"\n")
            poll_until(lambda: not waiting_bytes(s_server.stdin.fileno()), "it is read")
        program.end_input()
        self.assertEqual(program.wait(), 0, program.err)

    def echoed_by(self, s_server, program, word):
        program.send(b"to " + word)
        poll_until(lambda: b"to " + word in s_server.out, "the peer has it")

    def test_renegotiation_is_refused(self):
        """TLS 1.2: it would let a client make a server work for it (RFC 5746 aside)."""
        server = self.serve_tls()
        program = self.s_client(server, "-tls1_2")
        self.echoed(program, b"word.\n")
        program.send(b"R\n")
        program.wait_err("no renegotiation")
        self.assertServesTls(server)


class Ends(StreamCase):
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
        result = self.run_connect(peer, *self.trusting())
        self.assertEqual(result.out, b"x")
        self.assertFails(result, HANDSHAKE, "connect .*: the peer refused: bad record mac")

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
