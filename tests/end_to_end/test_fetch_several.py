"""twx fetch with several URLs: at the same time, in sets of options, out of files; rates."""

import threading

from fetching import FetchCase, Site, answer
from harness import KIB, MIB, SOON, random_bytes


class Gate(Site):
    """Answers nobody until `count` requests are there; `most` is how many there were at a time."""

    def __init__(self, case, count, pages, **options):
        self._barrier = threading.Barrier(count)
        self._lock = threading.Lock()
        self.now, self.most = 0, 0
        super().__init__(case, pages, **options)

    def _read(self, sock):
        request = super()._read(sock)
        if not request:
            return request
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            self._barrier.wait(SOON)
        except threading.BrokenBarrierError:
            return b""
        with self._lock:
            self.now -= 1
        return request


class Parallel(FetchCase):
    def gate(self, count, pages, **options):
        return Gate(self, count, pages, **options)

    def test_all_at_the_same_time(self):
        """And each into its file."""
        pages = {f"/{number}": answer(random_bytes(300_000, number)) for number in range(20)}
        gate = self.gate(20, pages)
        files = {target: self.path("out" + target[1:]) for target in pages}
        outputs = [word for file in files.values() for word in ("-o", file)]
        for option in ("--no-parallel-immediate", "--parallel-immediate"):
            self.assertQuiet(self.fetch("-Z", option, *outputs, *map(gate.url, pages)), b"")
        for target, page in pages.items():
            with open(files[target], "rb") as file:
                self.assertSame(file.read(), page.split(b"\r\n\r\n", 1)[1], target)

    def test_all_begin_at_once_where_that_is_asked_for(self):
        """Over connections of their own, however quick the server is."""
        pages = {f"/{number}": answer(b"x") for number in range(20)}
        site = self.site(pages, close=99)
        urls = map(site.url, pages)
        self.assertQuiet(self.fetch("-Z", "--parallel-immediate", *urls), b"x" * 20)
        self.assertEqual(site.connections, 20)

    def test_not_more_than_allowed(self):
        pages = {f"/{number}": answer(b"x") for number in range(9)}
        gate = self.gate(3, pages)
        self.assertQuiet(self.fetch("-Z", "--parallel-max", "3", *map(gate.url, pages)), b"x" * 9)
        self.assertEqual(gate.most, 3)

    def test_connections_are_used_again(self):
        pages = {f"/{number}": answer(b"x") for number in range(12)}
        gate = self.gate(4, pages, close=99)
        self.assertQuiet(self.fetch("-Z", "--parallel-max", "4", *map(gate.url, pages)), b"x" * 12)
        self.assertLessEqual(gate.connections, 4)
        self.assertEqual(gate.most, 4)

    def test_one_after_the_other_without_it(self):
        pages = {f"/{number}": answer(b"x") for number in range(4)}
        gate = self.gate(1, pages)
        self.assertQuiet(self.fetch(*map(gate.url, pages)), b"xxxx")
        self.assertQuiet(self.fetch("-Z", "--parallel-max", "1", *map(gate.url, pages)), b"xxxx")
        self.assertEqual(gate.most, 1)

    def test_all_bytes_to_standard_output(self):
        """In no order, but all of them."""
        bodies = [bytes([ord("a") + number]) * (MIB + number) for number in range(6)]
        gate = self.gate(6, {f"/{number}": answer(body) for number, body in enumerate(bodies)})
        result = self.fetch("-Z", *(gate.url(f"/{number}") for number in range(6)))
        self.assertQuiet(result)
        self.assertEqual(len(result.out), sum(map(len, bodies)))
        for body in bodies:
            self.assertEqual(result.out.count(body[:1]), len(body))

    def test_the_status_is_a_failure_if_there_is_one(self):
        site = self.site({"/a": answer(b"a"), "/b": answer(b"b", "404 No")})
        result = self.fetch("-Zf", *map(site.url, ("/a", "/b", "/a")))
        self.assertEqual((result.status, result.out), (22, b"aa"))
        self.assertEqual(len(result.err.splitlines()), 1)

    def test_a_thousand(self):
        pages = {f"/{number}": answer(b"%d\n" % number) for number in range(1000)}
        site = self.site(pages, close=9999)
        result = self.fetch("-Z", *map(site.url, pages))
        self.assertQuiet(result)
        self.assertEqual(sorted(map(int, result.out.split())), list(range(1000)))
        self.assertLessEqual(site.connections, 50)


