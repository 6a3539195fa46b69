"""connect: pipes, files, terminals and devices as standard input and output."""

import os
import re
import shutil
import signal
import socket
import subprocess
import unittest

from harness import (
    KIB,
    MIB,
    SANITIZED,
    SLOW,
    SOON,
    TWX,
    Case,
    collect_then,
    flags,
    memory_limit,
    offer,
    random_bytes,
    read_all,
    read_descriptor,
    read_some,
    reset,
    until_quiet,
)

# Everything that does something to a terminal, or did so to one that somebody used.
SEQUENCES = [
    b"\x1b[31m",  # colour
    b"\x1b[2J\x1b[H",  # clear the screen
    b"\x1b]0;title\x07",  # OSC: window title
    b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",  # hyperlink
    b"\x1b]52;c;cm0gLXJm\x07",  # clipboard
    b"\x1b[c\x1b[>c\x1b[6n\x1b[5n",  # requests that the terminal answers on stdin
    b"\x1bP$qm\x1b\\",  # DECRQSS
    b"\x9b31m\x9d0;title\x9c",  # C1, raw
    "\u009b31m\u009d0;title\u009c".encode(),  # C1 in UTF-8
    b"\x1bc\x1b#8\x1b(0",  # reset, alignment test, line drawing
    b"a\rb\x08\x07\x7f\x00\x0e\x0f\x05",  # single controls
]


def control_bytes(shown):
    """What of `shown` a terminal would act on, but for line feeds, tabs and the ends of lines."""
    text = shown.replace(b"\r\n", b"\n").decode("utf-8", "surrogateescape")
    codes = (ord(c) & 0xFF if "\udc80" <= c <= "\udcff" else ord(c) for c in text)
    return [hex(c) for c in codes if (c < 0x20 and c not in (9, 10)) or 0x7F <= c < 0xA0]


class Terminal(Case):
    def show(self, *pieces):
        """What a terminal gets of `pieces`, each sent on its own."""
        ours, theirs = self.terminal()
        program, sock = self.connected(stdin=subprocess.DEVNULL, stdout=theirs)
        shown = bytearray()
        for piece in pieces:
            sock.sendall(piece)
            # So that the program sees the pieces apart: what stands between them has arrived.
            sock.sendall(b"\n")
            while not shown.endswith(b"\n"):
                shown += read_some(ours)
        sock.close()
        self.assertEqual(program.wait(), 0)
        os.close(theirs)
        return bytes(shown)

    def test_no_control_sequence_reaches_a_terminal(self):
        """Each becomes visible in its place; the text around it stays."""
        for sequence in SEQUENCES:
            with self.subTest(sequence):
                shown = self.show(b"<" + sequence + b">")
                self.assertEqual(control_bytes(shown), [], shown)
                self.assertTrue(shown.startswith(b"<") and shown.endswith(b">\n"), shown)

    def test_no_control_byte_reaches_a_terminal(self):
        """Each of the 256 bytes on its own."""
        every = b"".join(bytes([byte, 0x2E]) for byte in range(256))
        shown = self.show(every)
        self.assertEqual(control_bytes(shown), [], shown)
        self.assertIn(rb"\x1b.", shown)

    def test_text_reaches_a_terminal_as_it_is(self):
        """What is no control sequence is not touched."""
        text = "tab\t, caf\u00e9, \u6b22\u8fce, \U0001f600 \u00a0 ~ \r".encode()
        self.assertEqual(self.show(text), text + b"\n")

    def test_a_pipe_gets_the_same_bytes_untouched(self):
        """Whoever reads the pipe wants the bytes of the peer, control sequences included."""
        data = bytes(range(256)) + b"".join(SEQUENCES)
        talk, _ = collect_then(data)
        self.assertQuiet(self.run_connect(self.peer(talk)), data)

    def test_a_character_in_two_pieces_is_one_character(self):
        """So is a control character, and half of one at the end is none."""
        ours, theirs = self.terminal()
        program, sock = self.connected(stdin=subprocess.DEVNULL, stdout=theirs)
        shown = bytearray()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(b"caf\xc3")
        while shown != b"caf":
            shown += read_some(ours)
        sock.sendall(b"\xa9, \xc2")
        while not shown.endswith(b", "):
            shown += read_some(ours)
        sock.sendall(b"\x9b31m\xe2\x82")
        sock.close()
        self.assertEqual(program.wait(), 0)
        shown += read_some(ours)
        self.assertTrue(shown.startswith("caf\u00e9, ".encode()), shown)
        self.assertEqual(control_bytes(shown), [], shown)

    def test_end_of_file_typed_is_the_end_of_input(self):
        """Control-D."""
        ours, theirs = self.terminal()
        program, sock = self.connected(stdin=theirs)
        os.write(ours, b"question\n\x04")
        self.assertEqual(read_all(sock), b"question\n")
        sock.sendall(b"answer\n")
        sock.close()
        self.assertEqual((program.wait(), program.out), (0, b"answer\n"))

    def test_interrupt_typed_ends_it(self):
        """Control-C in a terminal of its own."""
        ours, theirs = self.terminal()
        # A session with this terminal: setsid(1) --ctty takes the one on its stdin.
        program, sock = self.connected(stdin=theirs, command=["setsid", "--ctty", TWX])
        sock.sendall(b"ready")
        program.wait_out(b"ready")
        os.write(ours, b"\x03")
        self.assertEqual(program.wait(), -signal.SIGINT)


