"""twx fetch: what is tried again, when, and that no byte comes twice or is lost."""

import hashlib
import socket

from harness import MIB, random_bytes
from fetching import FetchCase, answer, moved

SOON_AGAIN = ("--retry-delay", "10ms")
ALL = ("--retry", "3", "--retry-all-errors", *SOON_AGAIN)
BUSY = answer(b"busy", "503 Busy")
TAG = 'ETag: "1"'


class InTurn(dict):
    """Another page each time, the last one for ever."""

    def __getitem__(self, target):
        pages = super().__getitem__(target)
        return pages.pop(0) if len(pages) > 1 else pages[0]


def cut(data, size, *fields):
    """An answer that ends before its body does."""
    return answer(data, "200 OK", f"Content-Length: {size}", *fields)


def rest(data, first, size, *fields):
    span = f"Content-Range: bytes {first}-{size - 1}/{size}"
    return answer(data, "206 Partial Content", span, f"Content-Length: {size - first}", *fields)


class RetryCase(FetchCase):
    def in_turn(self, *pages):
        return self.site(InTurn({"/": list(pages), "/up": list(pages)}))

    def assertRetried(self, result, out, times=1):
        self.assertEqual(result.status, 0, result)
        self.assertSame(result.out, out)
        said = result.err.splitlines()
        self.assertEqual(len(said), times, result)
        for line in said:
            self.assertRegex(line, r"\Atwx: fetch .*; once more in \d+ ms\Z")


class Reasons(RetryCase):
    def test_a_busy_server(self):
        """Its bodies are not shown, nor its heads; the last one is."""
        site = self.in_turn(BUSY, answer(b"", "429 Slow Down"), answer(b"hello"))
        result = self.fetch("-v", "--retry", "2", *SOON_AGAIN, "-w", "%{num_retries}", site.url())
        self.assertEqual((result.status, result.out), (0, b"hello2"), result)
        site = self.in_turn(BUSY, BUSY)
        result = self.fetch("--retry", "1", *SOON_AGAIN, site.url())
        self.assertEqual((result.status, result.out, len(site.requests)), (0, b"busy", 2), result)
        site = self.in_turn(BUSY)
        self.assertEqual(self.fetch("-f", "--retry", "1", *SOON_AGAIN, site.url()).status, 22)
        self.assertEqual(len(site.requests), 2)

    def test_a_server_that_says_when(self):
        """Retry-After counts where it is longer than the usual delay."""
        site = self.in_turn(answer(b"", "503 Busy", "Retry-After: 1"), answer(b"hello"))
        result = self.fetch("--retry", "1", *SOON_AGAIN, site.url())
        self.assertRetried(result, b"hello")
        self.assertGreaterEqual(result.seconds, 1)
        self.assertIn("once more in 1000 ms", result.err)

    def test_not_beyond_a_limit(self):
        """A server that says when may say that it is too late."""
        site = self.in_turn(answer(b"busy", "503 Busy", "Retry-After: 60"))
        options = ("--retry", "9", *SOON_AGAIN, "--retry-max-time", "30", site.url())
        self.assertQuiet(self.fetch(*options), b"busy")
        self.assertEqual(len(site.requests), 1)
        site = self.in_turn(BUSY)
        options = ("--retry", "99", "--retry-delay", "0.3", "--retry-max-time", "0.2")
        result = self.fetch(*options, site.url())
        self.assertEqual((result.out, len(site.requests)), (b"busy", 2), result)

    def test_not_for_every_answer(self):
        for page in (answer(b"no", "404 Not Found"), answer(b"no", "501 Never")):
            site = self.in_turn(page)
            self.assertQuiet(self.fetch("--retry", "3", *SOON_AGAIN, site.url()), b"no")
            self.assertEqual(len(site.requests), 1)

    def test_failures_only_where_that_is_asked_for(self):
        site = self.in_turn(b"", answer(b"hello"))
        self.assertEqual(self.fetch("--retry", "3", *SOON_AGAIN, site.url()).status, 52)
        site = self.in_turn(b"", b"noise\r\n\r\n", answer(b"hello"))
        self.assertRetried(self.fetch(*ALL, site.url()), b"hello", times=2)

    def test_a_refused_connection(self):
        """Until somebody listens."""
        place = self.keep(socket.socket())
        place.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{place.getsockname()[1]}/"
        self.assertEqual(self.fetch("--retry", "3", *SOON_AGAIN, url).status, 7)
        program = self.start("fetch", "--retry", "999", "--retry-connrefused", *SOON_AGAIN, url)
        program.wait_err("Connection refused; once more in 10 ms")
        place.listen()
        peer = self.keep(place.accept()[0])
        peer.recv(MIB)
        peer.sendall(answer(b"hello"))
        self.assertEqual(program.wait(), 0)
        self.assertEqual(bytes(program.out), b"hello")

    def test_time_is_limited_for_each_attempt(self):
        listener = self.listener()
        url = f"http://127.0.0.1:{listener.port}/"
        program = self.start("fetch", "-m", "300ms", "--retry", "1", *SOON_AGAIN, url)
        silent = self.keep(listener.accept())
        peer = self.keep(listener.accept())
        peer.recv(MIB)
        peer.sendall(answer(b"hello"))
        self.assertEqual(program.wait(), 0)
        self.assertEqual(bytes(program.out), b"hello")
        self.assertIn(b"GET / ", silent.recv(MIB))

    def test_what_must_not_happen_twice(self):
        """A POST that was sent, unless all errors are to be tried again."""
        site = self.in_turn(BUSY)
        self.assertQuiet(self.fetch("--retry", "3", *SOON_AGAIN, "-d", "x", site.url()), b"busy")
        self.assertEqual(len(site.requests), 1)
        site = self.in_turn(b"", answer(b"done"))
        self.assertRetried(self.fetch(*ALL, "-d", "x", site.url()), b"done")
        self.assertEqual((site.body(0), site.body(1)), (b"x", b"x"))
        site = self.in_turn(BUSY, answer(b"done"))
        options = ("--retry", "3", *SOON_AGAIN, "-T", self.file("up", b"all of it"))
        self.assertRetried(self.fetch(*options, site.url()), b"done")
        self.assertEqual((site.body(0), site.body(1)), (b"all of it", b"all of it"))


