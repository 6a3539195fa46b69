"""connect: what the end of one side means for the other."""

import os
import select
import signal
import socket
import subprocess
import time

from harness import (
    KIB,
    MIB,
    SLOW,
    TWX,
    Case,
    collect_then,
    echo_back,
    has_ended,
    memory_limit,
    pass_time,
    poll_until,
    random_bytes,
    read_all,
    read_exactly,
    reset,
    until_quiet,
    waiting_bytes,
)

WITHOUT_STDIN = ("sh", "-c", 'exec "$@" <&-', "sh", TWX)


class EndOfInput(Case):
    def test_answer_long_after_half_close_is_printed(self):
        """The end of the input is not that of the session: the answer comes two seconds later."""

        def talk(sock):
            self.assertEqual(read_all(sock), b"x\n")
            pass_time(2)
            sock.sendall(b"late answer\n")

        self.assertQuiet(self.run_connect(self.peer(talk), input=b"x\n"), b"late answer\n")

    def test_end_of_input_half_closes_at_once(self):
        """The peer learns of the end while its own side is open."""
        program, sock = self.connected()
        sock.sendall(b"first\n")
        program.wait_out(b"first\n")
        program.send(b"request")
        program.end_input()
        self.assertEqual(read_all(sock), b"request")
        sock.sendall(b"second\n")
        program.wait_out(b"first\nsecond\n")
        sock.close()
        self.assertEqual(program.wait(), 0)

    def test_end_of_input_does_not_end_receiving(self):
        """As cron and systemd start it, with /dev/null for stdin."""
        program, sock = self.connected(stdin=subprocess.DEVNULL)
        self.assertEqual(read_all(sock), b"")
        pass_time(0.7)
        sock.sendall(b"data\n")
        sock.close()
        self.assertEqual((program.wait(), program.out), (0, b"data\n"))

    def test_closed_stdin_is_an_end_of_input(self):
        """A stdin that was closed before the start is empty, and the answer is still printed."""
        talk, got = collect_then(b"answer\n")
        peer = self.peer(talk)
        result = self.run_connect(peer, command=WITHOUT_STDIN)
        self.assertQuiet(result, b"answer\n")
        self.assertEqual(got, b"", "bytes that nobody typed reached the peer")

    def test_closed_stdin_gives_no_socket_the_number_0(self):
        """What reads descriptor 0 must not get hold of the connection: /dev/null stands there."""
        program, sock = self.connected(command=WITHOUT_STDIN)
        sock.sendall(b"connected\n")
        program.wait_out(b"connected\n")
        self.assertEqual(program.descriptor(0), "/dev/null")
        sock.close()
        self.assertEqual(program.wait(), 0)

    def test_both_ends_closing_at_once_end_it_once_and_well(self):
        """Whichever is seen first: status 0, and one closing line."""
        count = 20
        peer = self.peer(lambda sock: None, connections=count)
        for _ in range(count):
            result = self.run_connect(peer, "-v", stdin=subprocess.DEVNULL)
            self.assertEqual((result.status, result.out), (0, b""), result)
            self.assertEqual(result.err.count("ended: sent 0, received 0 bytes"), 1, result)


