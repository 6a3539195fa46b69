"""fetch --compressed and --max-filesize."""

import base64
import functools
import gzip
import os
import zlib

from harness import KIB, MIB, SOON, Case, memory_limit, random_bytes

TEXT = b"a text that is coded"
# Python knows these two codings in its latest version only.
BR = base64.b64decode("GxMAAAQccqRnbSuwQ6VILVVxB3epASg=")
ZSTD = base64.b64decode("KLUv/QRYoQAAYSB0ZXh0IHRoYXQgaXMgY29kZWRl2EFm")


def raw_deflate(data):
    coder = zlib.compressobj(wbits=-15)
    return coder.compress(data) + coder.flush()


@functools.cache
def bomb():
    """1 GiB in 1 MiB in a few KiB."""
    once = zlib.compressobj(9, wbits=31)
    twice = zlib.compressobj(9, wbits=31)
    block = bytes(16 * MIB)
    out = b"".join(twice.compress(once.compress(block)) for _ in range(64))
    return out + twice.compress(once.flush()) + twice.flush()


def read_head(sock):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += sock.recv(1)
    return head


class CodingCase(Case):
    def answers(self, *fields, body=b"", status="200 OK", length=True):
        """A server of one answer; what it was asked is in self.asked."""

        def talk(sock):
            self.asked = read_head(sock)
            lines = [f"HTTP/1.1 {status}", *fields, "Connection: close"]
            if length:
                lines.append(f"Content-Length: {len(body)}")
            try:
                sock.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            except ConnectionError:
                pass  # a client that has seen enough

        return self.peer(talk)

    def fetch(self, peer, *args, **options):
        result = self.run_twx("fetch", f"http://127.0.0.1:{peer.port}/", *args, **options)
        peer.join()
        return result

    def fetch_coded(self, coding, body, *args, **options):
        peer = self.answers(f"Content-Encoding: {coding}", body=body)
        return self.fetch(peer, *args, **options)


class Codings(CodingCase):
    def test_each_is_undone(self):
        for coding, body in (
            ("gzip", gzip.compress(TEXT)),
            ("x-gzip", gzip.compress(TEXT[:5]) + gzip.compress(TEXT[5:])),
            ("deflate", zlib.compress(TEXT)),
            ("deflate", raw_deflate(TEXT)),
            ("br", BR),
            ("zstd", ZSTD),
            ("deflate, gzip", gzip.compress(zlib.compress(TEXT))),
            ("identity", TEXT),
        ):
            with self.subTest(coding):
                self.assertQuiet(self.fetch_coded(coding, body, "--compressed"), TEXT)
                self.assertIn(b"\r\nAccept-Encoding: deflate, gzip, br, zstd\r\n", self.asked)

    def test_none_is_undone_unless_that_is_asked_for(self):
        """Statement 25."""
        body = gzip.compress(TEXT)
        self.assertQuiet(self.fetch_coded("gzip", body), body)
        self.assertNotIn(b"Accept-Encoding", self.asked)
        # The field alone does not ask for it.
        field = ("-H", "Accept-Encoding: gzip")
        self.assertQuiet(self.fetch_coded("gzip", body, *field), body)

    def test_an_answer_without_coding(self):
        self.assertQuiet(self.fetch(self.answers(body=TEXT), "--compressed"), TEXT)

    def test_large_and_into_a_file(self):
        """Without a length, so that the end of the connection is the end of the body."""
        data = random_bytes(3 * MIB) + bytes(40 * MIB)
        path = self.path("body")
        peer = self.answers("Content-Encoding: gzip", body=gzip.compress(data, 1), length=False)
        self.assertQuiet(self.fetch(peer, "--compressed", "-o", path), b"")
        with open(path, "rb") as file:
            self.assertSame(file.read(), data)

    def test_a_reader_that_is_slow(self):
        """The body is complete long before it is read."""
        data = bytes(64 * MIB)
        peer = self.answers("Content-Encoding: gzip", body=gzip.compress(data))
        program = self.start(
            "fetch", "--compressed", f"http://127.0.0.1:{peer.port}/", collect=False
        )
        peer.join()
        first = program.stdout.read(1)
        self.assertLess(program.rss(), memory_limit(48 * MIB))
        self.assertSame(first + program.stdout.read(), data)
        self.assertEqual(program.wait(), 0)

    def test_no_body_has_no_coding(self):
        for status in ("204 No Content", "304 Not Modified"):
            peer = self.answers("Content-Encoding: rot13", status=status, length=False)
            self.assertQuiet(self.fetch(peer, "--compressed"), b"")
        peer = self.answers("Content-Encoding: gzip")
        self.assertQuiet(self.fetch(peer, "--compressed"), b"")

    def test_a_head_has_no_body(self):
        peer = self.answers("Content-Encoding: gzip", "Content-Length: 9", length=False)
        result = self.fetch(peer, "--compressed", "-I", "--max-filesize", 3)
        self.assertEqual((result.status, result.err), (0, ""))


