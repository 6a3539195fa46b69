"""connect --reconnect: which lines it says, when it tries again, and when it stops."""

import signal
import time

from harness import MIB, SLOW, Case, memory_limit, poll_until, random_bytes, read_all, reset

QUICK = ("--reconnect", "--reconnect-min", "20ms", "--reconnect-max", "50ms")


class ReconnectCase(Case):
    def begin(self, program, listener):
        """The next connection, on which both directions have moved."""
        sock = listener.accept()
        program.send(b"?")
        self.assertEqual(sock.recv(1), b"?")
        count = len(program.out)
        sock.sendall(b"!")
        poll_until(lambda: len(program.out) > count, "the answer is printed")
        return sock

    def end(self, program, sock, answer=b""):
        """Both sides end, the input first: a peer that closes before is a reason to reconnect."""
        program.end_input()
        self.assertEqual(read_all(sock), b"")
        sock.sendall(answer)
        sock.close()
        self.assertEqual(program.wait(), 0)


class Reconnecting(ReconnectCase):
    def test_says_each_step_of_a_loss_and_of_a_good_end(self):
        """These lines, in this order."""
        listener = self.listener()
        program = self.connect(listener, *QUICK, "-v")
        listener.accept().close()
        second = listener.accept()
        self.end(program, second)
        said = [line for line in program.lines() if not line.startswith("connect")]
        attempt = ["Started to connect.", "Connected.", "Resetting reconnection delay"]
        lost = ["Lost connection. Reason: Connection closed"]
        self.assertEqual(said, attempt + lost + attempt + lost)

    def test_says_why_an_attempt_failed(self):
        """Connection failed. Reason: the system's message."""
        sock = self.refusing_socket()
        address = sock.getsockname()
        program = self.connect(address, *QUICK, "-v")
        program.wait_err(r"^twx: Connection failed\. Reason: Connection refused$")
        sock.listen()
        sock.settimeout(10 * SLOW)
        peer = self.keep(sock.accept()[0])
        program.wait_err(r"^twx: Resetting reconnection delay$")
        self.end(program, peer)

    def test_without_it_one_attempt_is_made(self):
        """Without --reconnect its failure is the program's."""
        result = self.run_connect(("127.0.0.1", self.unused_port()), "-v")
        self.assertEqual(result.status, 7)
        self.assertEqual(
            result.err.splitlines()[:2],
            ["twx: Started to connect.", "twx: Connection failed. Reason: Connection refused"],
        )
        self.assertEqual(result.err.count("Started to connect."), 1)

    def test_without_it_a_loss_is_the_end(self):
        """Without --reconnect a peer that closes ends it well."""
        program, sock = self.connected("-v")
        sock.close()
        self.assertEqual(program.wait(), 0)
        said = [line for line in program.lines() if not line.startswith("connect")]
        self.assertEqual(
            said,
            ["Started to connect.", "Connected.", "Lost connection. Reason: Connection closed"],
        )

    def test_without_verbose_nothing_is_said(self):
        """Talk only with -v."""
        listener = self.listener()
        program = self.connect(listener, *QUICK)
        reset(listener.accept())
        second = listener.accept()
        self.end(program, second)
        self.assertEqual(program.err, b"")

    def test_a_reset_is_no_end(self):
        """After five of them the next peer is still heard."""
        listener = self.listener()
        program = self.connect(listener, *QUICK)
        for _ in range(5):
            reset(listener.accept())
        last = listener.accept()
        last.sendall(b"at last\n")
        program.wait_out(b"at last\n")
        self.end(program, last)

    def test_no_connection_leaves_anything_behind(self):
        """Descriptors and memory stay flat."""
        listener = self.listener()
        program = self.connect(
            listener, "--reconnect", "--reconnect-min", "1ms", "--reconnect-max", "1ms"
        )
        self.begin(program, listener).close()
        last = self.begin(program, listener)
        before, memory = program.descriptors(), program.rss()
        for _ in range(100):
            last.close()
            last = self.begin(program, listener)
        self.assertEqual(program.descriptors(), before)
        self.assertLess(program.rss() - memory, memory_limit(MIB))
        self.end(program, last)

    def test_input_of_the_time_between_goes_to_the_next_connection(self):
        """What is typed while nobody is connected is not lost."""
        listener = self.listener()
        program = self.connect(listener, "--reconnect", "--reconnect-min", "300ms", "-vv")
        listener.accept().close()
        program.wait_err("^twx: trying again in")
        data = random_bytes(200_000)
        program.send(data[:1000])
        second = listener.accept()
        program.send(data[1000:])
        program.end_input()
        self.assertSame(read_all(second), data)
        second.close()
        self.assertEqual(program.wait(), 0)

    def test_end_of_input_of_the_time_between_is_not_forgotten(self):
        """The next peer gets it at once."""
        listener = self.listener()
        program = self.connect(listener, "--reconnect", "--reconnect-min", "300ms", "-vv")
        listener.accept().close()
        program.wait_err("^twx: trying again in")
        program.end_input()
        second = listener.accept()
        self.assertEqual(read_all(second), b"")
        second.sendall(b"answer")
        second.close()
        self.assertEqual((program.wait(), program.out), (0, b"answer"))

    def test_answers_of_all_connections_are_printed_in_order(self):
        """What came is not lost with the connection on which it came."""
        listener = self.listener()
        program = self.connect(listener, *QUICK)
        for word in (b"one ", b"two "):
            with listener.accept() as sock:
                sock.sendall(word)
        last = listener.accept()
        self.end(program, last, b"three")
        self.assertEqual(program.out, b"one two three")