class Interruptions(RetryCase):
    def both_ways(self, pages, options=ALL):
        """To standard output, then to a file."""
        for output in (None, self.path("out")):
            site = self.in_turn(*pages)
            name = ("-o", output) if output else ()
            result = self.fetch(*options, *name, site.url())
            if output:
                with open(output, "rb") as file:
                    result.out = file.read()
            yield site, result

    def test_a_body_goes_on_where_it_was_cut(self):
        data = random_bytes(3 * MIB)
        size, one, two = len(data), MIB + 1, 2 * MIB + 7
        pages = (
            cut(data[:one], size, TAG),
            BUSY,
            rest(data[one:two], one, size, TAG),
            rest(data[two:], two, size, TAG),
        )
        for site, result in self.both_ways(pages):
            self.assertRetried(result, data, times=3)
            self.assertNotIn("Range", site.fields(0))
            for number, first in ((1, one), (2, one), (3, two)):
                self.assertEqual(site.fields(number)["Range"], f"bytes={first}-")
                self.assertEqual(site.fields(number)["If-Range"], '"1"')

    def test_one_that_was_too_slow_goes_on(self):
        """By its date where there is no tag."""
        listener = self.listener()
        url = f"http://127.0.0.1:{listener.port}/"
        program = self.start("fetch", "-m", "300ms", "--retry", "1", *SOON_AGAIN, url)
        date = "Sun, 06 Nov 1994 08:49:37 GMT"
        slow = self.keep(listener.accept())
        slow.sendall(cut(b"hello", 11, f"Last-Modified: {date}"))
        peer = self.keep(listener.accept())
        request = peer.recv(MIB)
        self.assertIn(b"Range: bytes=5-\r\nIf-Range: " + date.encode(), request)
        peer.sendall(rest(b" world", 5, 11))
        self.assertEqual(program.wait(), 0)
        self.assertEqual(bytes(program.out), b"hello world")

    def test_a_body_that_has_changed_begins_again(self):
        """Where that can be: what went to a pipe cannot be taken back."""
        for fields in ((TAG,), ()):
            pages = (cut(b"hello", 11, *fields), answer(b"other", "200 OK", 'ETag: "2"'))
            for site, result in self.both_ways(pages):
                if result.out == b"other":
                    self.assertRetried(result, b"other")
                else:
                    self.assertEqual(result.out, b"hello")
                    self.assertEqual(result.status, 33 if fields else 18, result)
                self.assertEqual("If-Range" in site.fields(), bool(fields))
            self.assertEqual(result.out, b"other")

    def test_another_part_than_asked_for_is_refused(self):
        """No wrong byte, whatever the server says."""
        wrong = (
            rest(b"world", 6, 11, TAG),
            rest(b" world", 5, 11, 'ETag: "2"'),
            answer(b"Not found", "404 Not Found"),
        )
        for page in wrong:
            for _, result in self.both_ways((cut(b"hello", 11, TAG), page)):
                self.assertEqual((result.status, result.out), (33, b"hello"), result)

    def test_an_error_at_the_end_is_not_appended(self):
        for _, result in self.both_ways((cut(b"hello", 11, TAG), BUSY)):
            self.assertNotEqual(result.status, 0)
            self.assertEqual(result.out, b"hello")

    def test_behind_a_file(self):
        """-C: what was there before this run is never lost."""
        file = self.file("out", b"he")
        site = self.in_turn(rest(b"llo", 2, 11, TAG), rest(b" world", 5, 11, TAG))
        self.assertRetried(self.fetch(*ALL, "-C", "-", "-o", file, site.url()), b"")
        self.assertEqual([site.fields(i)["Range"] for i in (0, 1)], ["bytes=2-", "bytes=5-"])
        with open(file, "rb") as out:
            self.assertEqual(out.read(), b"hello world")
        self.file("out", b"he")
        site = self.in_turn(rest(b"llo", 2, 11, TAG), answer(b"other"))
        self.assertEqual(self.fetch(*ALL, "-C", "-", "-o", file, site.url()).status, 33)
        with open(file, "rb") as out:
            self.assertEqual(out.read(2), b"he")

    def test_a_checksum_is_of_all_attempts(self):
        sums = "sha256:" + hashlib.sha256(b"hello world").hexdigest()
        pages = (cut(b"hello", 11, TAG), rest(b" world", 5, 11, TAG))
        for _, result in self.both_ways(pages, (*ALL, "--checksum", sums)):
            self.assertRetried(result, b"hello world")
        pages = (cut(b"HELLO", 11), answer(b"hello world"))
        site = self.in_turn(*pages)
        result = self.fetch(*ALL, "--checksum", sums, "-o", self.path("new"), site.url())
        self.assertRetried(result, b"")

    def test_a_head_is_shown_once(self):
        first = cut(b"hello", 11, TAG)
        for _, result in self.both_ways((first, rest(b" world", 5, 11, TAG)), (*ALL, "-i")):
            self.assertRetried(result, first + b" world")

    def test_a_head_without_its_body_is_not_shown(self):
        """Where another attempt follows: its answer may be another one."""
        first, second = cut(b"", 5, "X: 1"), answer(b"hello", "200 OK", "X: 2")
        for _, result in self.both_ways((first, second), (*ALL, "-i")):
            self.assertRetried(result, second)
        site = self.in_turn(first)
        result = self.fetch("--retry", "1", "--retry-all-errors", *SOON_AGAIN, "-i", site.url())
        self.assertEqual((result.status, result.out, len(site.requests)), (18, first, 2), result)
        site = self.site(InTurn({"/a": [moved("/b")], "/b": [first, second]}))
        result = self.fetch(*ALL, "-L", "-i", site.url("/a"))
        self.assertRetried(result, moved("/b")[: -len(b"moved")] + second)