class Output(Case):
    def test_prompt_without_a_newline_appears_at_once(self):
        """Nothing is held back until a line or a buffer is full."""
        program, sock = self.connected()
        sock.sendall(b"login: ")
        program.wait_out(b"login: ")
        sock.sendall(b"password: ")
        program.wait_out(b"login: password: ")
        sock.close()
        self.assertEqual(program.wait(), 0)

    def test_closed_stdout_is_an_error(self):
        """Status 23: the peer's bytes were lost."""
        talk, _ = collect_then(b"lost")
        result = self.run_connect(
            self.peer(talk), command=("sh", "-c", 'exec "$@" >&-', "sh", TWX)
        )
        self.assertFails(result, 23, "standard output: Bad file descriptor")

    def test_full_device_is_an_error(self):
        """Status 23, with the system's message."""
        talk, _ = collect_then(b"lost")
        with open("/dev/full", "wb") as full:
            result = self.run_connect(self.peer(talk), stdout=full)
        self.assertFails(result, 23, "standard output: No space left on device")

    def test_full_device_in_mid_stream_ends_a_long_transfer(self):
        """With input still open and the peer still sending."""
        with open("/dev/full", "wb") as full:
            program, sock = self.connected(stdout=full)
        sock.sendall(bytes(256 * KIB))
        self.assertEqual(program.wait(), 23)
        self.assertEqual(program.lines(), ["standard output: No space left on device"])

    def test_file_size_limit_is_an_error(self):
        """A file that may not grow loses data as a full disk does."""
        talk, _ = collect_then(bytes(64 * KIB))
        limited = ("sh", "-c", 'trap "" XFSZ; ulimit -f 8; exec "$@"', "sh", TWX)
        with open(self.path("out"), "wb") as out:
            result = self.run_connect(self.peer(talk), stdout=out, command=limited)
        self.assertFails(result, 23, "standard output: File too large")

    def test_reader_that_goes_away_ends_it_quietly(self):
        """connect ... | head -c 10 with an endless server."""
        program, sock = self.connected(collect=False)
        sock.sendall(b"0123456789")
        self.assertEqual(read_descriptor(program.stdout.fileno(), 10), b"0123456789")
        program.stdout.close()
        with self.assertRaises(ConnectionError):
            while True:
                sock.sendall(bytes(64 * KIB))
        self.assertEqual((program.wait(3 * SLOW), program.err), (0, b""))

    def test_reader_that_goes_away_is_noticed_while_nothing_is_written(self):
        """It does not take another byte of the peer to notice."""
        program, sock = self.connected(collect=False)
        sock.sendall(b"one line\n")
        self.assertEqual(read_descriptor(program.stdout.fileno(), 9), b"one line\n")
        program.stdout.close()
        self.assertEqual((program.wait(3 * SLOW), program.err), (0, b""))

    def test_reader_that_goes_away_while_stdout_is_blocked_ends_it(self):
        """What is still to be written has nobody to go to."""
        program, sock = self.connected(collect=False)
        offer(sock, 16 * MIB)
        program.stdout.close()
        self.assertEqual((program.wait(3 * SLOW), program.err), (0, b""))

    def test_ignored_sigpipe_changes_nothing(self):
        """Perl, Python and Node ignore it, and children inherit that."""
        program, sock = self.connected(collect=False, restore_signals=False)
        self.assertEqual(signal.getsignal(signal.SIGPIPE), signal.SIG_IGN)
        sock.sendall(b"one line\n")
        program.stdout.close()
        self.assertEqual((program.wait(3 * SLOW), program.err), (0, b""))

    def test_blocked_stdout_holds_the_peer_back(self):
        """200 MB are offered, and nobody reads."""
        program, sock = self.connected(collect=False)
        sent = offer(sock, 200 * MIB)
        self.assertLess(sent, 100 * MIB, "it took what nobody reads")
        self.assertLess(program.rss(), memory_limit(32 * MIB))
        sock.close()
        self.assertSame(read_descriptor(program.stdout.fileno()), bytes(sent))
        self.assertEqual(program.wait(), 0)

    def test_terminal_that_nobody_reads_holds_the_peer_back(self):
        """200 MB are offered to a terminal that takes a few KiB."""
        _, theirs = self.terminal()
        program, sock = self.connected(stdin=subprocess.DEVNULL, stdout=theirs)
        self.assertLess(offer(sock, 200 * MIB), 100 * MIB)
        self.assertLess(program.rss(), memory_limit(32 * MIB))
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), -signal.SIGTERM)

    def into_file(self, data, mode):
        talk, _ = collect_then(data)
        with open(self.path("out"), mode) as out:
            self.assertQuiet(self.run_connect(self.peer(talk), stdout=out))
        with open(self.path("out"), "rb") as out:
            return out.read()

    def test_regular_file(self):
        """epoll_ctl(2) refuses a regular file; the bytes get there all the same."""
        data = random_bytes(MIB)
        self.assertSame(self.into_file(data, "wb"), data)

    def test_file_opened_for_appending(self):
        """>>, into which splice(2) refuses to write."""
        data = random_bytes(MIB)
        self.file("out", b"before\n")
        self.assertSame(self.into_file(data, "ab"), b"before\n" + data)

    def test_null_device(self):
        """epoll_ctl(2) refuses /dev/null, too."""
        talk, _ = collect_then(random_bytes(MIB))
        with open(os.devnull, "wb") as null:
            self.assertQuiet(self.run_connect(self.peer(talk), stdout=null))

    def test_socket(self):
        """Started by something like inetd."""
        ours, theirs = map(self.keep, socket.socketpair())
        data = random_bytes(MIB)
        program, sock = self.connected(stdin=theirs, stdout=theirs)
        theirs.close()
        ours.settimeout(SOON)
        ours.sendall(b"question")
        ours.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(sock), b"question")
        self.send_behind(sock, data)
        self.assertSame(read_all(ours), data)
        self.assertEqual((program.wait(), program.err), (0, b""))


