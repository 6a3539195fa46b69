"""How servers and clients end by a signal, and that no other signal costs a byte."""

import contextlib
import os
import signal
import socket
import threading
import time

from harness import (
    KIB,
    MIB,
    SLOW,
    SOON,
    TWX,
    Case,
    connect_to,
    full_backlog,
    offer,
    pass_time,
    poll_until,
    random_bytes,
    read_all,
    read_descriptor,
    read_exactly,
)

STOPS = (signal.SIGTERM, signal.SIGINT)
# What a program gets without having asked for it, and what by default it does not die of.
HARMLESS = (signal.SIGWINCH, signal.SIGCHLD, signal.SIGCONT, signal.SIGURG)


class Servers(Case):
    def test_idle_server_stops_at_once_and_well(self):
        """SIGTERM and SIGINT: status 0."""
        for number in STOPS:
            with self.subTest(number):
                server = self.serve("echo")
                asked = time.monotonic()
                self.assertEqual(server.stop(number), 0)
                self.assertLess(time.monotonic() - asked, 5)

    def test_server_with_idle_clients_stops_at_once(self):
        """An idle client holds nothing up, --drain or not."""
        for threads in ("1", "4"):
            with self.subTest(threads=threads):
                server = self.serve("echo", "--drain", "60s", "--threads", threads)
                socks = [server.connect() for _ in range(8)]
                for sock in socks:
                    sock.sendall(b"x")
                    self.assertEqual(read_exactly(sock, 1), b"x")
                self.assertEqual(server.stop(), 0)
                self.assertEqual([read_all(sock) for sock in socks], [b""] * 8)

    def test_signal_that_is_ignored_from_outside_stays_ignored(self):
        """As scripts do for SIGINT of what they start in the background."""

        def ignore():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        server = self.serve("echo", preexec_fn=ignore)
        self.assertFalse(server.catches(signal.SIGINT))
        server.signal(signal.SIGINT)
        sock = server.connect()
        sock.sendall(b"x")
        self.assertEqual(read_exactly(sock, 1), b"x")
        self.assertEqual(server.stop(signal.SIGTERM), 0)

    def test_stopped_server_has_said_nothing_more(self):
        """Talk only with -v."""
        server = self.serve("echo")
        server.stop()
        self.assertEqual(len(server.lines()), 1)

    def busy(self, *args):
        """A server whose client has much to read before the end, and the client."""
        server = self.serve("echo", *args)
        sock = server.connect(receive_buffer=4 * KIB)
        offer(sock, 64 * MIB)
        return server, sock

    def test_clients_under_load_get_a_clean_prefix(self):
        """What comes is what was sent, from the beginning, and an end."""
        server = self.serve("echo")
        all_data = [random_bytes(16 * MIB, seed) for seed in range(4)]
        socks = [server.connect() for _ in all_data]
        for sock, data in zip(socks, all_data):
            self.send_behind(sock.dup(), data)
        gots = [bytearray(read_exactly(sock, MIB)) for sock in socks]
        asked = time.monotonic()
        server.signal(signal.SIGTERM)
        for sock, got, data in zip(socks, gots, all_data):
            with contextlib.suppress(ConnectionError):
                while piece := sock.recv(64 * KIB):
                    got += piece
            self.assertTrue(data.startswith(got))
        self.assertEqual(server.wait(), 0)
        self.assertLess(time.monotonic() - asked, 5 + SLOW)

    def test_output_that_waits_is_delivered_while_draining(self):
        """Finish what is in flight."""
        server, sock = self.busy("--drain", "60s", "-v")
        server.signal(signal.SIGTERM)
        server.wait_err("^twx: serve echo: stopping$")
        self.assertTrue(server.running())
        held = len(read_all(sock))
        self.assertEqual(server.wait(), 0)
        ended = server.wait_err(r"ended: sent (\d+), received (\d+) bytes; Connection closed$")
        self.assertEqual([int(ended[1]), int(ended[2])], [held, held])

    def test_listening_ends_while_draining(self):
        """Stop accepting first."""
        server, sock = self.busy("--drain", "60s", "-v")
        server.signal(signal.SIGTERM)
        server.wait_err("^twx: serve echo: stopping$")

        def refused():
            try:
                connect_to(self, server.place).close()
            except ConnectionRefusedError:
                return True

        poll_until(refused, "new clients are refused")
        self.assertTrue(server.running())
        server.signal(signal.SIGTERM)
        server.wait()

    def test_draining_has_an_end(self):
        """A client that does not read holds it up for the time of --drain and no longer."""
        server, sock = self.busy("--drain", "700ms")
        asked = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertGreaterEqual(time.monotonic() - asked, 0.7)

    def test_no_time_to_drain(self):
        """--drain 0 waits for nobody."""
        server, sock = self.busy("--drain", "0")
        self.assertEqual(server.stop(), 0)

    def test_draining_in_several_threads_has_an_end(self):
        """The time of --drain is for all --threads together."""
        server = self.serve("echo", "--threads", "3", "--drain", "500ms")
        socks = [server.connect(receive_buffer=4 * KIB) for _ in range(6)]
        for sock in socks:
            offer(sock, 64 * MIB, quiet=0.05)
        self.assertEqual(server.stop(), 0)

    def test_second_signal_ends_a_draining_server_at_once(self):
        """By that signal, so that a shell sees 128 + n."""
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT)):
            with self.subTest(second):
                server, sock = self.busy("--drain", "60s", "-v")
                server.signal(first)
                server.wait_err("^twx: serve echo: stopping$")
                server.signal(second)
                self.assertEqual(server.wait(), -second)

    def test_signals_in_quick_succession_are_no_failure(self):
        """Whenever the second one comes, there is nothing to complain about."""
        for number in range(30):
            with self.subTest(number):
                server = self.serve("echo", "--threads", "4", "--drain", "60s")
                for _ in range(number % 5):
                    offer(server.connect(receive_buffer=4 * KIB), 16 * MIB, quiet=0.001)
                server.signal(signal.SIGTERM)
                pass_time(number / 10_000)
                server.signal(signal.SIGINT)
                # Those that come together have no order.
                self.assertIn(server.wait(), (0, -signal.SIGINT, -signal.SIGTERM))
                self.assertEqual(len(server.lines()), 1, server.err)

    def test_only_the_listener_dies(self):
        """A neighbour in the same process group lives on."""
        # A shell without job control keeps what it starts in its own group, here a new one.
        ours, theirs = map(self.keep, socket.socketpair())
        number = theirs.fileno()
        script = f'cat <&{number} >&{number} 2>&1 & exec "$@"'
        server = self.serve(
            "echo",
            command=["sh", "-c", script, "sh", TWX],
            pass_fds=(number,),
            start_new_session=True,
        )
        theirs.close()
        self.assertEqual(os.getpgid(server.pid), server.pid)
        self.assertEqual(server.stop(), 0)
        ours.settimeout(SOON)
        ours.sendall(b"alive?")
        self.assertEqual(ours.recv(100), b"alive?")

    def test_restart_on_the_same_port(self):
        """Although connections of the first server linger in TIME_WAIT."""
        server = self.serve("echo")
        sock = server.connect()
        sock.sendall(b"x")
        read_exactly(sock, 1)
        # The server closes first, so that TIME_WAIT is on its side.
        self.assertEqual(server.stop(), 0)
        self.assertEqual(read_all(sock), b"")
        sock.close()
        again = self.serve("echo", endpoints=(f"127.0.0.1:{server.port}",))
        self.assertServes(again)

    def test_restart_on_the_same_port_after_a_kill(self):
        """Although the connection of the first server was never closed by it."""
        server = self.serve("echo")
        sock = server.connect()
        self.assertEqual(server.stop(signal.SIGKILL), -signal.SIGKILL)
        again = self.serve("echo", endpoints=(f"127.0.0.1:{server.port}",))
        self.assertServes(again)
        sock.close()


