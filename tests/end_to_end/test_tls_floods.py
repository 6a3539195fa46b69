"""Handshakes by the hundred, good and bad: each is its own client's trouble."""

import contextlib
import os
import random
import socket
import ssl
import sys
import threading
import time

import certificates
from harness import KIB, SLOW, SOON, memory_limit, poll_until, random_bytes, read_all, reset
from tls import TlsCase, Wire, client_context, client_flights, read_tls, spoilt

TIMED_OUT, HANDSHAKE, NOT_TRUSTED = 28, 35, 60


class Floods(TlsCase):
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