class Input(Case):
    def sent(self, **stdin):
        talk, got = collect_then()
        peer = self.peer(talk)
        result = self.run_connect(peer, **stdin)
        peer.join()
        return result, got

    def test_regular_file(self):
        """epoll_ctl(2) refuses a regular file; it is read to its end all the same."""
        data = random_bytes(MIB)
        with open(self.file("in", data), "rb") as source:
            result, got = self.sent(stdin=source)
        self.assertQuiet(result, b"")
        self.assertSame(got, data)

    def test_empty_file(self):
        """The peer gets the end and nothing before it."""
        with open(self.file("in"), "rb") as source:
            result, got = self.sent(stdin=source)
        self.assertQuiet(result, b"")
        self.assertEqual(got, b"")

    def test_null_device(self):
        """The peer gets the end and nothing before it."""
        result, got = self.sent(stdin=subprocess.DEVNULL)
        self.assertQuiet(result, b"")
        self.assertEqual(got, b"")

    def test_rest_of_a_file_that_is_partly_read(self):
        """{ read line; twx connect; } <file"""
        source = self.open(self.file("in", b"line\nthe rest\n"), os.O_RDONLY)
        os.read(source, 5)
        result, got = self.sent(stdin=source)
        self.assertQuiet(result, b"")
        self.assertEqual(got, b"the rest\n")
        self.assertEqual(os.read(source, 10), b"", "the shared position did not move")

    def assert_unreadable(self, fd, reason):
        program, sock = self.connected(stdin=fd)
        with self.assertRaises(ConnectionResetError, msg="the peer took it for all there was"):
            read_all(sock)
        self.assertEqual((program.wait(), program.lines()), (26, [f"standard input: {reason}"]))

    def test_directory_is_an_error(self):
        """Status 26: could not read."""
        self.assert_unreadable(self.open(self.folder, os.O_RDONLY), "Is a directory")

    def test_descriptor_for_writing_is_an_error(self):
        """Status 26: could not read."""
        self.assert_unreadable(self.open(self.file("in"), os.O_WRONLY), "Bad file descriptor")

    def test_slow_pipe_is_read_as_it_comes(self):
        """Each piece is with the peer before the next one is written."""
        program, sock = self.connected()
        for piece in (b"one", b"two", b"three"):
            program.send(piece)
            self.assertEqual(sock.recv(100), piece)
        program.end_input()
        self.assertEqual(read_all(sock), b"")
        sock.close()
        self.assertEqual(program.wait(), 0)

    def test_peer_that_does_not_read_holds_the_input_back(self):
        """What is not sent stays in the pipe."""
        reader, writer = self.pipe()
        program, _ = self.connected(stdin=reader)
        os.set_blocking(writer, False)
        written = 0

        def write():
            nonlocal written
            try:
                while written < 200 * MIB:
                    written += os.write(writer, bytes(64 * KIB))
            except BlockingIOError:
                pass
            return written

        until_quiet(write)
        self.assertLess(written, 100 * MIB)
        self.assertLess(program.rss(), memory_limit(32 * MIB))


