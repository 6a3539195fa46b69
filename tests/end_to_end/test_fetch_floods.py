"""twx fetch: servers that send too much, and readers that take too little. Memory stays bounded."""

import contextlib
import functools
import gzip
import itertools
import sys

from fetching import FetchCase
from harness import KIB, MIB, SANITIZED, SOON, TWX, memory_limit, offer
from proxies import read_head

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MOST = 48 * MIB
# A small process in between: what the one that forks has counts as what its child had.
MEASURE = (
    sys.executable, "-S", "-c",
    "import os, resource, sys\n"
    "null = os.open(os.devnull, os.O_WRONLY)\n"
    "actions = [(os.POSIX_SPAWN_DUP2, null, 1)]\n"
    "child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)\n"
    "_, status = os.waitpid(child, 0)\n"
    "most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
    "print(os.waitstatus_to_exitcode(status), most)\n",
)  # fmt: skip


@functools.cache
def member():
    """16 MiB of zeros as one member of a gzip stream, a thousandth as long."""
    return gzip.compress(bytes(16 * MIB))


class FloodCase(FetchCase):
    def floods(self, first, pieces):
        """A server of one answer, a piece at a time, until it is complete or nobody listens."""
        self.sent = 0

        def talk(sock):
            with contextlib.suppress(OSError):  # a client that has seen enough
                read_head(sock)
                for piece in itertools.chain([first], pieces):
                    sock.sendall(piece)
                    self.sent += len(piece)

        peer = self.peer(talk)
        return f"http://127.0.0.1:{peer.port}/", peer

    def measured(self, *args):
        """A run to its end: (status, the most memory it had)."""
        done = self.run_twx("fetch", *args, command=[*MEASURE, TWX], timeout=20 * SOON)
        status, most = map(int, done.out.split())
        return status, most * KIB

    def assertBounded(self, status, first, pieces, *options):
        url, peer = self.floods(first, pieces)
        got, memory = self.measured(*options, url)
        peer.join()
        self.assertEqual(got, status)
        self.assertLess(memory, memory_limit(MOST))


class Endless(FloodCase):
    """Statement 18, CVE-2023-38039, and what else has an end on paper only."""

    def test_heads(self):
        block = 64 * KIB
        for name, first, piece, status in (
            ("fields", OK, b"A: b\r\n" * 10_000, 100),
            ("long fields", OK, b"A: " + b"x" * 90_000 + b"\r\n", 100),
            ("one line", OK + b"A: ", b"x" * block, 100),
            ("a folded line", OK + b"A: b\r\n", b" x\r\n" * 10_000, 100),
            ("the first line", b"HTTP/1.1 200 ", b"x" * block, 100),
            ("interim heads", b"", b"HTTP/1.1 100 \r\n\r\n" * 4000, 100),
            ("line ends", b"", b"\r\n" * block, 1),
            ("zeros", OK, bytes(block), 100),
            ("noise", b"", b"x" * block, 1),
        ):
            with self.subTest(name):
                self.assertBounded(status, first, itertools.repeat(piece))
                self.assertLess(self.sent, 16 * MIB)

    def test_what_a_proxy_says(self):
        """Its answer to CONNECT has the same limits."""
        field = itertools.repeat(b"A: b\r\n" * 10_000)
        interim = itertools.repeat(b"HTTP/1.1 100 \r\n\r\n" * 4000)
        line = itertools.repeat(b"x" * 10_000)
        for first, pieces in ((OK, field), (b"", interim), (OK + b"A: ", line)):
            with self.subTest(first):
                url, peer = self.floods(first, pieces)
                status, memory = self.measured("-p", "-x", url, "http://a.test/")
                peer.join()
                self.assertIn(status, (56, 100))
                self.assertLess(memory, memory_limit(MOST))

    def test_what_frames_chunks(self):
        block = 64 * KIB
        for name, first, piece, statuses in (
            ("extension", CHUNKED + b"5;a=", b"x" * block, (56, 100)),
            ("zeros before a size", CHUNKED, b"0" * block, (56, 100)),
            ("spaces", CHUNKED + b"5", b" " * block, (56, 100)),
            ("a trailer", CHUNKED + b"0\r\n", b"A: b\r\n" * 10_000, (100,)),
            ("a line of the trailer", CHUNKED + b"0\r\nA: ", b"x" * block, (100,)),
        ):
            with self.subTest(name):
                url, peer = self.floods(first, itertools.repeat(piece))
                status, memory = self.measured(url)
                peer.join()
                self.assertIn(status, statuses)
                self.assertLess(memory, memory_limit(MOST))
                self.assertLess(self.sent, 16 * MIB)

    def test_bodies(self):
        """Of what is not wanted too: only time and --max-filesize end them."""
        block = bytes(MIB)
        moved = b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"
        for name, first, options, status in (
            ("wanted", OK + b"\r\n", ("-m", "1s"), 28),
            ("of a redirect", moved, ("-L", "-m", "1s"), 28),
            ("of a failure", b"HTTP/1.1 404 No\r\n\r\n", ("-f", "-m", "9s"), 22),
            ("too large", OK + b"\r\n", ("--max-filesize", "64M"), 63),
        ):
            with self.subTest(name):
                self.assertBounded(status, first, itertools.repeat(block), *options)

    def test_small_chunks(self):
        """Each byte in a chunk of its own."""
        pieces = itertools.repeat(b"1\r\nx\r\n" * 10_000, 200)
        self.assertBounded(0, CHUNKED, itertools.chain(pieces, [b"0\r\n\r\n"]))