class FailEarly(FetchCase):
    def test_the_first_failure_is_the_last_thing(self):
        site = self.site({"/a": answer(b"a"), "/no": answer(b"n", "404 No"), "/b": answer(b"b")})
        urls = tuple(map(site.url, ("/a", "/no", "/b")))
        self.assertEqual(self.fetch("-f", *urls).out, b"ab")
        del site.requests[:]
        result = self.fetch("-f", "--fail-early", *urls)
        self.assertEqual((result.status, result.out), (22, b"a"))
        self.assertEqual(len(site.requests), 2)

    def test_it_ends_what_is_under_way(self):
        """With -Z."""
        listener = self.listener()
        site = self.site({"/no": answer(b"n", "404 No")})
        waiting = f"http://127.0.0.1:{listener.port}/"
        result = self.fetch("-Zf", "--fail-early", waiting, site.url("/no"), site.url("/no"))
        self.assertEqual((result.status, result.out), (22, b""), result)
        self.assertEqual(len(result.err.splitlines()), 1, result)


class Sets(FetchCase):
    def test_options_are_for_their_set(self):
        site = self.site({"/a": answer(b"a"), "/b": answer(b"b")}, close=9)
        for word in ("--next", "-:"):
            with self.subTest(word):
                first = ("-H", "X-A: 1", "-A", "me", "-d", "x", site.url("/a"))
                result = self.fetch(*first, word, "-H", "X-B: 2", "-i", site.url("/b"))
                self.assertQuiet(result, b"a" + answer(b"b"))
                first, second = site.fields(-2), site.fields(-1)
                self.assertEqual((first["X-A"], first["User-Agent"], site.body(-2)), ("1", "me", b"x"))
                self.assertEqual((second["X-B"], second["User-Agent"]), ("2", "twx"))
                self.assertNotIn("X-A", second)
                self.assertEqual(site.head(-1)[0], "GET /b HTTP/1.1")

    def test_one_connection_for_all_sets(self):
        site = self.site({"/a": answer(b"a")}, close=9)
        self.assertQuiet(self.fetch(site.url("/a"), "--next", "-d", "x", site.url("/a"), "--next", site.url("/a")))
        self.assertLessEqual(site.connections, 2)  # what must not be sent twice takes a new one

    def test_outputs_are_for_their_set(self):
        site = self.site({"/a": answer(b"a"), "/b": answer(b"b")})
        one, two = self.path("one"), self.path("two")
        self.assertQuiet(self.fetch("-o", one, site.url("/a"), "--next", "-o", two, site.url("/b")), b"")
        with open(one, "rb") as first, open(two, "rb") as second:
            self.assertEqual((first.read(), second.read()), (b"a", b"b"))

    def test_some_are_for_all(self):
        """Wherever they stand."""
        bad = f"http://127.0.0.1:{self.unused_port()}/"
        for args in (("-s", bad, "--next", bad), (bad, "--next", "-s", bad)):
            with self.subTest(args):
                result = self.fetch(*args)
                self.assertEqual((result.status, result.err), (7, ""))
        result = self.fetch(bad, "--next", "--fail-early", bad)
        self.assertEqual(len(result.err.splitlines()), 1)
        result = self.fetch("http://a.test/", "--next", "--dry-run", "http://b.test/")
        self.assertEqual(result.out.count(b"HTTP/1.1"), 2)

    def test_a_set_without_a_url(self):
        self.assertEqual(self.fetch("--next", "http://127.0.0.1/").status, 2)
        self.assertEqual(self.fetch("http://127.0.0.1/", "--next").status, 2)

    def test_cookies_go_from_set_to_set(self):
        site = self.site({"/a": answer(b"a", "200 OK", "Set-Cookie: c=d")}, close=9)
        self.assertQuiet(self.fetch("-b", "", site.url("/a"), "--next", "-b", "", site.url("/a")), b"aa")
        self.assertEqual(site.fields(-1).get("Cookie"), "c=d")


class Urls(FetchCase):
    def test_as_an_option(self):
        site = self.site({"/a": answer(b"a"), "/b": answer(b"b")})
        self.assertQuiet(self.fetch("--url", site.url("/a"), site.url("/b")), b"ab")
        self.assertQuiet(self.fetch("--url=" + site.url("/a"), "--url", site.url("/b")), b"ab")

    def test_out_of_a_file(self):
        """Behind those of the command line; empty lines and those with # are none."""
        site = self.site({f"/{name}": answer(name.encode()) for name in "abcd"})
        lines = f"# comment\n\n  {site.url('/b')}\r\n{site.url('/c')}".encode()
        file = self.file("urls", lines)
        self.assertQuiet(self.fetch("--input-file", file, site.url("/a")), b"abc")
        self.assertQuiet(self.fetch("--input-file", "-", input=lines), b"bc")
        self.assertQuiet(self.fetch("-Z", "--parallel-max", "1", "--input-file", file), b"bc")
        self.assertQuiet(self.fetch("--input-file", file, "--next", site.url("/d")), b"bcd")

    def test_a_file_that_is_not_there(self):
        result = self.fetch("--input-file", "/nonexistent")
        self.assertNotEqual(result.status, 0)
        self.assertIn("/nonexistent: No such file", result.err)

    def test_one_that_is_none(self):
        """The others are fetched."""
        site = self.site({"/a": answer(b"a")})
        result = self.fetch("ftp://x/", site.url("/a"))
        self.assertEqual((result.status, result.out), (3, b"a"))


