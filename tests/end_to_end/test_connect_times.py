"""connect: the three clocks, and how times are written."""

import os
import socket
import time

from harness import (
    MIB,
    SLOW,
    Case,
    full_backlog,
    pass_time,
    read_all,
)


class ConnectTimeout(Case):
    def test_silent_address_is_given_up_in_time(self):
        """1.0 to 1.3 s with a full backlog; the best of three."""
        port = full_backlog(self, "127.0.0.1")
        times = []
        for _ in range(3):
            result = self.run_connect(("127.0.0.1", port), "--connect-timeout", "1")
            self.assertFails(result, 28, f"connect 127.0.0.1:{port}: Connection timed out")
            times.append(result.seconds)
            if 1 <= min(times) < 1 + 0.3 * SLOW:
                break
        self.assertGreaterEqual(min(times), 1)
        self.assertLess(min(times), 1 + 0.3 * SLOW)

    def test_does_not_limit_a_connection_that_is_made(self):
        """Its clock is stopped by the connection; the other two have their own."""
        program, sock = self.connected("--connect-timeout", "300ms")
        pass_time(0.6)
        sock.sendall(b"late")
        sock.close()
        self.assertEqual((program.wait(), program.out), (0, b"late"))

    def test_silent_unix_socket_is_given_up_in_time(self):
        """A Unix socket whose queue is full."""
        listener = self.keep(socket.socket(socket.AF_UNIX))
        listener.bind(self.path("full"))
        listener.listen(0)
        filler = self.keep(socket.socket(socket.AF_UNIX))
        filler.connect(self.path("full"))
        result = self.run_connect((self.path("full"),), "--connect-timeout", "500ms")
        self.assertFails(result, 28, f"connect {self.path('full')}: Connection timed out")
        self.assertGreaterEqual(result.seconds, 0.5)


class IdleTimeout(Case):
    def test_both_directions_reset_it_and_it_has_a_status_of_its_own(self):
        """Each byte starts the time anew, sent or received; status 28 when it is over."""
        limit = max(0.8, 0.4 * SLOW)
        program, sock = self.connected("--idle-timeout", f"{limit}s")
        started = time.monotonic()
        for step in range(6):
            pass_time(limit / 4)
            sock.sendall(b"!")
            program.wait_out(b"!" * (step + 1))
        for _ in range(6):
            pass_time(limit / 4)
            program.send(b"?")
            self.assertEqual(sock.recv(10), b"?")
        self.assertTrue(program.running())
        last = time.monotonic()
        self.assertEqual(program.wait(), 28)
        self.assertGreaterEqual(time.monotonic() - last, 0.9 * limit)
        self.assertGreaterEqual(time.monotonic() - started, 3 * limit)
        self.assertRegex(program.err.decode(), r"\Atwx: connect \S+: Idle for too long\n\Z")

    def test_a_peer_that_does_not_read_is_idle(self):
        """Input waits, but nothing moves."""
        program, _ = self.connected("--idle-timeout", "500ms", stdin=self.open("/dev/zero", 0))
        self.assertEqual(program.wait(), 28)

    def test_an_end_of_input_does_not_stop_the_clock(self):
        """A peer that never answers and never closes is idle, too."""
        program, sock = self.connected("--idle-timeout", "500ms")
        program.end_input()
        self.assertEqual(program.wait(), 28)


class MaxTime(Case):
    def test_limits_a_connection_on_which_much_moves(self):
        """A limit for the whole session, however busy it is."""
        server = self.serve("echo")
        started = time.monotonic()
        with open(os.devnull, "wb") as null:
            program = self.connect(
                ("127.0.0.1", server.port),
                *("--max-time", "700ms"),
                stdin=self.open("/dev/zero", os.O_RDONLY),
                stdout=null,
            )
            self.assertEqual(program.wait(), 28)
        self.assertGreaterEqual(time.monotonic() - started, 0.7)
        self.assertEqual(
            program.lines(),
            [f"connect 127.0.0.1:{server.port}: not finished within the time allowed"],
        )

    def test_counts_the_time_to_connect(self):
        """The session begins with the first attempt."""
        port = full_backlog(self, "127.0.0.1")
        result = self.run_connect(("127.0.0.1", port), "--max-time", "500ms")
        self.assertFails(result, 28, f"connect 127.0.0.1:{port}: .+")

    def test_ends_it_while_stdout_is_blocked(self):
        """Output that nobody takes does not hold up the end."""
        program, sock = self.connected("--max-time", "700ms", collect=False)
        self.send_behind(sock, bytes(64 * MIB))
        self.assertEqual(program.wait(), 28)

    def test_does_nothing_to_a_session_that_ends_before(self):
        """Status 0 and no message; the rest of the time is not waited for."""
        program, sock = self.connected("--max-time", "60")
        sock.sendall(b"all")
        sock.close()
        self.assertEqual((program.wait(), program.out, program.err), (0, b"all", b""))

    def test_units(self):
        """ms, s, m, h, fractions, and seconds without a unit."""
        for text in ("300ms", "0.3", ".3s", "0.005m", "0.0001h"):
            with self.subTest(text):
                started = time.monotonic()
                program, sock = self.connected("--max-time", text)
                self.assertEqual(read_or_reset(sock), b"")
                self.assertEqual(program.wait(), 28)
                self.assertGreaterEqual(time.monotonic() - started, 0.3)


def read_or_reset(sock):
    try:
        return read_all(sock)
    except ConnectionResetError:
        return b""