class EndOfPeer(Case):
    def test_peer_that_closes_ends_it_at_once(self):
        """With stdin open and idle. The best of five, for the machine is shared."""
        taken = []
        for _ in range(5):
            program, sock = self.connected()
            program.send(b"!")
            self.assertEqual(sock.recv(1), b"!")
            closed = time.monotonic()
            sock.close()
            self.assertEqual(program.wait(), 0)
            taken.append(time.monotonic() - closed)
        self.assertLess(min(taken), 0.1 * SLOW)

    def test_peer_that_half_closes_ends_it_by_default(self):
        """Without --half-open the end of what the peer sends is the end of the session."""
        program, sock = self.connected()
        sock.sendall(b"all I have\n")
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(sock), b"")
        self.assertEqual((program.wait(), program.out), (0, b"all I have\n"))

    def test_half_open_goes_on_sending_to_a_half_closed_peer(self):
        """Input that comes a second after the peer's end still reaches the peer."""
        program, sock = self.connected("--half-open")
        sock.sendall(b"all I have\n")
        sock.shutdown(socket.SHUT_WR)
        program.wait_out(b"all I have\n")
        pass_time(1)
        self.assertTrue(program.running())
        program.send(b"late input\n")
        program.end_input()
        self.assertEqual(read_all(sock), b"late input\n")
        self.assertEqual(program.wait(), 0)

    def test_half_open_delivers_all_of_a_long_input(self):
        """4 MiB for a peer that has ended its own side before the first byte."""
        data, got = random_bytes(4 * MIB), bytearray()

        def talk(sock):
            sock.shutdown(socket.SHUT_WR)
            got.extend(read_all(sock))

        peer = self.peer(talk)
        self.assertQuiet(self.run_connect(peer, "--half-open", input=data), b"")
        peer.join()
        self.assertSame(got, data)

    def test_request_goes_before_an_answer_that_nobody_waited_for(self):
        """A peer that answers and closes at once is often faster than the reading of a file."""

        def talk(sock):
            sock.sendall(b"an answer\n")
            sock.shutdown(socket.SHUT_WR)  # so that closing with its request unread resets nothing

        peer = self.peer(talk, connections=20)
        for _ in range(20):
            with open(self.file("request", b"GET\n"), "rb") as file:
                self.assertQuiet(self.run_connect(peer, stdin=file), b"an answer\n")

    def assert_ends_early(self, program, sock):
        """The peer has taken all that its buffers hold, ends its side, and then reads on."""
        until_quiet(lambda: waiting_bytes(sock))
        sock.shutdown(socket.SHUT_WR)
        self.assertGreater(len(read_all(sock)), 0)
        self.assertEqual(program.wait(), 18)
        self.assertEqual(len(program.lines()), 1, program.err)
        self.assertRegex(program.lines()[0], "peer closed before all of standard input was sent")

    def test_input_from_a_pipe_that_the_peer_did_not_want_is_an_early_end(self):
        """Bytes are never lost, or the status is not 0: here it is 18."""
        reader, writer = self.pipe()
        program, sock = self.connected(stdin=reader)
        os.set_blocking(writer, False)
        while select.select([], [writer], [], 0.5 * SLOW)[1]:
            os.write(writer, bytes(4 * KIB))
        self.assert_ends_early(program, sock)

    def test_input_from_a_file_that_the_peer_did_not_want_is_an_early_end(self):
        """Status 18, whatever the input is."""
        with open(self.file("long", bytes(32 * MIB)), "rb") as file:
            self.assert_ends_early(*self.connected(stdin=file))