class Flags(FetchCase):
    def test_taken_back(self):
        site = self.site({"/": answer(b"x", "404 No")})
        for args, status, out in (
            (("-i", "--no-include"), 0, b"x"),
            (("-f", "--no-fail"), 0, b"x"),
            (("--no-fail", "-f"), 22, b""),
            (("--no-include", "-i", "--no-include"), 0, b"x"),
            (("-I", "--no-head"), 0, b"x"),
        ):
            with self.subTest(args):
                result = self.fetch(*args, site.url())
                self.assertEqual((result.status, result.out), (status, out), result)
        bad = f"http://127.0.0.1:{self.unused_port()}/"
        self.assertFails(self.fetch("-s", "--no-silent", bad), 7, "fetch .*: Connection refused")

    def test_the_last_value_counts(self):
        site = self.site({"/": answer(b"x")})
        options = ("-A", "one", "--user-agent=two", "-e", "a", "-e", "b", "-X", "PUT", "-X", "PURGE")
        self.assertQuiet(self.fetch(*options, site.url()), b"x")
        fields = site.fields()
        self.assertEqual((fields["User-Agent"], fields["Referer"]), ("two", "b"))
        self.assertEqual(site.head()[0], "PURGE / HTTP/1.1")
        self.assertQuiet(self.fetch("-m", "1ms", "-m", "20s", site.url()), b"x")


class Rates(FetchCase):
    def test_not_faster_than_allowed(self):
        """A tenth of a second is for free."""
        data = random_bytes(MIB)
        site = self.site({"/": answer(data)})
        file = self.path("out")
        for args in ((), ("-o", file), ("--compressed",)):
            with self.subTest(args):
                result = self.fetch("--limit-rate", "4M", *args, site.url())
                self.assertEqual(result.status, 0, result)
                self.assertGreater(result.seconds, 0.12)
                if args[:1] == ("-o",):
                    with open(file, "rb") as out:
                        self.assertSame(out.read(), data)
                else:
                    self.assertSame(result.out, data)

    def test_each_on_the_same_connection(self):
        """One that was held back for the first goes on for the next."""
        data = random_bytes(100 * KIB)
        site = self.site({"/": answer(data)}, close=9)
        self.assertQuiet(self.fetch("--limit-rate", "500k", *[site.url()] * 3), data * 3)
        self.assertEqual(site.connections, 1)

    def test_sending_not_faster_either(self):
        site = self.site({"/": answer()})
        data = random_bytes(MIB)
        result = self.fetch("--limit-rate", "4M", "--data-binary", "@" + self.file("data", data), "-H", "Expect:", site.url())
        self.assertQuiet(result)
        self.assertGreater(result.seconds, 0.12)
        self.assertSame(site.body(), data)

    def test_what_is_no_rate(self):
        for rate in ("fast", "-1", "1X", ""):
            with self.subTest(rate):
                self.assertEqual(self.fetch("--limit-rate", rate, "http://127.0.0.1/").status, 2)

    def test_too_slow(self):
        listener = self.listener()
        program = self.start("fetch", "-Y", "1000", "-y", "1s", f"http://127.0.0.1:{listener.port}/")
        listener.accept().sendall(answer(b"x" * 100)[:-50])
        self.assertEqual(program.wait(), 28)
        self.assertEqual(program.out, b"x" * 50)
        self.assertEqual(len(program.lines()), 1)
        self.assertIn("Less than 1000 bytes/sec", program.lines()[0])

    def test_too_slow_before_any_answer(self):
        listener = self.listener()
        program = self.start("fetch", "-y", "1", f"http://127.0.0.1:{listener.port}/")
        listener.accept()
        self.assertEqual(program.wait(), 28)

    def test_sending_is_fast_enough_too(self):
        """Where nothing comes back for a while."""
        site = self.site({"/": answer()})
        data = self.file("data", bytes(512 * KIB))
        args = ("-Y", "1000", "-y", "1s", "--limit-rate", "300k", "-H", "Expect:", "--data-binary", "@" + data)
        self.assertQuiet(self.fetch(*args, site.url()), b"")

    def test_fast_enough(self):
        site = self.site({"/": answer(bytes(512 * KIB))})
        self.assertQuiet(self.fetch("-Y", "1000", "-y", "1s", "--limit-rate", "300k", site.url()), bytes(512 * KIB))