class Clients(Case):
    def test_connected_client_dies_of_the_signal(self):
        """A shell sees 128 + n."""
        for number in STOPS:
            with self.subTest(number):
                program, sock = self.connected()
                sock.sendall(b"ready")
                program.wait_out(b"ready")
                asked = time.monotonic()
                program.signal(number)
                self.assertEqual((program.wait(), program.err), (-number, b""))
                self.assertLess(time.monotonic() - asked, 2 * SLOW)

    def test_shell_sees_130(self):
        """128 + SIGINT."""
        listener = self.listener()
        script = '"$@"; exit $?'
        program = self.start(*listener.where, command=["sh", "-c", script, "sh", TWX, "connect"])
        sock = listener.accept()
        sock.sendall(b"ready")
        program.wait_out(b"ready")
        child = poll_until(lambda: children(program.pid), "the shell has its child")[0]
        os.kill(child, signal.SIGINT)
        self.assertEqual(program.wait(), 130)

    def test_client_that_connects_dies_of_the_signal(self):
        """Before there is a connection."""
        port = full_backlog(self, "127.0.0.1")
        for number in STOPS:
            with self.subTest(number):
                program = self.connect(("127.0.0.1", port), "-v")
                program.wait_err("^twx: Started to connect")
                program.signal(number)
                self.assertEqual(program.wait(), -number)

    def test_client_with_a_blocked_stdout_dies_of_the_signal(self):
        """Output that nobody takes does not hold up the end."""
        program, sock = self.connected(collect=False)
        offer(sock, 16 * MIB)
        program.signal(signal.SIGINT)
        self.assertEqual(program.wait(), -signal.SIGINT)

    def test_bytes_that_came_before_the_signal_are_printed(self):
        """Stdout is never held back."""
        program, sock = self.connected()
        sock.sendall(b"x" * 1000)
        poll_until(lambda: len(program.out) == 1000, "it is printed")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), -signal.SIGTERM)


