"""Servers at their limits: descriptors, memory, slow and hostile clients, many of them."""

import select
import selectors
import signal
import socket
import threading
import time
import unittest

from harness import (
    KIB,
    MIB,
    MOST_DESCRIPTORS,
    SLOW,
    SOON,
    TWX,
    Case,
    memory_limit,
    offer,
    pass_time,
    poll_until,
    random_bytes,
    read_all,
    read_exactly,
    reset,
    until_quiet,
)


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def limited(soft, hard=None):
    """A command prefix that limits descriptors."""
    script = f'ulimit -Sn {soft} && ulimit -Hn {hard or soft} && exec "$@"'
    return ["sh", "-c", script, "sh", TWX]


class LimitCase(Case):
    def answer_times(self, server, count, pause=0.0):
        """How long a client of its own waits for each of its answers."""
        times = []
        with server.connect() as sock:
            for _ in range(count):
                asked = time.monotonic()
                sock.sendall(b"ping")
                self.assertEqual(read_exactly(sock, 4), b"ping")
                times.append(time.monotonic() - asked)
                pass_time(pause)
        return times

    def those_served(self, socks):
        """Those that get an answer, now that there is room for some only."""
        for sock in socks:
            sock.sendall(b"x")
        answered = until_quiet(lambda: select.select(socks, [], [], 0)[0])
        for sock in answered:
            self.assertEqual(sock.recv(1), b"x")
        return answered


class Descriptors(LimitCase):
    def exhausted(self, *args):
        """A server with room for 64 descriptors, 150 clients, and those of them that it serves."""
        server = self.serve("echo", *args, command=limited(64))
        socks = [server.connect() for _ in range(150)]
        server.wait_err("^twx: cannot accept for now: Too many open files")
        served = self.those_served(socks)
        self.assertGreater(len(served), 20)
        self.assertLess(len(served), 64)
        return server, socks, served

    def check_exhausted(self, *args):
        server, socks, served = self.exhausted(*args)
        # A stretch of a second in which nothing can be accepted: it must not spin.
        before, said = server.cpu_seconds(), len(server.err)
        pass_time(1)
        self.assertLess(server.cpu_seconds() - before, 0.5)
        self.assertLess(len(server.err) - said, 1000 * SLOW)
        for sock in served:
            sock.sendall(b"y")
            self.assertEqual(read_exactly(sock, 1), b"y")
        for sock in socks:
            sock.close()
        released = time.monotonic()
        with server.connect() as sock:
            sock.sendall(b"back?")
            self.assertEqual(read_exactly(sock, 5), b"back?")
        self.assertLess(time.monotonic() - released, 6)
        self.assertLess(len(server.err), 100_000)
        self.assertEqual(server.stop(), 0)

    def test_server_survives_their_exhaustion(self):
        """Alive, at most half a core, old clients served, back within 6 s."""
        self.check_exhausted()

    def test_server_with_threads_survives_their_exhaustion(self):
        """The same for --threads 4, which share the limit."""
        self.check_exhausted("--threads", "4")

    def test_waiting_clients_are_served_as_others_leave(self):
        """Service resumes by itself, and nobody was turned away."""
        server, socks, served = self.exhausted()
        waiting = [sock for sock in socks if sock not in served]
        for sock in served:
            sock.close()
        for sock in waiting:
            self.assertEqual(sock.recv(1), b"x")
            sock.close()

    def test_stops_while_exhausted(self):
        """SIGTERM needs no descriptor."""
        server, _, _ = self.exhausted()
        self.assertEqual(server.stop(), 0)

    def test_soft_limit_is_raised(self):
        """The soft limit to the hard one."""
        server = self.serve("echo", command=limited(64, 512))
        socks = [server.connect() for _ in range(150)]
        for sock in socks:
            sock.sendall(b"x")
        self.assertEqual({sock.recv(1) for sock in socks}, {b"x"})
        self.assertEqual(len(server.lines()), 1)

    def test_client_with_few_descriptors_works_or_says_why_not(self):
        """Never a crash, a hang or a silent loss."""
        server = self.serve("echo")
        worked = []
        for count in range(5, 14):
            with self.subTest(count):
                result = self.run_connect(
                    ("127.0.0.1", server.port), input=b"hello", command=limited(count)
                )
                if result.status == 0:
                    self.assertEqual((result.out, result.err), (b"hello", ""))
                    worked.append(count)
                else:
                    self.assertRegex(result.err, "Too many open files|Error 24|open file")
        self.assertIn(13, worked)

    def test_server_with_few_descriptors_works_or_says_why_not(self):
        """It either listens and stops well, or ends with a reason."""
        for count in range(5, 12):
            with self.subTest(count):
                path = self.path(str(count))
                program = self.start("serve", "echo", path, command=limited(count))
                poll_until(lambda: program.err, "it says how it went")
                if b"listening" in program.err:
                    program.signal(signal.SIGTERM)
                    self.assertEqual(program.wait(), 0)
                else:
                    self.assertGreater(program.wait(), 0)
                    self.assertRegex(program.err, b"Too many open files|Error 24|open file")


