"""Handshakes that stall, and what is no handshake at all."""

import contextlib
import selectors
import signal
import socket
import ssl
import threading
import time

from harness import MIB, SLOW, SOON, pass_time, read_all
from tls import TlsCase, Wire, client_context, client_flights, has_closed, secured, server_context

TIMED_OUT, HANDSHAKE, RESET = 28, 35, 56
# How long a server waits for a handshake.
DEADLINE = 10


class PlainText(TlsCase):
    """One side speaks TLS and the other does not: a sentence says so."""

    SAYS_NOTHING_ELSE = "connect .*: the peer does not speak TLS"

    def test_servers_that_greet(self):
        """SMTP, HTTP, SSH, a text, noise."""
        greetings = (
            b"220 mail.example.test ESMTP\r\n",
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            b"SSH-2.0-OpenSSH_9.2p1\r\n",
            b"Once upon a time there was a server\n",
            bytes(100),
            b"\xff" * 100,
        )
        for greeting in greetings:
            with self.subTest(greeting):

                def talk(sock):
                    sock.sendall(greeting)
                    with contextlib.suppress(OSError):
                        read_all(sock)

                result = self.run_connect(self.peer(talk), *self.trusting(), input=b"secret")
                self.assertFails(result, HANDSHAKE, self.SAYS_NOTHING_ELSE)
                self.assertEqual(result.out, b"")

    def test_server_that_echoes(self):
        """It sends the client's own greeting, which is TLS of a kind."""
        server = self.serve("echo")
        result = self.run_connect(self.place(server), *self.trusting(), input=b"secret")
        self.assertFails(result, HANDSHAKE, self.SAYS_NOTHING_ELSE)

    def test_server_that_answers_twx(self):
        """qotd: text, then the end."""
        server = self.serve("qotd", "--quote", "be brief")
        result = self.run_connect(self.place(server), *self.trusting())
        self.assertFails(result, HANDSHAKE, self.SAYS_NOTHING_ELSE)

    def test_server_that_closes(self):
        """Orderly, or because the handshake was unread."""
        result = self.run_connect(self.peer(lambda sock: sock.recv(MIB)), *self.trusting())
        self.assertFails(
            result, HANDSHAKE, "connect .*: the peer closed the connection during the handshake"
        )
        result = self.run_connect(self.peer(lambda sock: sock.recv(1)), *self.trusting())
        self.assertFails(result, RESET, "connect .*: Connection reset by peer")

    def test_clients_without_tls(self):
        """The server's log has the sentence, and the client sees an end."""
        server = self.serve_tls("echo", "-v")
        words = (b"GET / HTTP/1.1\r\n\r\n", b"hello, is anybody there?\n", bytes(100), b"\xff" * 9)
        for count, word in enumerate(words, 1):
            with self.subTest(word), server.connect() as sock:
                sock.sendall(word)
                with contextlib.suppress(ConnectionResetError):
                    read_all(sock)
                server.wait_err("TLS with .*: the peer does not speak TLS$", count)
        self.assertServesTls(server)

    def test_clients_without_tls_are_noticed(self):
        """Without -v, and without filling the log."""
        server = self.serve_tls()
        started = time.monotonic()
        for _ in range(50):
            with server.connect() as sock:
                sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
                with contextlib.suppress(ConnectionResetError):
                    read_all(sock)
        server.wait_err("TLS with .*: the peer does not speak TLS$")
        seconds = time.monotonic() - started
        self.assertLessEqual(server.err.count(b"does not speak TLS"), seconds + 1)

    def test_twx_without_tls(self):
        """connect without --tls gets no answer that could be taken for one."""
        server = self.serve_tls("echo", "-v")
        self.run_connect(self.place(server), input=b"hello\n")
        server.wait_err("TLS with .*: the peer does not speak TLS$")

    def test_curl(self):
        """An HTTP client on the TLS port."""
        server = self.serve_tls("echo", "-v")
        self.run_twx("-s", f"http://127.0.0.1:{server.port}/", command=["curl"])
        server.wait_err("TLS with .*: the peer does not speak TLS$")

    def test_old_versions_are_refused(self):
        """TLS 1.1, by a client that has nothing better."""
        server = self.serve_tls("echo", "-v")
        context = client_context(version=ssl.TLSVersion.TLSv1_1, level=0)
        with self.assertRaisesRegex(ssl.SSLError, "PROTOCOL_VERSION"):
            self.connect_tls(server, context=context)
        server.wait_err("TLS with .*: unsupported protocol")
        self.assertServesTls(server)