class BrokenCodings(CodingCase):
    def assertBroken(self, result):
        self.assertFails(result, 61, r"fetch \S+: .*cod.*")

    def test_cut_off(self):
        """Statement 23."""
        for coding, body in (
            ("gzip", gzip.compress(TEXT)),
            ("deflate", zlib.compress(TEXT)),
            ("br", BR),
            ("zstd", ZSTD),
        ):
            with self.subTest(coding):
                self.assertBroken(self.fetch_coded(coding, body[:-1], "--compressed"))

    def test_no_such_format(self):
        for coding in ("gzip", "deflate", "br", "zstd"):
            with self.subTest(coding):
                self.assertBroken(self.fetch_coded(coding, b"\xff" * 64, "--compressed"))

    def test_broken_late(self):
        """In what is decoded in a later turn."""
        body = gzip.compress(bytes(40 * MIB) + TEXT)
        body = body[:-6] + bytes([body[-6] ^ 1]) + body[-5:]
        result = self.fetch_coded("gzip", body, "--compressed", "-o", self.path("body"))
        self.assertBroken(result)

    def test_unknown(self):
        self.assertBroken(self.fetch_coded("rot13", TEXT, "--compressed"))
        self.assertQuiet(self.fetch_coded("rot13", TEXT), TEXT)

    def test_six_on_each_other(self):
        """Statement 24, CVE-2022-32206, CVE-2023-23916."""
        body = TEXT
        for _ in range(6):
            body = gzip.compress(body)
        fields = ["Content-Encoding: gzip, gzip"] * 3
        self.assertBroken(self.fetch(self.answers(*fields, body=body), "--compressed"))

    def test_the_connection_ends_first(self):
        """Statement 23."""
        peer = self.answers(
            "Content-Encoding: gzip", "Content-Length: 100000", body=gzip.compress(TEXT), length=False
        )
        self.assertFails(self.fetch(peer, "--compressed"), 18, r"fetch \S+: .*")


class MaxFilesize(CodingCase):
    def assertTooLarge(self, result):
        self.assertFails(result, 63, r"fetch \S+: The body is too large")

    def test_of_what_is_announced(self):
        result = self.fetch(self.answers(body=bytes(101)), "--max-filesize", 100)
        self.assertTooLarge(result)
        self.assertEqual(result.out, b"")
        self.assertQuiet(self.fetch(self.answers(body=bytes(100)), "--max-filesize", 100))

    def test_of_what_comes(self):
        result = self.fetch(self.answers(body=bytes(MIB), length=False), "--max-filesize", "100k")
        self.assertTooLarge(result)
        self.assertLessEqual(len(result.out), 100 * KIB)

    def test_zero_is_any(self):
        self.assertQuiet(self.fetch(self.answers(body=TEXT), "--max-filesize", 0), TEXT)

    def test_of_what_is_decoded(self):
        """Statement 24."""
        body = gzip.compress(bytes(100 * MIB))
        result = self.fetch_coded("gzip", body, "--compressed", "--max-filesize", "1M")
        self.assertTooLarge(result)
        self.assertLessEqual(len(result.out), MIB)
        # It fits as it is.
        self.assertQuiet(self.fetch_coded("gzip", body, "--max-filesize", "1M"), body)


class Bomb(CodingCase):
    def largest_rss(self, *args):
        """Of a run to its end: (status, bytes)."""
        with open(os.devnull, "wb") as sink:
            program = self.start("fetch", *args, stdout=sink)
            _, status, usage = os.wait4(program.pid, 0)
            program._popen.returncode = os.waitstatus_to_exitcode(status)
        return program._popen.returncode, usage.ru_maxrss * KIB

    def test_memory_is_bounded(self):
        """Statement 24: what one read takes, and a gigabyte comes out of, streams through."""
        peer = self.answers("Content-Encoding: gzip, gzip", body=bomb())
        status, rss = self.largest_rss("--compressed", f"http://127.0.0.1:{peer.port}/")
        self.assertEqual(status, 0)
        self.assertLess(rss, memory_limit(48 * MIB))

    def test_time_is_too(self):
        """What takes long to decode holds up no timer."""
        body = gzip.compress(b"".join([bomb()] * 200))
        peer = self.answers("Content-Encoding: gzip, gzip, gzip", body=body)
        result = self.fetch(
            peer, "--compressed", "-m", "300ms", "-o", "/dev/null", timeout=3 * SOON
        )
        self.assertFails(result, 28, r"fetch \S+: .*")
