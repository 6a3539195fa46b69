"""twx fetch with servers that others have written; where curl is the judge, the bytes are the same."""

import os
import subprocess

import certificates
from fetching import FetchCase
from harness import MIB, SOON, random_bytes
from web_servers import Nginx, OpensslServer, PythonServer, make_root


class PeerCase(FetchCase):
    def setUp(self):
        super().setUp()
        self.large, self.page = random_bytes(8 * MIB), b"<p>page</p>\n" * 100
        make_root(self, {"large": self.large, "page": self.page, "empty": b""})
        self.trust = ("--cacert", certificates.ca().cert)

    def curl(self, *args):
        command = ["curl", "-sSq", "--noproxy", "*", *args]
        return subprocess.run(command, capture_output=True, timeout=SOON, check=True).stdout

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()


class WithNginx(PeerCase):
    def setUp(self):
        super().setUp()
        self.nginx = Nginx(self)

    def test_pages(self):
        for url in (self.nginx.url, self.nginx.tls_url):
            for target, data in (("/page", self.page), ("/large", self.large), ("/empty", b"")):
                with self.subTest((url, target)):
                    result = self.fetch(*self.trust, url(target))
                    self.assertQuiet(result, data)
                    self.assertSame(result.out, self.curl(*self.trust, url(target)))
                    file = self.path("out")
                    self.assertQuiet(self.fetch(*self.trust, "-o", file, url(target)), b"")
                    self.assertSame(self.read(file), data)

    def test_heads(self):
        args = ("-I", "-A", "me", self.nginx.url("/page"))

        def undated(data):
            return [line for line in data.split(b"\r\n") if not line.startswith(b"Date:")]

        self.assertEqual(undated(self.fetch(*args).out), undated(self.curl(*args)))

    def test_ranges(self):
        for spec in ("0-99", "1000-", "-5", "8388607-"):
            with self.subTest(spec):
                args = ("-r", spec, self.nginx.url("/large"))
                self.assertQuiet(self.fetch(*args), self.curl(*args))
        args = ("-r", "0-1,5-6", "-f", self.nginx.url("/large"))
        self.assertIn(self.large[5:7], self.fetch(*args).out)

    def test_the_rest_of_a_file(self):
        for url in (self.nginx.url, self.nginx.tls_url):
            for begin in (1, 5_000_000, len(self.large) - 1, len(self.large)):
                with self.subTest((url, begin)):
                    file = self.file("out", self.large[:begin])
                    self.assertQuiet(self.fetch(*self.trust, "-C", "-", "-o", file, url("/large")), b"")
                    self.assertSame(self.read(file), self.large)
        self.assertQuiet(self.fetch("-C", "8388600", self.nginx.url("/large")), self.large[-8:])

    def test_compressed(self):
        for target in ("/gzip/page", "/gzip/large", "/page"):
            with self.subTest(target):
                result = self.fetch("--compressed", self.nginx.url(target))
                self.assertQuiet(result, self.page if target.endswith("page") else self.large)
        self.assertIn(b"Content-Encoding: gzip", self.fetch("-i", "--compressed", self.nginx.url("/gzip/page")).out)

    def test_one_connection(self):
        """For many pages, empty and moved ones among them."""
        targets = ("/page", "/empty", "/large", "/moved", "/nothing", "/gzip/page")
        for url in (self.nginx.url, self.nginx.tls_url):
            with self.subTest(url):
                self.assertQuiet(self.fetch("-L", "-o", "/dev/null", *self.trust, *map(url, targets)))
                log = self.nginx.log(7)
                self.assertEqual(len({line[0] for line in log}), 1, log)
                self.assertEqual([line[3] for line in log], "200 200 200 301 200 404 200".split())

    def test_many_at_a_time(self):
        for url in (self.nginx.url, self.nginx.tls_url):
            with self.subTest(url):
                urls = [url("/page")] * 200
                result = self.fetch("-Z", "--parallel-max", "8", *self.trust, *urls)
                self.assertQuiet(result)
                self.assertEqual(len(result.out), 200 * len(self.page))
                self.assertLessEqual(len({line[0] for line in self.nginx.log(200)}), 8)

    def test_logins(self):
        url = self.nginx.url("/login/page")
        self.assertEqual(self.fetch("-f", url).status, 22)
        for args in (("-u", "me:secret"), ("--anyauth", "-u", "me:secret")):
            with self.subTest(args):
                self.assertQuiet(self.fetch(*args, url), self.page)
        self.assertQuiet(self.fetch(url.replace("//", "//me:secret@")), self.page)

    def test_uploads(self):
        """With and without a length, through nginx's own proxy, which reads all of them."""
        file = self.path("root/large")
        said = b"taken 8388608\n"
        url = self.nginx.url("/echo")
        for args in (("--data-binary", "@" + file), ("-T", file), ("-T", file, "-H", "Expect:")):
            with self.subTest(args):
                self.assertQuiet(self.fetch(*args, url), said)
        self.assertQuiet(self.fetch("-T", "-", url, input=self.large), said)
        for args in (("-F", f"a=@{file}"), ("-F", f"a=@{file}", "-F", "b=c;type=text/x")):
            with self.subTest(args):
                self.assertRegex(self.fetch(*args, url).out, rb"\Ataken 83\d{5}\n\Z")

    def test_only_if_newer(self):
        """-z, -R and ETags."""
        os.utime(self.path("root/page"), (1e9, 1e9))
        file, etag = self.path("out"), self.path("etag")
        url = self.nginx.url("/page")
        self.assertQuiet(self.fetch("-R", "-o", file, "--etag-save", etag, url), b"")
        self.assertEqual(os.stat(file).st_mtime, 1e9)
        for args in (("-z", file), ("--etag-compare", etag)):
            with self.subTest(args):
                self.assertQuiet(self.fetch(*args, "-w", "%{http_code}", url), b"304")
        theirs = self.path("theirs")
        self.curl("--etag-save", theirs, "-o", "/dev/null", url)
        self.assertEqual(self.read(etag), self.read(theirs))

    def test_who_is_not_trusted(self):
        self.assertEqual(self.fetch("-s", self.nginx.tls_url("/page")).status, 60)
        self.assertQuiet(self.fetch("-k", self.nginx.tls_url("/page")), self.page)