class Stalls(TlsCase):
    def test_handshake_stalled_at_each_byte_is_closed_by_the_deadline(self):
        """All at once, and others are served meanwhile."""
        server = self.serve_tls("echo", "-v")
        chooser = selectors.DefaultSelector()
        self.addCleanup(chooser.close)
        started = time.monotonic()
        first = next(client_flights(None))
        for left in range(len(first)):
            sock = server.connect()
            sock.sendall(first[:left])
            chooser.register(sock, selectors.EVENT_READ, ("first", left))
        left, size = 0, 1
        while left < size:
            sock = server.connect()
            flights = client_flights(sock)
            sock.sendall(next(flights))
            second = next(flights)
            size = len(second)
            sock.sendall(second[:left])
            chooser.register(sock, selectors.EVENT_READ, ("second", left))
            left += 1
        count = len(chooser.get_map())
        self.assertGreater(count, 300)
        opened = time.monotonic() - started
        with self.connect_tls(server) as tls:
            while chooser.get_map():
                self.assertLess(self.answer_times(tls, 20)[-1], 0.25 * SLOW)
                self.assertLess(time.monotonic() - started, opened + DEADLINE + SOON)
                for ready, _ in chooser.select(0.1):
                    at = time.monotonic() - started
                    self.assertGreater(at, DEADLINE - 1, f"{ready.data} is closed early")
                    self.assertEqual(ready.fileobj.recv(MIB)[:1] or b"", b"", ready.data)
                    chooser.unregister(ready.fileobj)
        server.wait_err("TLS with .*: TLS handshake timed out$", count)

    def test_byte_by_byte_is_good_enough(self):
        """If it is in time."""
        server = self.serve_tls()
        sock = server.connect()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for flight in client_flights(sock):
            for byte in flight:
                sock.sendall(bytes([byte]))
        self.assertGreater(len(sock.recv(MIB)), 100)  # the tickets
        self.assertServesTls(server)

    def test_bytes_one_by_one_do_not_put_the_deadline_off(self):
        """It is for the whole handshake."""
        server = self.serve_tls("echo", "-v")
        sock = server.connect()
        started = time.monotonic()
        with contextlib.suppress(OSError):
            for byte in next(client_flights(None)):
                sock.sendall(bytes([byte]))
                pass_time(0.1)
        self.assertEqual(has_closed(sock), True)
        self.assertLess(time.monotonic() - started, DEADLINE + SOON)
        server.wait_err("TLS handshake timed out$")

    def stalled(self, left):
        """A server that sends `left` bytes of its handshake and no more."""

        def talk(sock):
            wire = Wire(sock)
            wire.step()
            wire.take()
            sock.sendall(wire.step()[0][:left])
            with contextlib.suppress(OSError):
                read_all(sock)

        return self.peer(talk)

    def test_connect_timeout_covers_the_handshake(self):
        """Wherever it stalls: status 28, and the time is kept."""
        programs = []
        for left in (*range(12), *range(12, 700, 83), -30, -1):
            program = self.connect(
                self.stalled(left), *self.trusting("--connect-timeout", "700ms")
            )
            programs.append((left, program, time.monotonic()))
        for left, program, started in programs:
            with self.subTest(left):
                self.assertEqual(program.wait(), TIMED_OUT)
                self.assertRegex(program.err, b"^twx: connect .*: TLS handshake timed out\n$")
                self.assertLess(time.monotonic() - started, 0.7 + 5 * SLOW)

    def test_max_time_covers_the_handshake(self):
        """The limit for everything."""
        result = self.run_connect(self.stalled(5), *self.trusting("--max-time", "300ms"))
        self.assertFails(result, TIMED_OUT, "connect .*: not finished within the time allowed")

    def test_signal_during_the_handshake(self):
        """The client dies of it at once."""
        for number in (signal.SIGINT, signal.SIGTERM):
            for left in (0, 300):
                got = threading.Event()

                def talk(sock):
                    wire = Wire(sock)
                    wire.step()
                    wire.take()
                    sock.sendall(wire.step()[0][:left])
                    got.set()
                    with contextlib.suppress(OSError):
                        read_all(sock)

                with self.subTest((number, left)):
                    peer = self.peer(talk)
                    program = self.connect(peer, *self.trusting())
                    self.assertTrue(got.wait(SOON))
                    program.signal(number)
                    self.assertEqual((program.wait(), program.err), (-number, b""))
                    peer.join()

    def test_server_stops_during_handshakes(self):
        """They are not waited for."""
        server = self.serve_tls("echo", "--drain", "8s")
        socks = [server.connect() for _ in range(5)]
        for sock in socks:
            sock.sendall(next(client_flights(None))[:100])
        self.assertServesTls(server)
        started = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - started, 4 * SLOW)

    def test_reconnect_tries_again_after_a_stall(self):
        """A handshake that timed out is a failure like any other."""
        listener = self.listener()
        program = self.connect(
            listener,
            *self.trusting("--connect-timeout", "500ms", "--reconnect", "--reconnect-min", "10ms"),
        )
        listener.accept()
        with secured(listener.accept(), server_context()) as tls:
            tls.sendall(b"at last")
            program.wait_out(b"at last")
            program.end_input()
            self.assertEqual(tls.recv(1), b"")
            tls.unwrap()
        self.assertEqual(program.wait(), 0)
