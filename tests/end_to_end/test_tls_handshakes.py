"""Handshakes that fail, stall or come by the hundred: each is its own client's trouble."""

import contextlib
import os
import random
import selectors
import signal
import socket
import ssl
import sys
import threading
import time

import certificates
from harness import (
    KIB,
    MIB,
    SANITIZED,
    SLOW,
    SOON,
    memory_limit,
    pass_time,
    poll_until,
    random_bytes,
    read_all,
    reset,
)
from tls import TlsCase, Wire, client_context, over_tls, read_tls, secured, server_context

HANDSHAKE, NOT_TRUSTED, TIMED_OUT = 35, 60, 28
# How long a server waits for a handshake.
DEADLINE = 10


def client_flights(sock, context=None):
    """What a client sends in its handshake; the caller sends each before it asks for the next."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = context or client_context()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    done = False
    while not done:
        try:
            tls.do_handshake()
            done = True
        except ssl.SSLWantReadError:
            pass
        if flight := outgoing.read():
            yield flight
        if done:
            return
        piece = sock.recv(MIB)
        if not piece:
            raise ConnectionError("the server has closed")
        incoming.write(piece)


def spoilt(flight, numbers):
    """With one byte changed."""
    place, change = numbers.randrange(len(flight)), numbers.randrange(1, 256)
    return flight[:place] + bytes([flight[place] ^ change]) + flight[place + 1 :]


def has_closed(sock):
    try:
        return sock.recv(MIB) == b""
    except ConnectionError:
        return True


class HandshakeCase(TlsCase):
    def place(self, server):
        return (server.place[0], str(server.port))

    def answer_times(self, tls, count):
        times = []
        for _ in range(count):
            started = time.monotonic()
            tls.sendall(b"x")
            self.assertEqual(read_tls(tls, 1), b"x")
            times.append(time.monotonic() - started)
        return sorted(times)


class PlainText(HandshakeCase):
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
        self.assertFails(
            result, HANDSHAKE, "connect .*: the peer reset the connection during the handshake"
        )

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


class Stalls(HandshakeCase):
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


class Floods(HandshakeCase):
    """Many handshakes, good and bad."""

    def test_failures_of_one_client_never_delay_another(self):
        """Garbage, resets, wrong versions and stalls, as fast as they can be had."""
        server = self.serve_tls("echo", "--client-ca", self.ca_file)
        over, failed = threading.Event(), []
        hello = next(client_flights(None))

        def fail():
            bad = client_context()  # without a certificate
            while not over.is_set():
                with contextlib.suppress(OSError):
                    self.fail_once(server, len(failed) % 4, hello, bad)
                failed.append(True)

        context = client_context(certificates.client())
        with self.connect_tls(server, context=context) as tls:
            self.answer_times(tls, 50)
            threads = [threading.Thread(target=fail, daemon=True) for _ in range(2)]
            for thread in threads:
                thread.start()
            times = []
            while len(failed) < 400:
                times += self.answer_times(tls, 10)
                started = time.monotonic()
                self.assertServesTls(server, context=context)
                self.assertLess(time.monotonic() - started, 0.5 * SLOW)
            over.set()
            for thread in threads:
                thread.join(SOON)
        times.sort()
        self.assertLess(times[int(0.99 * len(times))], 0.1 * SLOW)

    def test_floods_of_new_keys_do_not_delay_others(self):
        """They cost the server more than the client, and bring no data for which to stop."""
        server = self.serve_tls("echo", "--drain", "10ms")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "key_updates.py")
        with self.connect_tls(server) as tls:
            self.answer_times(tls, 50)
            for _ in range(3):
                flooder = self.start(script, server.port, command=[sys.executable, "-B"])
                flooder.wait_out(b"ready")
            times = self.answer_times(tls, 20)
            self.assertServesTls(server)
        self.assertLess(times[-1], SLOW, times[-5:])
        self.assertEqual(server.stop(), 0)

    def fail_once(self, server, kind, hello, context):
        with socket.create_connection(server.place, timeout=SOON) as sock:
            if kind == 0:
                sock.sendall(random_bytes(1000))
            elif kind == 1:
                sock.sendall(hello)
                reset(sock)
                return
            elif kind == 2:
                sock.sendall(hello[:-1] + b"\xff" + hello)
            else:
                with context.wrap_socket(sock, server_hostname="localhost") as tls:
                    tls.recv(1)
            read_all(sock)

    def growth(self, server, shake, count):
        """How the server's memory grows over the second and third `count` handshakes."""
        sizes = []
        for _ in range(3):
            for _ in range(count):
                shake()
            poll_until(lambda: server.descriptors() < 20, "all connections are gone")
            sizes.append(server.rss())
        return sizes[2] - sizes[0]

    def test_spoilt_handshakes_of_clients(self):
        """One byte of it is another: an end or an answer, and the server lives on."""
        server = self.serve_tls("echo", "--client-ca", self.ca_file)
        numbers = random.Random(1)
        context = client_context(certificates.client())
        for count in range(400):
            with socket.create_connection(server.place, timeout=SOON) as sock:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with contextlib.suppress(OSError):
                    for number, flight in enumerate(client_flights(sock, context)):
                        if number == count % 2:
                            flight = spoilt(flight, numbers)
                        sock.sendall(flight)
                    sock.shutdown(socket.SHUT_WR)
                    read_all(sock)
        self.assertServesTls(server, context=context)
        poll_until(lambda: server.descriptors() < 20, "all connections are gone")

    def test_spoilt_handshakes_of_servers(self):
        """The client takes nothing from them, and says that it is TLS that failed."""
        numbers = random.Random(2)

        def talk(sock):
            wire = Wire(sock)
            wire.step()
            wire.take()
            sock.sendall(spoilt(wire.step()[0], numbers))
            with contextlib.suppress(OSError):
                read_all(sock)

        programs = []
        for _ in range(60):
            options = self.trusting("--connect-timeout", "3s", "--servername", "localhost")
            programs.append(self.connect(self.peer(talk), *options))
            with contextlib.suppress(BrokenPipeError):  # it may have ended by now
                programs[-1].send(b"secret")
                programs[-1].end_input()
        for program in programs:
            self.assertIn(program.wait(), (HANDSHAKE, NOT_TRUSTED, TIMED_OUT), program.err)
            self.assertEqual((program.out, program.err.count(b"\n")), (b"", 1), program.err)

    def test_memory_stays_flat(self):
        """Over 600 handshakes of TLS 1.3, of TLS 1.2 without tickets, and such that fail."""
        server = self.serve_tls("echo", "--client-ca", self.ca_file)
        new = client_context(certificates.client())
        old = client_context(certificates.client(), version=ssl.TLSVersion.TLSv1_2)
        old.options |= ssl.OP_NO_TICKET
        distrustful = client_context(trusted=certificates.other_ca())

        def good(context):
            with self.connect_once(server, context) as tls:
                tls.unwrap()

        def bad():
            with contextlib.suppress(ssl.SSLError), self.connect_once(server, distrustful):
                pass

        kinds = {"1.3": lambda: good(new), "1.2": lambda: good(old), "failed": bad}
        for name, shake in kinds.items():
            with self.subTest(name):
                self.assertLess(self.growth(server, shake, 300), memory_limit(256 * KIB))

    def connect_once(self, server, context):
        sock = socket.create_connection(server.place, timeout=SOON)
        return context.wrap_socket(sock, server_hostname="localhost")

    def test_idle_connections_cost_little(self):
        """At most 60 KiB each."""
        count = 500
        server = self.serve_tls()
        context = client_context()
        for _ in range(20):
            self.assertServesTls(server, context=context)
        before = server.rss()
        tunnels = [self.connect_tls(server, context=context) for _ in range(count)]
        for tls in tunnels:
            tls.sendall(b"x" * 20_000)
            self.assertEqual(len(read_tls(tls, 20_000)), 20_000)
        each = (server.rss() - before) / count
        self.assertLess(each, memory_limit(60 * KIB), f"{each / KIB:.1f} KiB")
        if os.environ.get("TWX_TEST_FIGURES"):
            print(f"idle TLS connection: {each / KIB:.1f} KiB")

    def test_unfinished_handshakes_cost_little(self):
        """Each at most what an idle connection may."""
        count = 500
        server = self.serve_tls()
        for _ in range(20):
            self.assertServesTls(server)
        before = server.rss()
        hello = next(client_flights(None))
        socks = [server.connect() for _ in range(count)]
        for sock in socks:
            sock.sendall(hello)
            sock.recv(1)
        each = (server.rss() - before) / count
        self.assertLess(each, memory_limit(60 * KIB), f"{each / KIB:.1f} KiB")

    def test_threads_share_the_handshakes(self):
        """--threads 4: clients at once, each with a full handshake."""
        server = self.serve_tls("echo", "--threads", "4")
        failures = []

        def clients():
            try:
                for _ in range(25):
                    self.assertServesTls(server)
            except Exception as failure:  # handed to the thread of the test
                failures.append(failure)

        threads = [threading.Thread(target=clients, daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(6 * SOON)
        self.assertEqual(failures, [])
        self.assertEqual(server.stop(), 0)
