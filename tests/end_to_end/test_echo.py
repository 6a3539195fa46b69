"""serve echo: every byte comes back; its greeting, its limit and its options."""

import socket
import threading

from harness import (
    KIB,
    MIB,
    SLOW,
    SOON,
    Case,
    has_ended,
    pass_time,
    poll_until,
    random_bytes,
    read_all,
    read_exactly,
    waiting_bytes,
)

TOO_MANY = b"Too many connections, try later"


def welcome(count):
    return b"Welcome! There are currently %d open connections.\n" % count


class Echo(Case):
    def echoed(self, sock, data):
        """What comes back while all is sent and the sending side closed."""

        def send():
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        back = read_all(sock)
        sender.join(SOON)
        return back

    def test_all_of_a_long_stream_comes_back_then_the_end(self):
        """While the client still sends: neither side waits until the other is done."""
        data = random_bytes(4 * MIB)
        self.assertSame(self.echoed(self.serve("echo").connect(), data), data)

    def test_all_comes_back_in_several_threads(self):
        """--threads 4: each client gets its own bytes."""
        server = self.serve("echo", "--threads", "4")
        socks = [server.connect() for _ in range(12)]
        backs = {}

        def talk(number, sock):
            backs[number] = self.echoed(sock, random_bytes(MIB, number))

        threads = [threading.Thread(target=talk, args=item) for item in enumerate(socks)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON)
        for number in range(12):
            self.assertSame(backs.get(number, b""), random_bytes(MIB, number))

    def test_client_that_half_closes_before_it_reads(self):
        """The end of what a client sends is not the end of what it gets."""
        data = random_bytes(100_000)
        sock = self.serve("echo").connect()
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        self.assertSame(read_all(sock), data)

    def test_client_that_half_closes_and_reads_slowly(self):
        """The full 1 MiB, through a receive buffer of 4 KiB."""
        data = random_bytes(MIB)
        sock = self.serve("echo").connect(receive_buffer=4 * KIB)
        self.send_and_half_close(sock, data)
        got = bytearray()
        while piece := sock.recv(64 * KIB):
            got += piece
            if len(got) < MIB // 2 and len(got) % 5 == 0:
                pass_time(0.001)
        self.assertSame(got, data)

    def send_and_half_close(self, sock, data):
        def send():
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        self.addCleanup(thread.join, SOON)

    def test_client_that_starts_to_read_late(self):
        """The end comes while output waits.

        Far more than the system's buffers hold, so that the server has some of it when it sees the
        end of the input.
        """
        data = random_bytes(32 * MIB)
        sock = self.serve("echo").connect()
        self.send_and_half_close(sock, data)
        pass_time(0.5)
        self.assertSame(read_all(sock), data)

    def test_small_buffers_and_odd_pieces(self):
        """Writes of which only a part is taken lose nothing and repeat nothing."""
        data = random_bytes(100 * KIB)
        sock = self.serve("echo").connect(receive_buffer=4 * KIB)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * KIB)
        self.send_and_half_close(sock, data)
        got, size = bytearray(), 1
        while piece := sock.recv(size):
            got += piece
            size = size % 4093 + 17
        self.assertSame(got, data)

    def test_answers_at_once(self):
        """No buffering until there is more."""
        sock = self.serve("echo").connect()
        for word in (b"a", b"bc", b"\0", b"\n"):
            sock.sendall(word)
            self.assertEqual(read_exactly(sock, len(word)), word)

    def test_verbose_counts_both_directions(self):
        """-v tells who connects, and at the end the bytes and the reason."""
        server = self.serve("echo", "-v")
        sock = server.connect()
        client = "{}:{}".format(*sock.getsockname())
        self.assertSame(self.echoed(sock, bytes(12345)), bytes(12345))
        server.wait_err(rf"^twx: connection 1 from {client}$")
        server.wait_err(
            rf"^twx: connection from {client} ended: sent 12345, received 12345 bytes; "
            "Connection closed$"
        )


class Datagrams(Case):
    def test_options_of_connections(self):
        """Usage errors where there are no connections; beside one they are right."""
        for option in (
            ("--max-connections", "5"),
            ("--idle-timeout", "1s"),
            ("--threads", "2"),
            ("--welcome",),
        ):
            result = self.run_twx("serve", "echo", "udp://127.0.0.1:0", *option)
            self.assertEqual(result.status, 2)
            self.assertIn(f"twx: {option[0]} has no meaning for datagrams", result.err)
            self.serve("echo", *option, endpoints=("udp://127.0.0.1:0", "127.0.0.1:0"))


