"""twx fetch: requests, answers, redirects, failures, as scripts see them."""

import signal
import socket
import subprocess

from harness import MIB, TWX, random_bytes
from fetching import FetchCase, answer, moved


class Requests(FetchCase):
    def test_a_plain_one(self):
        """GET, and no more fields than needed."""
        site = self.site({"/a?b": answer(b"hello")})
        result = self.fetch(site.url("/a?b#c"))
        self.assertQuiet(result, b"hello")
        self.assertEqual(
            site.head(),
            ["GET /a?b HTTP/1.1", f"Host: 127.0.0.1:{site.port}", "User-Agent: twx", "Accept: */*"],
        )

    def test_without_a_scheme(self):
        site = self.site({"/": answer(b"hello")})
        self.assertQuiet(self.fetch(f"127.0.0.1:{site.port}"), b"hello")

    def test_fields_added_replaced_taken_away_and_empty(self):
        site = self.site({"/": answer()})
        options = ("-H", "X-A: 1", "-H", "Accept:", "-H", "user-agent: me", "-H", "X-Empty;")
        self.assertQuiet(self.fetch(*options, site.url()))
        self.assertEqual(
            site.head()[1:],
            [f"Host: 127.0.0.1:{site.port}", "X-A: 1", "user-agent: me", "X-Empty:"],
        )

    def test_a_range_without_an_end(self):
        site = self.site({"/": answer(b"hello")})
        for spec, field in (("5", "bytes=5-"), ("5-", "bytes=5-"), ("-5", "bytes=-5")):
            self.assertQuiet(self.fetch("-r", spec, site.url()), b"hello")
            self.assertEqual(site.fields()["Range"], field)

    def test_methods(self):
        site = self.site({"/": answer(b"x")})
        for options, method in (
            ((), "GET"),
            (("-d", "a"), "POST"),
            (("-X", "PURGE"), "PURGE"),
            (("-X", "PUT", "-d", "a"), "PUT"),
            (("-0",), "GET"),
        ):
            with self.subTest(options):
                self.assertEqual(self.fetch(*options, site.url()).status, 0)
                version = "1.0" if "-0" in options else "1.1"
                self.assertEqual(site.head()[0], f"{method} / HTTP/{version}")

    def test_data(self):
        """Pieces are joined by &; files lose their line ends except with --data-binary."""
        site = self.site({"/": answer()})
        file = self.file("data", b"one\r\ntwo\n")
        form = "application/x-www-form-urlencoded"
        for options, data, kind in (
            (("-d", "a=1", "--data", "b=2"), b"a=1&b=2", form),
            (("-d", f"@{file}"), b"onetwo", form),
            (("--data-binary", f"@{file}"), b"one\r\ntwo\n", form),
            (("--data-raw", "@x"), b"@x", form),
            (("--json", '{"a": 1}'), b'{"a": 1}', "application/json"),
            (("-d", "", "-H", "Content-Type: text/plain"), b"", "text/plain"),
        ):
            with self.subTest(options):
                self.assertQuiet(self.fetch(*options, site.url()))
                self.assertEqual(site.body(), data)
                self.assertEqual(site.fields()["Content-Type"], kind)
                self.assertEqual(site.fields()["Content-Length"], str(len(data)))

    def test_data_from_standard_input(self):
        site = self.site({"/": answer()})
        data = random_bytes(300_000)
        self.assertQuiet(self.fetch("--data-binary", "@-", site.url(), input=data))
        self.assertSame(site.body(), data)

    def test_logins(self):
        """-u, the URL's own, a token."""
        site = self.site({"/": answer()})
        with_login = site.url().replace("//", "//us%65r:p%40ss@")
        for options, login in (
            (("-u", "user:pass", site.url()), "Basic dXNlcjpwYXNz"),
            ((with_login,), "Basic dXNlcjpwQHNz"),
            (("--oauth2-bearer", "abc", site.url()), "Bearer abc"),
        ):
            with self.subTest(options):
                self.assertQuiet(self.fetch(*options))
                self.assertEqual(site.fields()["Authorization"], login)
                self.assertNotIn("@", site.head()[0])

    def test_what_would_break_the_request_is_refused(self):
        """Statement 14, CVE-2012-0036, CVE-2014-8150: before anything is sent."""
        site = self.site({"/": answer()})
        for args in (
            (site.url("/\r\nX: y"),),
            (site.url("/a b"),),
            ("-H", "A: b\r\nC: d", site.url()),
            ("-X", "GET /x", site.url()),
            ("-A", "a\nb", site.url()),
            ("-e", "a\rb", site.url()),
        ):
            with self.subTest(args):
                self.assertEqual(self.fetch(*args).status, 3)
        self.assertEqual(site.requests, [])

    def test_a_unix_socket(self):
        """The URL's host goes into Host only."""
        path = self.path("s")
        sock = self.keep(socket.socket(socket.AF_UNIX))
        sock.bind(path)
        sock.listen()
        program = self.start("fetch", "--unix-socket", path, "http://name/x")
        peer = self.keep(sock.accept()[0])
        self.assertIn(b"GET /x HTTP/1.1\r\nHost: name\r\n", peer.recv(MIB))
        peer.sendall(answer(b"hi"))
        program.wait_out(b"hi")
        self.assertEqual(program.wait(), 0)