class Reset(Case):
    def test_reset_in_mid_stream_prints_what_came_and_fails(self):
        """Status 56, and the system's message for it."""
        data = random_bytes(100 * KIB)
        program, sock = self.connected()
        port = sock.getsockname()[1]
        sock.sendall(data)
        poll_until(lambda: len(program.out) == len(data), "all is printed")
        reset(sock)
        self.assertEqual(program.wait(), 56)
        self.assertSame(program.out, data)
        self.assertEqual(program.lines(), [f"connect 127.0.0.1:{port}: Connection reset by peer"])

    def test_reset_while_sending_fails(self):
        """Status 55 or 56, for it shows while writing or while reading."""

        def talk(sock):
            read_exactly(sock, 10 * KIB)
            reset(sock)

        with open(self.file("long", bytes(16 * MIB)), "rb") as file:
            result = self.run_connect(self.peer(talk), stdin=file)
        self.assertIn(result.status, (55, 56), result)
        self.assertRegex(result.err, r"\Atwx: connect \S+: [^\n]+\n\Z")

    def test_reset_while_sending_still_prints_what_came_before(self):
        """Bytes so far are printed, also where the failure shows while writing."""
        answer = random_bytes(20 * KIB)
        program, sock = self.connected(stdin=self.open("/dev/zero", os.O_RDONLY))
        sock.sendall(answer)
        poll_until(lambda: len(program.out) == len(answer), "it is printed")
        reset(sock)
        self.assertIn(program.wait(), (55, 56))
        self.assertSame(program.out, answer)

    def test_what_came_before_a_reset_is_read_before_it(self):
        """Although the reset is there already, and although there is input to send."""
        answer = random_bytes(20 * KIB)
        for name in ("/dev/zero", "/dev/null"):
            with self.subTest(name):
                program, sock = self.connected(stdin=self.open(name, os.O_RDONLY))
                sock.sendall(b"!")
                program.wait_out(b"!")
                program.signal(signal.SIGSTOP)
                sock.sendall(answer)
                reset(sock)
                program.signal(signal.SIGCONT)
                self.assertIn(program.wait(), (55, 56))
                self.assertSame(program.out, b"!" + answer)

    def test_reset_after_the_end_of_input_fails(self):
        """An answer that is cut off is not the whole answer."""
        program, sock = self.connected()
        program.end_input()
        self.assertEqual(read_all(sock), b"")
        sock.sendall(b"the first half of ")
        program.wait_out(b"the first half of ")
        reset(sock)
        self.assertEqual((program.wait(), program.out), (56, b"the first half of "))


class OneWay(Case):
    def test_send_only_ends_when_all_is_sent(self):
        """Stdout stays empty, the peer gets everything."""
        data, got = random_bytes(4 * MIB), bytearray()

        def talk(sock):
            sock.sendall(b"not wanted")
            got.extend(read_all(sock))

        peer = self.peer(talk)
        self.assertQuiet(self.run_connect(peer, "--send-only", input=data), b"")
        peer.join()
        self.assertSame(got, data)

    def test_send_only_does_not_wait_for_the_peer_to_close(self):
        """The peer's side is still open at the end, and that is no failure."""
        program, sock = self.connected("--send-only")
        program.send(b"x")
        program.end_input()
        self.assertEqual(read_all(sock), b"x")
        self.assertEqual((program.wait(), program.err), (0, b""))

    def recv_only(self, option):
        reader, writer = self.pipe()
        os.write(writer, b"for somebody else")
        program, sock = self.connected(option, stdin=reader)
        sock.sendall(b"one ")
        program.wait_out(b"one ")
        self.assertFalse(has_ended(sock), "its own side was closed")
        sock.sendall(b"two")
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(sock), b"")
        self.assertEqual((program.wait(), program.out, program.err), (0, b"one two", b""))
        self.assertEqual(os.read(reader, 100), b"for somebody else")

    def test_recv_only_leaves_standard_input_alone(self):
        """What waits there is for somebody else, and its end is not passed on to the peer."""
        self.recv_only("--recv-only")

    def test_no_stdin_is_the_same(self):
        """--no-stdin is another name for --recv-only."""
        self.recv_only("--no-stdin")


class QuitTime(Case):
    def test_counts_from_the_end_of_input(self):
        """-q does not count from the start; when its time is over the status is 0."""
        program, sock = self.connected("-q", "500ms")
        sock.sendall(b"answer\n")
        program.wait_out(b"answer\n")
        pass_time(0.7)
        self.assertTrue(program.running(), "it counted from its start")
        program.send(b"question\n")
        ended = time.monotonic()
        program.end_input()
        self.assertEqual(read_all(sock), b"question\n")
        self.assertEqual((program.wait(), program.out, program.err), (0, b"answer\n", b""))
        self.assertGreater(time.monotonic() - ended, 0.45)

    def test_does_not_delay_an_earlier_end(self):
        """A peer that closes within the time of -q ends it there and then."""
        talk, got = collect_then(b"answer\n")
        result = self.run_connect(self.peer(talk), "-q", "60", input=b"question\n")
        self.assertQuiet(result, b"answer\n")
        self.assertLess(result.seconds, 30)
        self.assertEqual(got, b"question\n")

    def test_none_still_sends_everything(self):
        """-q 0 with a slow reader."""
        data, got = random_bytes(4 * MIB), bytearray()

        def talk(sock):
            pass_time(0.3)
            got.extend(read_all(sock))

        peer = self.peer(talk)
        self.assertQuiet(self.run_connect(peer, "-q", "0", input=data), b"")
        peer.join()
        self.assertSame(got, data)