class Stopping(ReconnectCase):
    def test_retries_are_counted(self):
        """--max-retries 2 makes three attempts, then the failure's own status."""
        port = self.unused_port()
        result = self.run_connect(("127.0.0.1", port), *QUICK, "--max-retries", "2", "-v")
        self.assertEqual(result.status, 7)
        self.assertEqual(result.err.count("Started to connect."), 3, result)
        self.assertEqual(result.err.count("Connection failed. Reason:"), 3, result)
        self.assertTrue(
            result.err.endswith(f"twx: connect 127.0.0.1:{port}: Connection refused\n"), result
        )

    def test_retries_after_a_loss_are_counted(self):
        """The last reason decides."""
        listener = self.listener()
        program = self.connect(listener, *QUICK, "--max-retries", "2", "-v")
        first = listener.accept()
        listener.close()
        reset(first)
        self.assertEqual(program.wait(), 7)
        self.assertEqual(program.err.count(b"Started to connect."), 3)

    def test_no_retries_is_a_number(self):
        """--max-retries 0 is not the absence of a limit: one attempt."""
        result = self.run_connect(
            ("127.0.0.1", self.unused_port()), *QUICK, "--max-retries", "0", "-v"
        )
        self.assertEqual((result.status, result.err.count("Started to connect.")), (7, 1))

    def test_success_resets_the_count(self):
        """--max-retries 1 is one for each loss, not one for all."""
        listener = self.listener()
        program = self.connect(listener, *QUICK, "--max-retries", "1")
        for _ in range(4):
            listener.accept().close()
        last = listener.accept()
        self.end(program, last)

    def test_waits_before_it_tries_again(self):
        """e times the first delay, give or take the jitter; never a spin."""
        listener = self.listener()
        program = self.connect(listener, "--reconnect", "--reconnect-min", "300ms")
        started = time.monotonic()
        listener.accept().close()
        listener.accept()
        # 0.815 s on average with a deviation of 0.098 s: six deviations below.
        self.assertGreater(time.monotonic() - started, 0.2)
        program.signal(signal.SIGTERM)
        program.wait()

    def test_delays_grow_to_the_longest(self):
        """From --reconnect-min to --reconnect-max, not beyond."""
        result = self.run_connect(
            ("127.0.0.1", self.unused_port()),
            *("--reconnect", "--reconnect-min", "10ms", "--reconnect-max", "100ms", "-vv"),
            *("--max-retries", "6"),
        )
        delays = [
            float(line.split()[-2]) for line in result.err.splitlines() if "again in" in line
        ]
        self.assertEqual(len(delays), 6, result)
        # About 27, 74, 100, 100...; for the jitter, only the first is surely none of the longest.
        self.assertLess(1.3 * delays[0], max(delays[2:]))
        self.assertLessEqual(max(delays), 0.1)

    def test_signal_while_waiting(self):
        """Between two attempts."""
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                program = self.connect(
                    ("127.0.0.1", self.unused_port()), "--reconnect", "-v"
                )
                program.wait_err("^twx: Connection failed")
                program.signal(number)
                self.assertEqual(program.wait(), -number)

    def test_max_time_while_waiting(self):
        """A limit for the whole session, the time between two attempts included."""
        result = self.run_connect(
            ("127.0.0.1", self.unused_port()), "--reconnect", "--max-time", "500ms"
        )
        self.assertFails(result, 28, "connect .*: not finished within the time allowed")

    def test_timeouts_are_tried_again(self):
        """Idle for too long is a loss like any other."""
        listener = self.listener()
        program = self.connect(listener, *QUICK, "--idle-timeout", "300ms", "-v")
        listener.accept()
        last = listener.accept()
        program.wait_err(r"^twx: Lost connection\. Reason: Idle for too long$")
        self.end(program, last)