class Answers(FetchCase):
    def test_every_byte_of_a_large_body(self):
        """To a pipe and to a file."""
        data = random_bytes(20 * MIB)
        site = self.site({"/": answer(data)})
        self.assertSame(self.fetch(site.url()).out, data)
        file = self.path("out")
        self.assertQuiet(self.fetch("-o", file, site.url()), b"")
        with open(file, "rb") as out:
            self.assertSame(out.read(), data)

    def test_chunks_and_an_end_without_length(self):
        chunked = "Transfer-Encoding: chunked"
        site = self.site(
            {
                "/chunks": answer(b"5\r\nhello\r\n0\r\nA: b\r\n\r\n", "200 OK", chunked),
                "/end": b"HTTP/1.1 200 OK\r\n\r\nhello",
            }
        )
        for target in ("/chunks", "/end"):
            with self.subTest(target):
                self.assertQuiet(self.fetch(site.url(target)), b"hello")

    def test_a_slow_reader_loses_nothing_and_costs_no_memory(self):
        data = random_bytes(64 * MIB)
        site = self.site({"/": answer(data)})
        process = subprocess.Popen([TWX, "fetch", site.url()], stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        got = process.stdout.read(1)
        with open(f"/proc/{process.pid}/statm") as statm:
            self.assertLess(int(statm.read().split()[1]) * 4096, 600 * MIB)
        got += process.stdout.read()
        self.assertEqual(process.wait(), 0)
        self.assertSame(got, data)

    def test_heads(self):
        """-i and -I show them, -D keeps them."""
        page = answer(b"hello", "404 Not Found", "X: y")
        site = self.site({"/": page})
        head = page[: -len(b"hello")]
        self.assertQuiet(self.fetch("-i", site.url()), page)
        self.assertQuiet(self.fetch("-D", "-", site.url()), page)
        file = self.path("heads")
        self.assertQuiet(self.fetch("-D", file, site.url()), b"hello")
        with open(file, "rb") as heads:
            self.assertEqual(heads.read(), head)

    def test_only_the_head(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        site = self.site({"/": head})
        self.assertQuiet(self.fetch("-I", site.url()), head)
        self.assertEqual(site.head()[0], "HEAD / HTTP/1.1")

    def test_several_urls(self):
        """In their order; the first failure is the status, and the others are fetched all the same."""
        site = self.site({"/a": answer(b"a"), "/b": b"", "/c": answer(b"c"), "/d": b"SSH-2.0\r\n"})
        result = self.fetch(*map(site.url, ("/a", "/b", "/c", "/d")))
        self.assertEqual((result.status, result.out), (52, b"ac"))
        self.assertIn("fetch " + site.url("/b") + ": The server gave no answer", result.err)
        self.assertIn("fetch " + site.url("/d") + ": The answer is not HTTP/1", result.err)

    def test_one_output_for_each(self):
        site = self.site({"/a": answer(b"a"), "/b": answer(b"b"), "/c": answer(b"c")})
        one, two = self.path("one"), self.path("two")
        urls = map(site.url, ("/a", "/b", "/c"))
        self.assertQuiet(self.fetch("-o", one, "-o", two, *urls), b"c")
        with open(one, "rb") as first, open(two, "rb") as second:
            self.assertEqual((first.read(), second.read()), (b"a", b"b"))

    def test_a_reader_that_leaves(self):
        """Quietly, as everywhere in twx."""
        site = self.site({"/": answer(random_bytes(4 * MIB))})
        line = f"{TWX} fetch {site.url()} | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", line], capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, b""))