class SharedDescriptors(Case):
    """O_NONBLOCK on what is shared with a shell breaks the shell's other programs."""

    def assert_blocking(self, shared):
        for name, fd in shared.items():
            self.assertFalse(flags(fd) & os.O_NONBLOCK, f"{name} does not block any more")

    def check(self, shared, ending, **streams):
        """Looks at the descriptors while both directions move, and after the end."""
        program, sock = self.connected("-v", **streams)
        os.write(shared["input"], b"question\n")
        self.assertEqual(sock.recv(9), b"question\n")
        sock.sendall(b"answer\n")
        shown = b""  # on a terminal of what is said as well
        while b"answer\n" not in shown:
            shown += read_some(shared["output"])
        self.assert_blocking(shared)
        ending(program, sock)
        program.wait()
        self.assert_blocking(shared)

    def endings(self):
        return {
            "the peer closes": lambda program, sock: sock.close(),
            "the peer resets": lambda program, sock: reset(sock),
            "SIGTERM": lambda program, sock: program.signal(signal.SIGTERM),
            "SIGKILL": lambda program, sock: program.signal(signal.SIGKILL),
        }

    def test_pipes(self):
        """Three of them, for stdin, stdout and stderr."""
        for name, ending in self.endings().items():
            with self.subTest(name):
                (in_r, in_w), (out_r, out_w), (err_r, err_w) = (self.pipe() for _ in range(3))
                shared = {"input": in_w, "output": out_r, "in": in_r, "out": out_w, "err": err_w}
                self.check(shared, ending, stdin=in_r, stdout=out_w, stderr=err_w)

    def test_terminal(self):
        """One for stdin, stdout and stderr, as a person has it."""
        for name, ending in self.endings().items():
            with self.subTest(name):
                ours, theirs = self.terminal()
                shared = {"input": ours, "output": ours, "terminal": theirs}
                self.check(shared, ending, stdin=theirs, stdout=theirs, stderr=theirs)

    def test_sockets(self):
        """One for stdin and stdout, as inetd gives it."""
        for name, ending in self.endings().items():
            with self.subTest(name):
                ours, theirs = (self.keep(s) for s in socket.socketpair())
                shared = {
                    "input": ours.fileno(),
                    "output": ours.fileno(),
                    "socket": theirs.fileno(),
                }
                self.check(shared, ending, stdin=theirs, stdout=theirs)

    def test_descriptors_of_others_that_do_not_block(self):
        """The other way: somebody else's O_NONBLOCK does no harm and stays."""
        (in_r, in_w), (out_r, out_w) = self.pipe(), self.pipe()
        for fd in (in_r, out_w):
            os.set_blocking(fd, False)
        data = random_bytes(MIB)
        program, sock = self.connected(stdin=in_r, stdout=out_w)
        os.close(out_w)
        self.assertTrue(flags(in_r) & os.O_NONBLOCK)
        os.write(in_w, b"question")
        self.assertEqual(sock.recv(8), b"question")
        self.send_behind(sock, data)
        self.assertSame(read_descriptor(out_r), data)
        self.assertEqual((program.wait(), program.err), (0, b""))