class WithPython(PeerCase):
    def setUp(self):
        super().setUp()
        self.server = PythonServer(self)

    def test_pages(self):
        """HTTP/1.0, whose connections end."""
        urls = [self.server.url(target) for target in ("/page", "/large", "/empty", "/page")]
        self.assertQuiet(self.fetch(*urls), self.page + self.large + self.page)
        result = self.fetch("-Z", *urls)
        self.assertQuiet(result)
        self.assertEqual(len(result.out), len(self.large) + 2 * len(self.page))

    def test_lists_and_moves(self):
        os.mkdir(self.path("root/dir"))
        self.assertQuiet(self.fetch("-L", self.server.url("/dir")), self.curl("-L", self.server.url("/dir")))
        self.assertEqual(self.fetch("-f", self.server.url("/none")).status, 22)

    def test_no_ranges(self):
        """It has none: what is there is not touched."""
        file = self.file("out", self.large[:1000])
        result = self.fetch("-C", "-", "-o", file, self.server.url("/large"))
        self.assertEqual(result.status, 33, result)
        self.assertSame(self.read(file), self.large[:1000])


class WithOpenssl(PeerCase):
    def test_pages(self):
        """An answer without a length, ended by close_notify."""
        for options in ((), ("-tls1_2",)):
            server = OpensslServer(self, "-WWW", *options)
            for target, data in (("/page", self.page), ("/large", self.large)):
                with self.subTest((options, target)):
                    self.assertQuiet(self.fetch(*self.trust, server.url(target)), data)

    def test_a_file_that_is_the_answer(self):
        """Head and all."""
        self.file("root/raw", b"HTTP/1.1 203 Raw\r\nContent-Length: 3\r\nX: y\r\n\r\nabc")
        server = OpensslServer(self, "-HTTP")
        result = self.fetch(*self.trust, "-w", " %{http_code} %header{x}", server.url("/raw"))
        self.assertQuiet(result, b"abc 203 y")

    def test_what_it_says_of_the_connection(self):
        server = OpensslServer(self, "-www")
        self.assertIn(b"TLSv1.3", self.fetch(*self.trust, server.url("/")).out)