class Redirects(FetchCase):
    def test_only_with_the_option(self):
        site = self.site({"/a": moved("/b"), "/b": answer(b"there")})
        self.assertQuiet(self.fetch(site.url("/a")), b"moved")
        self.assertQuiet(self.fetch("-L", site.url("/a")), b"there")

    def test_post_becomes_get(self):
        """Statement 12."""
        site = self.site({"/a": moved("/b"), "/b": answer(b"there")})
        self.assertQuiet(self.fetch("-L", "-d", "x", site.url("/a")), b"there")
        self.assertEqual(site.head()[0], "GET /b HTTP/1.1")
        self.assertNotIn("Content-Length", site.fields())
        self.assertQuiet(self.fetch("-L", "--post302", "-d", "x", site.url("/a")), b"there")
        self.assertEqual((site.head()[0], site.body()), ("POST /b HTTP/1.1", b"x"))

    def test_logins_stay_with_their_origin(self):
        """CVE-2018-1000007, CVE-2022-27774, CVE-2022-27776: another port is another origin."""
        elsewhere = self.site({"/": answer(b"there")})
        site = self.site({"/": moved(elsewhere.url()), "/near": moved("/"), "/near2": answer(b"x")})
        options = ("-L", "-u", "a:b", "-H", "Cookie: c=d", "-H", "X-Api-Key: k", "-H", "X-Other: o")
        self.assertQuiet(self.fetch(*options, site.url()), b"there")
        self.assertEqual(set(elsewhere.fields()), {"Host", "User-Agent", "Accept", "X-Other"})
        self.assertQuiet(self.fetch("--location-trusted", *options, site.url()), b"there")
        self.assertIn("Authorization", elsewhere.fields())
        self.assertEqual(elsewhere.fields()["Cookie"], "c=d")

    def test_loops_end(self):
        """Statement 13."""
        site = self.site({"/": moved("/")})
        self.assertFails(self.fetch("-L", site.url()), 47, "fetch .*: Too many redirects")
        self.assertEqual(len(site.requests), 51)
        self.assertEqual(self.fetch("-L", "--max-redirs", "3", site.url()).status, 47)
        self.assertEqual(len(site.requests), 55)

    def test_only_to_http(self):
        """Statement 9, CVE-2009-0037."""
        site = self.site({"/": moved("file:///etc/passwd")})
        self.assertFails(self.fetch("-L", site.url()), 3, "fetch .*: 'file' is not a scheme .*")