class Integrity(Case):
    def test_four_mib_through_an_echo_server(self):
        """All of it comes back, each byte in its place."""
        data = random_bytes(4 * MIB)
        server = self.serve("echo")
        self.assertQuiet(self.run_connect(("127.0.0.1", server.port), input=data), data)

    def test_four_mib_through_a_unix_socket(self):
        """A Unix socket carries what a TCP connection does."""
        data = random_bytes(4 * MIB)
        server = self.serve("echo", endpoints=(self.path("s"),))
        self.assertQuiet(self.run_connect((server.place,), input=data), data)

    def late_echo(self, **streams):
        """32 MiB each way through a peer that starts to read late."""

        def talk(sock):
            pass_time(0.5)
            echo_back(sock)

        return self.run_connect(self.peer(talk), **streams)

    def test_long_streams_both_ways_through_pipes(self):
        """Neither direction waits until the other is done."""
        data = random_bytes(32 * MIB)
        self.assertQuiet(self.late_echo(input=data), data)

    def test_long_streams_both_ways_through_files(self):
        """Neither direction waits until the other is done, whatever moves the bytes."""
        data = random_bytes(32 * MIB)
        with open(self.file("in", data), "rb") as source, open(self.path("out"), "wb") as sink:
            self.assertQuiet(self.late_echo(stdin=source, stdout=sink))
        with open(self.path("out"), "rb") as sink:
            self.assertSame(sink.read(), data)

    def test_small_buffers_and_odd_pieces(self):
        """Writes of which only a part is taken lose nothing and repeat nothing."""
        data, got = random_bytes(60 * KIB), bytearray()

        def talk(sock):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * KIB)
            size = 1
            while piece := sock.recv(size):
                got.extend(piece)
                sock.sendall(piece)
                size = size % 8191 + 97

        self.assertQuiet(self.run_connect(self.peer(talk), input=data), data)
        self.assertSame(got, data)

    def test_endless_input_to_a_peer_that_never_reads_is_bounded(self):
        """What the peer does not take is not read: memory stays below 48 MiB."""
        program, sock = self.connected(stdin=self.open("/dev/zero", os.O_RDONLY))
        until_quiet(lambda: (waiting_bytes(sock), program.cpu_seconds()))
        self.assertLess(program.rss(), memory_limit(48 * MIB))
        program.signal(15)
        self.assertEqual(program.wait(), -15)


class ClosingLine(Case):
    def test_verbose_counts_both_directions(self):
        """What was sent and received and why it ended."""
        talk, _ = collect_then(bytes(12345))
        peer = self.peer(talk)
        result = self.run_connect(peer, "-v", input=bytes(54321))
        self.assertEqual((result.status, len(result.out)), (0, 12345))
        self.assertIn(
            f"twx: connection to 127.0.0.1:{peer.port} ended: "
            "sent 54321, received 12345 bytes; Connection closed\n",
            result.err,
        )

    def test_verbose_says_why_it_failed(self):
        """The reason is the system's message."""

        def talk(sock):
            sock.recv(1)
            reset(sock)

        result = self.run_connect(self.peer(talk), "-v", input=b"x")
        self.assertEqual(result.status, 56)
        self.assertRegex(result.err, r"(?m)^twx: connection to .* ended: .*Connection reset")