class Welcome(Case):
    def test_counts_the_open_connections(self):
        """The text to the byte; the count goes down again."""
        server = self.serve("echo", "--welcome")
        socks = []
        for count in (1, 2, 3):
            socks.append(server.connect())
            self.assertEqual(read_exactly(socks[-1], len(welcome(count))), welcome(count))
        for sock in socks[:2]:
            sock.close()
        # Nothing tells a client that others have left: it asks until the count is right.
        poll_until(lambda: self.greeting(server) == welcome(2), "the count has gone down")
        self.assertServes_after_greeting(socks[2])

    def greeting(self, server):
        with server.connect() as sock:
            return read_exactly(sock, len(welcome(0)))

    def assertServes_after_greeting(self, sock):
        sock.sendall(b"echo")
        self.assertEqual(read_exactly(sock, 4), b"echo")

    def test_counts_over_all_threads(self):
        """--threads 3 and one count."""
        server = self.serve("echo", "--welcome", "--threads", "3")
        socks = []
        for count in range(1, 10):
            socks.append(server.connect())
            self.assertEqual(read_exactly(socks[-1], len(welcome(count))), welcome(count))

    def test_counts_over_all_endpoints(self):
        """One factory, several ports."""
        server = self.serve("echo", "--welcome", endpoints=("127.0.0.1:0", "127.0.0.1:0"))
        socks = []
        for count, place in enumerate(server.places, 1):
            socks.append(server.connect(place))
            self.assertEqual(read_exactly(socks[-1], len(welcome(count))), welcome(count))

    def test_comes_before_the_first_echo(self):
        """Although the client does not wait for it."""
        sock = self.serve("echo", "--welcome").connect()
        sock.sendall(b"hello")
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(sock), welcome(1) + b"hello")


class MaxConnections(Case):
    def refused(self, server):
        with server.connect() as sock:
            return read_all(sock)

    def served(self, server):
        sock = server.connect()
        sock.sendall(b"x")
        if sock.recv(100) == b"x":
            return sock
        sock.close()
        return None

    def test_refuses_beyond_the_limit_with_a_text(self):
        """The text to the byte, no newline, then the end."""
        server = self.serve("echo", "--max-connections", "2")
        first, second = self.served(server), self.served(server)
        for _ in range(3):
            self.assertEqual(self.refused(server), TOO_MANY)
        for sock in (first, second):
            sock.sendall(b"y")
            self.assertEqual(read_exactly(sock, 1), b"y")

    def test_place_is_free_again(self):
        """The count returns to 0, and who was refused does not count."""
        server = self.serve("echo", "--max-connections", "1")
        for _ in range(3):
            sock = poll_until(lambda: self.served(server), "the place is free")
            self.assertEqual(self.refused(server), TOO_MANY)
            sock.close()

    def test_limit_is_tested_before_the_greeting(self):
        """Who is refused is not welcomed."""
        server = self.serve("echo", "--welcome", "--max-connections", "1")
        sock = server.connect()
        self.assertEqual(read_exactly(sock, len(welcome(1))), welcome(1))
        self.assertEqual(self.refused(server), TOO_MANY)

    def test_refusal_arrives_although_the_client_talks(self):
        """Closing with unread input must not destroy what was sent (RFC 1122, section 4.2.2.13)."""
        server = self.serve("echo", "--max-connections", "1")
        keeper = self.served(server)
        for _ in range(10):
            with server.connect() as sock:
                sock.sendall(bytes(20_000))
                self.assertEqual(read_all(sock), TOO_MANY)
        self.assertFalse(has_ended(keeper))

    def test_limit_holds_in_several_threads(self):
        """--threads 4 and one limit for all."""
        server = self.serve("echo", "--max-connections", "8", "--threads", "4")
        socks = [server.connect() for _ in range(30)]
        for sock in socks:
            sock.sendall(b"x")
        answers = [sock.recv(100) for sock in socks]
        self.assertEqual(answers.count(b"x"), 8)
        self.assertEqual(answers.count(TOO_MANY), 22)


class IdleTimeout(Case):
    def test_closes_the_idle_and_spares_the_busy(self):
        """--idle-timeout counts for each connection on its own."""
        limit = max(0.8, 0.4 * SLOW)
        server = self.serve("echo", "--idle-timeout", f"{limit}s")
        idle, busy = server.connect(), server.connect()
        for _ in range(10):
            pass_time(limit / 4)
            busy.sendall(b"x")
            self.assertEqual(read_exactly(busy, 1), b"x")
        poll_until(lambda: has_ended(idle), "the idle one is closed")
        self.assertFalse(has_ended(busy))

    def test_client_that_does_not_read_is_idle(self):
        """Output waits, but nothing moves."""
        server = self.serve("echo", "--idle-timeout", "500ms", "-v")
        sock = server.connect(receive_buffer=4 * KIB)
        sock.setblocking(False)
        try:
            while True:
                sock.send(bytes(64 * KIB))
        except (BlockingIOError, ConnectionError):
            pass
        server.wait_err("^twx: connection from .* ended: .*Idle for too long$")

    def test_none_by_default(self):
        """Without --idle-timeout a silent client may stay."""
        sock = self.serve("echo").connect()
        pass_time(1)
        sock.sendall(b"x")
        self.assertEqual((read_exactly(sock, 1), waiting_bytes(sock)), (b"x", 0))