class HarmlessSignals(Case):
    """200 signals during 8 MiB, 0 bytes lost."""

    def shower(self, program, over):
        """Sends all signals while the transfer goes on; `over` tells that it does not any more."""
        for count in range(200):
            program.signal(HARMLESS[count % len(HARMLESS)])
            if count % 50 == 25:
                program.signal(signal.SIGSTOP)
                pass_time(0.01)
                program.signal(signal.SIGCONT)
        self.assertFalse(over(), "the transfer was over before the signals were")

    def transfer(self, program, send, receive, data):
        """Sends and receives slowly enough for the signals to fall into it."""
        half = threading.Event()

        def feed():
            send(data[: len(data) // 2])
            half.wait(SOON)
            send(data[len(data) // 2 :])

        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        got = receive(len(data) // 4)
        self.shower(program, lambda: half.is_set())
        half.set()
        got += receive(len(data) - len(data) // 4)
        feeder.join(SOON)
        self.assertSame(got, data)

    def test_client(self):
        """On its way from stdin to the server and back to stdout."""
        server = self.serve("echo")
        program = self.connect(("127.0.0.1", server.port), collect=False)
        self.transfer(
            program,
            program.send,
            lambda count: read_descriptor(program.stdout.fileno(), count),
            random_bytes(8 * MIB),
        )
        program.end_input()
        self.assertEqual((program.wait(), program.err), (0, b""))

    def test_server(self):
        """Each signal may interrupt a system call with EINTR; see signal(7)."""
        server = self.serve("echo")
        sock = server.connect()
        self.transfer(
            server, sock.sendall, lambda count: read_exactly(sock, count), random_bytes(8 * MIB)
        )

    def test_server_in_several_threads(self):
        """Any thread may get the signal."""
        server = self.serve("echo", "--threads", "3")
        sock = server.connect()
        self.transfer(
            server, sock.sendall, lambda count: read_exactly(sock, count), random_bytes(8 * MIB)
        )


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]