class Bombs(FloodCase):
    """Statement 24, CVE-2022-32206, CVE-2023-23916: 10 GiB in 10 MiB, made as they are sent."""

    HEAD = OK + b"Content-Encoding: gzip\r\n\r\n"

    def test_streamed(self):
        count = 64 if SANITIZED else 640
        pieces = itertools.repeat(member(), count)
        self.assertBounded(0, self.HEAD, pieces, "--compressed", "-o", "/dev/null")

    def test_not_decoded_unless_asked_for(self):
        """Statement 25."""
        pieces = itertools.repeat(member(), 640)
        self.assertBounded(0, self.HEAD, pieces, "--max-filesize", "16M")

    def test_limited(self):
        pieces = itertools.repeat(member(), 640)
        limit = ("--compressed", "--max-filesize", "100M", "-o", "/dev/null")
        self.assertBounded(63, self.HEAD, pieces, *limit)

    def test_in_each_other(self):
        """The inner one grows a millionfold."""
        inner = gzip.compress(member() * 64)
        head = OK + b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n"
        limit = ("--compressed", "--max-filesize", "100M")
        self.assertBounded(63, head, itertools.repeat(inner, 10), *limit)


class SlowReaders(FloodCase):
    SIZE = 256 * MIB

    def stalled(self, head, *options):
        """A run whose standard output is not read while the server sends what it can."""
        listener = self.listener()
        url = f"http://127.0.0.1:{listener.port}/"
        program = self.start("fetch", *options, url, collect=False)
        sock = listener.accept()
        read_head(sock)
        sock.sendall(head)
        sent = offer(sock, self.SIZE)
        return program, sock, sent

    def test_bodies_wait_with_the_server(self):
        """Not in memory; and nothing is lost."""
        length = OK + b"Content-Length: %d\r\n\r\n" % self.SIZE
        for options in ((), ("-i",), ("--max-filesize", "1G"), ("--compressed",), ("-D", "-")):
            with self.subTest(options):
                program, sock, sent = self.stalled(length, *options)
                self.assertLess(sent, 32 * MIB)
                self.assertLess(program.rss(), memory_limit(MOST))
                self.send_behind(sock, bytes(self.SIZE - sent))
                count = 0
                while piece := program.stdout.read(MIB):
                    count += len(piece)
                self.assertEqual(program.wait(), 0)
                head = len(length) if options and options[0] in ("-i", "-D") else 0
                self.assertEqual(count, head + self.SIZE)