class Memory(LimitCase):
    def test_client_that_never_reads_costs_little(self):
        """64 MiB are offered; others are answered within 250 ms."""
        server = self.serve("echo")
        self.answer_times(server, 10)
        before = server.rss()
        stuck = server.connect()
        sent = offer(stuck, 64 * MIB)
        self.assertLess(sent, 64 * MIB, "it took what nobody reads")
        times = self.answer_times(server, 200)
        self.assertLess(server.rss() - before, memory_limit(16 * MIB))
        self.assertLess(percentile(times, 0.99), 0.25 * SLOW)

    def test_many_clients_that_never_read_cost_little(self):
        """At most 256 KiB a connection."""
        server = self.serve("echo")
        self.answer_times(server, 10)
        before = server.rss()
        socks = [server.connect(receive_buffer=4 * KIB) for _ in range(40)]
        for sock in socks:
            offer(sock, 8 * MIB, quiet=0.02)
        self.assertLess(server.rss() - before, memory_limit(40 * 256 * KIB))
        self.answer_times(server, 10)

    def test_idle_connections_cost_little(self):
        """At most 12 KiB a connection."""
        count = 1000
        server = self.serve("echo")
        self.answer_times(server, 10)
        before = server.rss()
        socks = [server.connect() for _ in range(count)]
        for sock in socks:
            sock.sendall(b"x")
        self.assertEqual({sock.recv(1) for sock in socks}, {b"x"})
        self.assertLess(server.rss() - before, memory_limit(count * 12 * KIB))


class SlowClients(LimitCase):
    def test_normal_client_beside_500_slow_ones(self):
        """A byte each 100 ms from each; p99 of the normal one at most 100 ms."""
        server = self.serve("echo")
        socks = [server.connect() for _ in range(500)]
        over = threading.Event()

        def trickle():
            while not over.wait(0.1):
                for sock in socks:
                    sock.sendall(b"x")

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        times = self.answer_times(server, 150, pause=0.01)
        over.set()
        thread.join(SOON)
        self.assertLess(percentile(times, 0.99), 0.1 * SLOW)
        for sock in socks:
            sock.shutdown(socket.SHUT_WR)
        echoed = [len(read_all(sock)) for sock in socks]
        self.assertGreater(min(echoed), 0)
        self.assertEqual(len(set(echoed)), 1, "some got less back than others")


@unittest.skipIf(MOST_DESCRIPTORS < 2200, "the limit of descriptors is too low")
class Flood(LimitCase):
    COUNT = 2000

    def flood(self, server, each):
        """Connects COUNT clients at once, which send `each` and read it back; what they got."""
        chooser = selectors.DefaultSelector()
        self.addCleanup(chooser.close)
        got = {}
        for _ in range(self.COUNT):
            sock = self.keep(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(server.place)
            got[sock] = bytearray()
            chooser.register(sock, selectors.EVENT_WRITE)
        deadline = time.monotonic() + 3 * SOON
        while chooser.get_map():
            events = chooser.select(1)
            if time.monotonic() > deadline:
                self.fail(f"{len(chooser.get_map())} of {self.COUNT} are not served")
            for key, event in events:
                sock = key.fileobj
                if event & selectors.EVENT_WRITE:
                    sock.send(each)  # raises what the connection failed with
                    chooser.modify(sock, selectors.EVENT_READ)
                    continue
                piece = sock.recv(64 * KIB)
                got[sock] += piece
                if not piece or len(got[sock]) >= len(each):
                    chooser.unregister(sock)
        return list(got.values())

    def check(self, *args):
        server = self.serve("echo", *args)
        each = random_bytes(KIB)
        answers = self.flood(server, each)
        self.assertEqual(sum(answer == each for answer in answers), self.COUNT)

    def test_2000_clients_at_once_are_all_served(self):
        """1 KiB each, 0 lost, 0 refused."""
        self.check()

    def test_2000_clients_at_once_are_all_served_by_threads(self):
        """1 KiB each, 0 lost, 0 refused, with --threads 4."""
        self.check("--threads", "4")


class Churn(LimitCase):
    def test_500_clients_that_reset(self):
        """Alive, descriptors back to where they were."""
        server = self.serve("echo")
        self.answer_times(server, 1)
        before = server.descriptors()
        for number in range(500):
            sock = server.connect()
            if number % 3:
                sock.sendall(b"x" * (number % 3))
            if number % 5 == 0:
                sock.recv(1) if number % 3 else None
            reset(sock)
        poll_until(lambda: server.descriptors() <= before, "all descriptors are closed")
        self.assertServes(server)

    def test_clients_that_reset_in_mid_stream(self):
        """With output waiting for them."""
        server = self.serve("echo", "--threads", "2")
        self.answer_times(server, 1)
        poll_until(lambda: server.descriptors(), "it is counted")
        before = server.descriptors()
        for _ in range(20):
            sock = server.connect(receive_buffer=4 * KIB)
            offer(sock, 4 * MIB, quiet=0.01)
            reset(sock)
        poll_until(lambda: server.descriptors() <= before, "all descriptors are closed")
        self.assertServes(server)

    def test_3000_clients_one_after_another(self):
        """At most 4 MiB more memory, descriptors flat."""
        server = self.serve("echo")
        for _ in range(50):
            self.answer_times(server, 1)
        before, memory = server.descriptors(), server.rss()
        for _ in range(3000):
            self.answer_times(server, 1)
        poll_until(lambda: server.descriptors() <= before, "all descriptors are closed")
        self.assertLess(server.rss() - memory, memory_limit(4 * MIB))

    def test_clients_of_a_unix_socket_that_leave_at_once(self):
        """Those that have left before they are accepted keep no descriptor, either."""
        server = self.serve("echo", endpoints=(f"unix://{self.path('s')}",))
        self.assertServes(server)
        poll_until(lambda: server.descriptors(), "it is counted")
        before = server.descriptors()
        for _ in range(500):
            server.connect().close()
        poll_until(lambda: server.descriptors() <= before, "all descriptors are closed")
        self.assertServes(server)
        self.assertEqual(server.stop(), 0)