class Failures(FetchCase):
    def test_statuses(self):
        """22 only where it is asked for."""
        site = self.site({"/": answer(b"sorry", "503 No")})
        self.assertQuiet(self.fetch(site.url()), b"sorry")
        self.assertFails(self.fetch("-f", site.url()), 22, "fetch .*: the server answered 503")
        result = self.fetch("--fail-with-body", site.url())
        self.assertEqual((result.status, result.out), (22, b"sorry"))

    def test_what_servers_do_wrong(self):
        """Statement 18 to 23."""
        pages = {
            "/short": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 18),
            "/chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 18),
            "/nothing": (b"", 52),
            "/noise": (b"220 smtp ready\r\n", 1),
            "/coding": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 61),
            "/lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 8),
            "/chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 56),
            "/large": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 60_000, 100),
        }
        site = self.site({target: page for target, (page, _) in pages.items()})
        for target, (_, status) in pages.items():
            with self.subTest(target):
                result = self.fetch(site.url(target))
                self.assertEqual(result.status, status, result)
                self.assertEqual(len(result.err.splitlines()), 1, result)

    def test_urls_that_are_none(self):
        """Nothing is asked, and one line says what is wrong."""
        for url, why in (
            ("http://127.0.0.1:99999/", "the port is from 1 to 65535"),
            ("http://127.0.0.1:x/", "the port is no number"),
            ("http:/127.0.0.1/", "write two slashes behind the scheme"),
            ("http://", "it has no host"),
            ("file:///etc/passwd", "'file' is not a scheme .*"),
            ("ftp://127.0.0.1/", "'ftp' is not a scheme .*"),
            ("http://127.0.0.1/a b", "a space; .*"),
        ):
            with self.subTest(url):
                self.assertFails(self.fetch(url), 3, f"fetch {url}: {why}")

    def test_silence(self):
        """-s says nothing, -sS errors only."""
        url = f"http://127.0.0.1:{self.unused_port()}/"
        self.assertEqual((self.fetch("-s", url).status, self.fetch("-s", url).err), (7, ""))
        self.assertFails(self.fetch("-sS", url), 7, "fetch .*: Connection refused")

    def test_time_is_limited(self):
        """-m covers the body."""
        listener = self.listener()
        program = self.start("fetch", "-m", "200ms", f"http://127.0.0.1:{listener.port}/")
        sock = listener.accept()
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nhello")
        self.assertEqual(program.wait(), 28)
        self.assertEqual(bytes(program.out), b"hello")

    def test_no_time_at_all_is_no_limit(self):
        site = self.site({"/": answer(b"hello")})
        self.assertQuiet(self.fetch("-m", "0", "--connect-timeout", "0", site.url()), b"hello")

    def test_a_file_that_cannot_be_written(self):
        site = self.site({"/": answer(b"hello")})
        self.assertFails(
            self.fetch("-o", "/nonexistent/x", site.url()),
            23,
            "fetch .*: /nonexistent/x: No such file or directory",
        )
        self.assertEqual(self.fetch("-o", "/dev/full", site.url()).status, 23)

    def test_a_signal_ends_it(self):
        listener = self.listener()
        program = self.start("fetch", f"http://127.0.0.1:{listener.port}/")
        listener.accept()
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), -signal.SIGTERM)


class Connections(FetchCase):
    def test_one_for_all_urls_of_an_origin(self):
        """And another one for another origin."""
        site = self.site({"/a": answer(b"a"), "/b": moved("/a")}, close=9)
        other = self.site({"/c": answer(b"c")})
        urls = (site.url("/a"), site.url("/b"), other.url("/c"), site.url("/a"))
        self.assertQuiet(self.fetch("-L", *urls), b"aaca")
        self.assertEqual((site.connections, other.connections), (1, 1))

    def test_a_kept_one_that_has_ended_meanwhile_is_replaced(self):
        """The request is sent again, unless it must not be sent twice."""
        site = self.site({"/a": answer(b"a")}, close=1)
        self.assertQuiet(self.fetch(site.url("/a"), site.url("/a")), b"aa")
        self.assertEqual(site.connections, 2)
        site = self.site({"/a": answer(b"a")}, close=9)
        self.assertQuiet(self.fetch("-d", "x", site.url("/a"), site.url("/a")), b"aa")
        self.assertEqual(site.connections, 2)

    def test_not_after_what_breaks_it(self):
        close = answer(b"a", "200 OK", "Connection: close")
        site = self.site({"/a": close, "/b": answer(b"b"), "/0": answer(b"0").replace(b"1.1", b"1.0")}, close=9)
        self.assertQuiet(self.fetch(*map(site.url, ("/a", "/b", "/0", "/b"))), b"ab0b")
        self.assertEqual(site.connections, 3)