class ClosedDescriptors(Case):
    def test_all_closed_at_the_start(self):
        """Nothing that is meant for a person gets into the stream."""
        talk, got = collect_then(b"answer\n")
        peer = self.peer(talk)
        closed = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", TWX)
        result = self.run_connect(peer, "-vv", command=closed)
        peer.join()
        self.assertEqual((result.status, got), (23, b""))

    def test_closed_stderr_puts_no_messages_into_the_stream(self):
        """The connection must not become descriptor 2."""
        talk, got = collect_then(b"answer\n")
        peer = self.peer(talk)
        closed = ("sh", "-c", 'exec "$@" 2>&-', "sh", TWX)
        result = self.run_connect(peer, "-vv", input=b"question\n", command=closed)
        peer.join()
        self.assertEqual((result.status, result.out, got), (0, b"answer\n", b"question\n"))

    def test_full_stderr_is_no_reason_to_fail(self):
        """The bytes of the peer are what counts."""
        talk, _ = collect_then(b"answer\n")
        with open("/dev/full", "wb") as full:
            result = self.run_connect(self.peer(talk), "-vv", stderr=full)
        self.assertEqual((result.status, result.out), (0, b"answer\n"))


@unittest.skipIf(SANITIZED, "a tracer and the leak check exclude each other")
class Splice(Case):
    """Between plain descriptors the kernel moves the bytes."""

    def calls(self, **streams):
        """Bytes moved by each system call during an echo through `streams`."""
        strace = shutil.which("strace") or self.skipTest("strace is not installed")
        trace = self.path("trace")
        traced = (strace, "-f", "-o", trace, "-e", "trace=splice,read,write,recvfrom,sendto", TWX)
        if subprocess.run([*traced, "--version"], capture_output=True).returncode != 0:
            self.skipTest("tracing is not permitted here")
        server = self.serve("echo")
        result = self.run_connect(("127.0.0.1", server.port), command=traced, **streams)
        self.assertEqual(result.status, 0, result)
        moved = {}
        with open(trace) as lines:
            for line in lines:
                if found := re.search(r"\b(\w+)\(.*\) += (\d+)$", line):
                    moved[found[1]] = moved.get(found[1], 0) + int(found[2])
        return moved, result

    def assert_spliced(self, moved, count):
        self.assertGreaterEqual(moved.get("splice", 0), 2 * count, moved)
        copied = sum(moved.get(name, 0) for name in ("write", "recvfrom", "sendto"))
        self.assertLess(copied, 64 * KIB, moved)

    def test_pipes(self):
        """When both sides are plain descriptors the bytes go by splice(2)."""
        data = random_bytes(4 * MIB)
        moved, result = self.calls(input=data)
        self.assertSame(result.out, data)
        self.assert_spliced(moved, len(data))

    def test_files(self):
        """To and from a file they go by splice(2), too."""
        data = random_bytes(4 * MIB)
        with open(self.file("in", data), "rb") as source, open(self.path("out"), "wb") as sink:
            moved, _ = self.calls(stdin=source, stdout=sink)
        with open(self.path("out"), "rb") as sink:
            self.assertSame(sink.read(), data)
        self.assert_spliced(moved, len(data))
