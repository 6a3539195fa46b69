"""twx fetch: what hostile servers, URLs and arguments must not achieve.

Statements are those that docs and unit tests number too; where curl once got it wrong, its CVE is
named.
"""

import os
import re

from fetching import FetchCase, answer, moved
from harness import KIB, pass_time
from proxies import SocksProxy

OK = b"HTTP/1.1 200 OK\r\n"


def paths(count):
    """A chain of redirects."""
    pages = {f"/{number}": moved(f"/{number + 1}") for number in range(count)}
    return pages | {f"/{count}": answer(b"there")}


class Redirects(FetchCase):
    def test_only_to_http(self):
        """Statement 9, CVE-2009-0037, CVE-2024-2004, CVE-2025-14524: no other scheme, ever."""
        places = ("file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/_", "scp://a/b",
                  "data:,x", "FILE:/etc/passwd", "ws://127.0.0.1/", "javascript:0")  # fmt: skip
        for place in places:
            with self.subTest(place):
                site = self.site({"/": moved(place)})
                for options in (("-L",), ("-L", "--proto-redir", "=all"), ("--location-trusted",)):
                    result = self.fetch(*options, site.url())
                    self.assertFails(result, 3, "fetch .*: .*")
                    self.assertEqual(result.out, b"")

    def test_the_schemes_may_be_fewer(self):
        """Statement 9: --proto is for the first, --proto-redir for those after it."""
        there = self.site({"/": answer(b"there")})
        site = self.site({"/": moved(there.url())})
        for options in (
            ("--proto", "=https"),
            ("--proto", "-http"),
            ("--proto", "-all,https"),
            ("-L", "--proto-redir", "=https"),
            ("-L", "--proto-redir", "-http"),
        ):
            with self.subTest(options):
                self.assertFails(self.fetch(*options, site.url()), 3, "fetch .*: --proto.*")
        self.assertEqual((len(site.requests), there.requests), (2, []))
        both = ("-L", "--proto", "=http", "--proto-redir", "-all,http")
        self.assertQuiet(self.fetch(*both, site.url()), b"there")

    def test_what_belongs_to_the_body_goes_with_it(self):
        """Statement 12: also what the user gave."""
        own = ("-H", "Content-Type: text/x", "-H", "X-Kept: 1")
        for status in ("301 Moved", "302 Found", "303 See Other"):
            with self.subTest(status):
                site = self.site({"/": moved("/b", status), "/b": answer(b"there")})
                result = self.fetch("-L", "-d", "x", *own, site.url())
                self.assertQuiet(result, b"there")
                names = set(site.fields()) - {"Host", "User-Agent", "Accept"}
                self.assertEqual((site.head()[0], names), ("GET /b HTTP/1.1", {"X-Kept"}))
                chunked = ("-H", "Transfer-Encoding: chunked", "-H", "Expect:")
                self.fetch("-L", "-d", "x", *chunked, site.url())
                self.assertNotIn("Transfer-Encoding", site.fields())

    def test_a_body_that_cannot_be_had_again(self):
        """Statement 12, CVE-2022-32221: neither an empty one nor another."""
        site = self.site({"/a": moved("/b", "307 Again"), "/b": answer(b"there")})
        options = ("-L", "-T", "-", "-X", "POST", "-H", "Content-Length: 5", "-H", "Expect:")
        result = self.fetch(*options, site.url("/a"), input=b"hello")
        self.assertFails(result, 65, "fetch .*: .*")
        self.assertEqual(len(site.requests), 1)
        file = self.file("body", b"hello")
        self.assertQuiet(self.fetch("-L", "-T", file, site.url("/a")), b"there")
        self.assertEqual(site.body(), b"hello")

    def test_so_many_and_no_more(self):
        """Statement 13: 50, or as many as are allowed; 0 is none, -1 any number."""
        site = self.site(paths(60))
        for options, status, count in (
            ((), 47, 51),
            (("--max-redirs", "0"), 47, 1),
            (("--max-redirs", "59"), 47, 60),
            (("--max-redirs", "60"), 0, 61),
            (("--max-redirs", "-1"), 0, 61),
        ):
            with self.subTest(options):
                site.requests.clear()
                self.assertEqual(self.fetch("-L", *options, site.url("/0")).status, status)
                self.assertEqual(len(site.requests), count)


class Requests(FetchCase):
    def test_what_would_split_a_request(self):
        """Statement 14, CVE-2012-0036, CVE-2014-8150: refused wherever it stands."""
        site = self.site({"/": answer()})
        fields = self.file("fields", b"X: a\rY: b\n")
        for args in (
            (site.url("/\r\nX:y"),),
            (site.url("/\x7f"),),
            ("-X", "GET\r\nX:", site.url()),
            ("-H", "X\r\nY: z", site.url()),
            ("-H", f"@{fields}", site.url()),
            ("-b", "a=b\nc", site.url()),
            ("-A", "a\r", site.url()),
            ("-e", "http://a/\n", site.url()),
            ("--oauth2-bearer", "a\r\nb", site.url()),
            ("--request-target", "/ HTTP/1.1\r\nX: y", site.url()),
            ("--json", "1", "-H", "Accept: a\nb", site.url()),
        ):
            with self.subTest(args):
                result = self.fetch(*args)
                self.assertIn(result.status, (3, 43), result)
                self.assertNotIn("\r", result.err)
        self.assertEqual(site.connections, 0, "refused before connecting")

    def test_nul_in_a_file_of_fields(self):
        """Statement 14: what no argument can hold."""
        site = self.site({"/": answer()})
        fields = self.file("fields", b"X: a\0b\n")
        self.assertEqual(self.fetch("-H", f"@{fields}", site.url()).status, 3)
        self.assertEqual(site.requests, [])

    def test_what_a_location_holds(self):
        """Statement 15: spaces and what is not ASCII are encoded."""
        site = self.site(
            {
                "/a": answer(b"", "302 Found", "Location: /b c?d e"),
                "/b%20c?d%20e": moved("/~").replace(b"~", b"\xc3\xa9\xff"),
                "/%C3%A9%FF": answer(b"there"),
            }
        )
        self.assertQuiet(self.fetch("-L", site.url("/a")), b"there")

    def test_controls_in_a_location(self):
        """Statement 15: refused."""
        for control in (b"\t", b"\x01", b"\x1b", b"\x7f", b"\x0b"):
            with self.subTest(control):
                head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /a%bb\r\n\r\n"
                site = self.site({"/": head.replace(b"%", control)})
                result = self.fetch("-L", site.url())
                self.assertIn(result.status, (3, 8), result)
                self.assertEqual(len(site.requests), 1)

    def test_hosts_that_hide_another(self):
        """Statement 16, CVE-2022-27780, CVE-2016-8624."""
        for host in ("a%2fb", "a%3fb", "a%23b", "a%40b", "a%3ab", "a%00b", "a%0d%0ab", "a%20b"):
            with self.subTest(host):
                self.assertFails(self.fetch(f"http://{host}/"), 3, "fetch .*: .*")
        site = self.site({"/": answer(b"ok")})
        here = f"127.0.0.1:{site.port}"
        for end in ("?@evil.invalid/", "#@evil.invalid/", "/@evil.invalid/"):
            with self.subTest(end):
                site.pages["/" + end if end[0] == "?" else end] = answer(b"ok")
                self.assertQuiet(self.fetch(f"http://{here}{end}"), b"ok")

    def test_how_long_a_url_and_a_head_may_be(self):
        """Statement 16: 8,000,000 and 1 MiB; neither is sent."""
        site = self.site({"/": answer()})
        for length, status in ((8_000_000, 3), (1_048_577, 3)):
            urls = self.file("urls", (site.url("/") + "x" * length).encode() + b"\n")
            self.assertEqual(self.fetch("--input-file", urls).status, status)
        fields = self.file("fields", b"X: " + b"x" * 1_048_577 + b"\n")
        self.assertEqual(self.fetch("-H", f"@{fields}", site.url()).status, 3)
        self.assertEqual(site.connections, 0)


class Names(FetchCase):
    def resolved(self, site, name):
        return ("--resolve", f"{name}:{site.port}:127.0.0.1")

    def test_in_other_scripts(self):
        """Statement 17, CVE-2016-8625: UTS 46, non-transitional, so that sharp s stays one."""
        for name, ascii_name in (
            ("münchen.example", "xn--mnchen-3ya.example"),
            ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
            ("faß.example", "xn--fa-hia.example"),
            ("例え.example", "xn--r8jz45g.example"),
            ("a。example", "a.example"),
        ):
            with self.subTest(name):
                site = self.site({"/": answer(b"ok")})
                url = f"http://{name}:{site.port}/"
                self.assertQuiet(self.fetch(*self.resolved(site, ascii_name), url), b"ok")
                self.assertEqual(site.fields()["Host"], f"{ascii_name}:{site.port}")

    def test_no_names_at_all(self):
        """Statement 17: exit 3, and nobody is asked for the address."""
        for name in ("a\u200bb\u2028.example", "\ud7ff" * 70 + ".example", "xn--é.example",
                     "\u0300a.example", "ü\u2044b.example", "a\uff0fü.example"):  # fmt: skip
            with self.subTest(name):
                self.assertFails(self.fetch(f"http://{name}/"), 3, "fetch .*: .*")

    def test_after_a_redirect(self):
        """Statement 17: the same rules for Location."""
        there = self.site({"/": answer(b"there")})
        site = self.site({"/": b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
                          + f"http://bücher.example:{there.port}/\r\n\r\n".encode()})  # fmt: skip
        options = self.resolved(there, "xn--bcher-kva.example")
        self.assertQuiet(self.fetch("-L", *options, site.url()), b"there")


class Heads(FetchCase):
    def gives(self, data, status, *options):
        site = self.site({"/": data})
        result = self.fetch(*options, site.url())
        self.assertEqual(result.status, status, (data[:80], result))
        self.assertEqual(len(result.err.splitlines()), 1 if status else 0, result)
        return result

    def test_how_large_they_may_be(self):
        """Statement 18, CVE-2023-38039."""
        end = b"Content-Length: 0\r\n\r\n"
        line = 100 * KIB - len(b"A: \r\n")
        self.gives(OK + b"A: " + b"x" * line + b"\r\n" + end, 0)
        self.gives(OK + b"A: " + b"x" * (line + 1) + b"\r\n" + end, 100)
        field = b"A: " + b"x" * 1019 + b"\r\n"
        self.gives(OK + field * 298 + end, 0)
        self.gives(OK + field * 300 + end, 100)
        self.gives(OK + b"A: b\r\n" * 4999 + end, 0)
        self.gives(OK + b"A: b\r\n" * 5000 + end, 100)

    def test_the_interim_ones_count_too(self):
        """Statement 18, CVE-2023-38039: all of one request."""
        one = b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
        self.gives(one * 1000 + answer(b"x"), 0)
        self.gives(one * (300 * KIB // len(one)) + answer(b"x"), 100)
        fields = b"HTTP/1.1 103 E\r\n" + b"A: b\r\n" * 1000 + b"\r\n"
        self.gives(fields * 5 + OK + b"Content-Length: 0\r\n\r\n", 100)

    def test_trailers(self):
        """Statement 18: 64 KiB, and what one read brings."""
        head = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
        self.gives(head + b"A: " + b"x" * 60 * KIB + b"\r\n\r\n", 0)
        self.gives(head + b"A: " + b"x" * 200 * KIB + b"\r\n\r\n", 100)
        self.gives(head + b"A: b\r\n" * 40_000 + b"\r\n", 100)

    def test_bytes_that_do_not_belong_there(self):
        """Statement 19."""
        end = b"Content-Length: 0\r\n\r\n"
        for line in (b"A: b\0c\r\n", b"A\0: b\r\n", b"A: b\rc\r\n", b" A: b\r\n", b"\tA: b\r\n",
                     b"A b: c\r\n", b"A : b\r\n", b": b\r\n"):  # fmt: skip
            with self.subTest(line):
                self.gives(OK + line + end, 8)

    def test_control_characters_in_values(self):
        """Statements 19, 27: they are taken as they are; only a cookie that has one is dropped."""
        page = OK.replace(b" OK", b" O\x02K") + b"A: \x01b\x1b\x7f\x80c\r\n"
        cookies = b"Set-Cookie: bad=1\x01\r\nSet-Cookie: good=2\r\n"
        head = page + cookies + b"Content-Length: 1\r\n\r\n"
        file, jar = self.path("heads"), self.path("jar")
        result = self.gives(head + b"x", 0, "-i", "-D", file, "-c", jar)
        self.assertEqual(result.out, head + b"x")
        with open(file, "rb") as heads, open(jar, encoding="ascii") as cookies:
            self.assertEqual(heads.read(), head)
            kept = cookies.read()
        self.assertIn("\tgood\t2\n", kept)
        self.assertNotIn("bad", kept)
        result = self.fetch("-v", self.site({"/": head + b"x"}).url())
        self.assertIn(r"< A: \x01b\x1b\x7f\x80c", result.err)

    def test_what_contradicts_itself(self):
        """Statement 20."""
        hello = b"\r\n\r\nhello"
        for fields, status in (
            (b"Content-Length: 5\r\nContent-Length: 6", 8),
            (b"Content-Length: 5, 6", 8),
            (b"Content-Length: 5\r\nContent-Length: 5", 0),
            (b"Content-Length: 5x", 8),
            (b"Content-Length: -5", 8),
            (b"Content-Length: +5", 8),
            (b"Content-Length: 0x5", 8),
            (b"Content-Length: 99999999999999999999", 8),
            (b"Location: /a\r\nLocation: /b\r\nContent-Length: 5", 8),
            (b"Location: /a\r\nLocation: /a\r\nContent-Length: 5", 0),
        ):
            with self.subTest(fields):
                self.gives(OK + fields + hello, status)
        both = b"Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        self.assertEqual(self.gives(OK + both, 0).out, b"hello")

    def test_transfer_codings(self):
        """Statement 21: only chunked is known, and it is the last."""
        for coding in (
            "chunked, gzip", "gzip, chunked", "rot13", "chunked, chunked", "identity, chunked"
        ):  # fmt: skip
            with self.subTest(coding):
                self.gives(OK + f"Transfer-Encoding: {coding}\r\n\r\n0\r\n\r\n".encode(), 61)

    def test_sizes_of_chunks(self):
        """Statement 21: an overflow is neither a small chunk nor a huge allocation."""
        head = OK + b"Transfer-Encoding: chunked\r\n\r\n"
        for size in (b"1" + b"0" * 15 + b"5", b"f" * 17, b"1" + b"0" * 16, b"-5", b"+5", b"0x5",
                     b"", b" ", b"5g", b"fffffffffffffffff5"):  # fmt: skip
            with self.subTest(size):
                self.gives(head + size + b"\r\nhello\r\n0\r\n\r\n", 56)
        self.gives(head + b"f" * 15 + b"\r\nhello", 18)

    def test_no_heads(self):
        """Statement 22."""
        for data in (b"hello\n", b"<p>", b"HTTP/2 200\r\n\r\n", b"HTP/1.1 200 OK\r\n\r\n"):
            with self.subTest(data):
                self.assertEqual(self.gives(data, 1).out, b"")

    def test_short_bodies(self):
        """Statement 23: never a success, and what came is not kept back."""
        chunked = b"Transfer-Encoding: chunked\r\n\r\n"
        for data, status in (
            (b"Content-Length: 6\r\n\r\nhello", 18),
            (chunked + b"5\r\nhello\r\n", 18),
            (chunked + b"6\r\nhello", 18),
            (chunked + b"5\r\nhello\r\n0\r\n", 18),
            (chunked + b"5\r\nhellono\r\n", 56),
        ):
            with self.subTest(data):
                self.assertEqual(self.gives(OK + data, status).out, b"hello")
        self.gives(b"HTTP/1.1 200 OK\r\nContent-Le", 18)


class Cookies(FetchCase):
    def jar(self, *fields, host="www.example.com", options=(), size=None):
        """What is kept of an answer with these Set-Cookie fields: {name: value}."""
        site = self.site({"/a/b": answer(b"", "200 OK", *(f"Set-Cookie: {f}" for f in fields))})
        url = f"http://{host}:{site.port}/a/b"
        result = self.fetch("--resolve", f"*:{site.port}:127.0.0.1", "-c", "-", *options, url)
        self.assertEqual(result.status, 0, result)
        lines = [line.split(b"\t") for line in result.out.splitlines() if b"\t" in line]
        return {line[5].decode(): (line[0].decode(), line[6].decode()) for line in lines}

    def test_domains(self):
        """Statement 26, CVE-2013-1944, CVE-2014-3613, CVE-2014-3620, CVE-2023-46218."""
        for host, domain, kept in (
            ("www.example.com", "example.com", ".example.com"),
            ("www.example.com", ".EXAMPLE.com", ".example.com"),
            ("badexample.com", "example.com", None),
            ("example.com", "www.example.com", None),
            ("www.example.com", "com", None),
            ("www.example.com", "COM", None),
            ("www.example.co.uk", "co.uk", None),
            ("www.example.co.uk", "Co.UK", None),
            ("127.0.0.1", "0.0.1", None),
            ("127.0.0.1", "1", None),
            ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ):
            with self.subTest((host, domain)):
                jar = self.jar(f"a=b; Domain={domain}", host=host)
                self.assertEqual(jar.get("a", (None,))[0], kept)

    def test_trailing_dots(self):
        """Statement 26, CVE-2022-27779, CVE-2026-8924."""
        for host, domain in (("www.example.com.", "com."), ("example.co.uk.", "co.uk."),
                             ("www.example.com", "example.com."), ("a.com.", ".com.")):  # fmt: skip
            with self.subTest((host, domain)):
                self.assertEqual(self.jar(f"a=b; Domain={domain}", host=host), {})

    def test_bytes_and_sizes(self):
        """Statement 27, CVE-2022-35252: what is too long or has controls is not kept."""
        fits = "v" * 4094
        jar = self.jar(
            "ok=1", "c1=a\tb", "c\t2=x", "large=" + "v" * 4092, "ln=" + fits,
            "line=1; x=" + "y" * 5000,
        )  # fmt: skip
        self.assertEqual(set(jar), {"ok", "ln"})
        for field in ("a=b\x01", "a\x7f=b", "a=\x1b", "a=b; Path=/\x01"):
            self.assertEqual(set(self.jar(field, "ok=1")), {"ok"}, field)

    def test_so_many(self):
        """Statement 27, CVE-2022-32205: 50 of an answer, 150 and 8190 bytes in a request."""
        self.assertEqual(len(self.jar(*(f"c{n}=1" for n in range(60)))), 50)
        site = self.site({"/": answer()})
        line = "127.0.0.1\tFALSE\t/\tFALSE\t0\tc{}\t{}\n"
        for count, value in ((200, "1"), (20, "v" * 1000)):
            lines = "".join(line.format(number, value) for number in range(count))
            jar = self.file("jar", lines.encode())
            self.assertQuiet(self.fetch("-b", jar, site.url()))
            sent = site.fields()["Cookie"]
            self.assertLessEqual(len("Cookie: " + sent), 8190 + len("Cookie: "))
            self.assertIn(len(sent.split("; ")), (150, 8))

    def test_prefixes(self):
        """Statement 28: over http neither Secure nor what its name says to be secure."""
        jar = self.jar(
            "a=1; Secure", "__Secure-b=1", "__Secure-c=1; Secure", "__Host-d=1; Path=/",
            "__HOST-e=1; Path=/; Secure", "f=1",
        )  # fmt: skip
        self.assertEqual(set(jar), {"f"})


class Resuming(FetchCase):
    def resumed(self, *page, size=3):
        file = self.file("file", b"12345"[:size])
        result = self.fetch("-C", "-", "-o", file, self.site({"/": answer(*page)}).url())
        with open(file, "rb") as got:
            return result.status, got.read()

    def test_only_where_the_file_ends(self):
        """Statement 33: anything else is 33, and the file stays as it was."""
        part = "206 Partial Content"
        for page, wanted in (
            ((b"45", part, "Content-Range: bytes 3-4/5"), (0, b"12345")),
            ((b"12345",), (33, b"123")),
            ((b"345", part, "Content-Range: bytes 2-4/5"), (33, b"123")),
            ((b"5", part, "Content-Range: bytes 4-4/5"), (33, b"123")),
            ((b"45", part), (33, b"123")),
            ((b"45", part, "Content-Range: lines 3-4/5"), (33, b"123")),
            ((b"45", part, "Content-Range: bytes 3x-4/5"), (33, b"123")),
            ((b"no", "416 No", "Content-Range: bytes */3"), (0, b"123")),
        ):
            with self.subTest(page):
                self.assertEqual(self.resumed(*page), wanted)

    def test_a_range_that_there_is_not(self):
        """Statement 33: 416 with another size is no success, and its body no part of the file."""
        for total in ("*/9", "*/2", "3-4/5"):
            status, got = self.resumed(b"no", "416 No", f"Content-Range: bytes {total}")
            self.assertEqual((status, got), (33, b"123"), total)


class Connections(FetchCase):
    def test_not_shared_by_what_differs(self):
        """Statement 34, CVE-2016-5420, CVE-2022-27775: another way is another connection."""
        site = self.site({"/": answer(b"a")}, close=9)
        url = site.url()
        self.assertQuiet(self.fetch(url, "--next", url), b"aa")
        self.assertEqual(site.connections, 1)
        for options in (
            ("--interface", "127.0.0.1"),
            ("-x", f"http://127.0.0.1:{site.port}"),
        ):
            with self.subTest(options):
                site.connections = 0
                site.pages[url] = answer(b"a")
                self.assertQuiet(self.fetch(url, "--next", *options, url), b"aa")
                self.assertEqual(site.connections, 2)

    def test_what_follows_an_answer_is_not_the_next_one(self):
        """Statement 34: a server, or who speaks through it, cannot answer before it was asked."""
        for before in (answer(b"a"), b"HTTP/1.1 204 No\r\n\r\n", b"HTTP/1.1 304 No\r\n\r\n"):
            with self.subTest(before):
                site = self.site({"/": before + answer(b"evil"), "/b": answer(b"b")}, close=9)
                result = self.fetch(site.url(), site.url("/b"))
                self.assertEqual((result.status, result.out[-1:]), (0, b"b"), result)
                self.assertNotIn(b"evil", result.out)
                self.assertEqual(site.connections, 2)

    def test_a_login_is_not_part_of_it(self):
        """Statement 34: Basic is of the request, and stays with its URL."""
        site = self.site({"/": answer(b"a")}, close=9)
        result = self.fetch("-u", "a:b", site.url(), "--next", site.url())
        self.assertQuiet(result, b"aa")
        self.assertIn("Authorization", site.fields(0))
        self.assertNotIn("Authorization", site.fields(1))

    def test_long_names_and_socks(self):
        """Statement 36, CVE-2023-38545: an error, not a look-up of our own or an overflow."""
        proxy = SocksProxy(self)
        name = ".".join(["a" * 60] * 5)
        for kind in ("socks5h", "socks5", "socks4a", "socks4"):
            with self.subTest(kind):
                place = f"{kind}://{proxy.place()}"
                result = self.fetch("-x", place, f"http://{name}/", timeout=20)
                self.assertIn(result.status, (3, 6, 97), result)
                self.assertEqual(proxy.requests, [])

    def test_what_has_an_effect_is_not_repeated(self):
        """Statement 39: unless it is asked for."""
        site = self.site({"/": b""})
        retry = ("--retry", "2", "--retry-delay", "1ms")
        for options, count in (
            (("-d", "x"), 1),
            (("-X", "PATCH"), 1),
            (("-d", "x", "--retry-all-errors"), 3),
        ):
            with self.subTest(options):
                site.requests.clear()
                self.assertEqual(self.fetch(*retry, *options, site.url()).status, 52)
                self.assertEqual(len(site.requests), count)
        site = self.site({"/": answer(b"", "503 Later")})
        self.fetch(*retry, "-d", "x", site.url())
        self.assertEqual(len(site.requests), 1)
        self.fetch(*retry, site.url())
        self.assertEqual(len(site.requests), 4)


class Secrets(FetchCase):
    def test_not_shown(self):
        """Statement 38: neither by -v nor in traces, unless asked for."""
        head = answer(b"x", "200 OK", "Set-Cookie: a=hush1", "X-Auth-Token: hush2")
        site = self.site({"/": head})
        url = site.url().replace("//", "//user:hush3@")
        trace = self.path("trace")
        secrets = ("-H", "Authorization: hush4", "-b", "a=hush5", "-H", "X-Api-Key: hush6",
                   "-H", "Proxy-Authorization: hush7")  # fmt: skip
        for options in (("-v",), ("--trace-ascii", trace), ("--trace", trace), ("-vv",)):
            with self.subTest(options):
                result = self.fetch(*options, *secrets, url)
                self.assertEqual(result.status, 0, result)
                shown = result.err
                if "--trace" in options[0]:
                    with open(trace, encoding="latin-1") as file:
                        shown += file.read()
                    self.assertEqual(os.stat(trace).st_mode & 0o777, 0o600)
                self.assertNotRegex(shown, r"hush\d")
                self.assertRegex(shown, r"\[redacted\]|5b 72 65 64 ")
        self.assertRegex(self.fetch("-v", "--show-secrets", *secrets, url).err, "hush4")

    def test_not_in_messages(self):
        """Statement 38: the login of a URL is in no message."""
        there = self.unused_port()
        url = f"http://user:hush@127.0.0.1:{there}/"
        retry = ("--retry", "1", "--retry-delay", "1ms", "--retry-connrefused")
        result = self.fetch("-v", *retry, url)
        self.assertEqual(result.status, 7)
        self.assertNotIn("hush", result.err)
        site = self.site({"/": moved(url)})
        result = self.fetch("-L", *retry, site.url())
        self.assertEqual(result.status, 7)
        self.assertNotIn("hush", result.err)
        self.assertNotIn("hush", self.fetch("-s", "--report", "json", *retry, url).err)


class Terminals(FetchCase):
    ESCAPES = b"\x1b]0;owned\x07\x9b31m\x08\x7f\xc2\x9b"

    def on_terminal(self, *args):
        """(what the terminal is shown, the status), stdout and stderr being one."""
        ours, theirs = self.terminal()
        program = self.start("fetch", *args, stdout=theirs, stderr=theirs, collect=False)
        shown = b""
        os.set_blocking(ours, False)
        while program.running():
            try:
                shown += os.read(ours, 65536)
            except BlockingIOError:
                pass_time(0.005)
        try:
            shown += os.read(ours, 65536)
        except BlockingIOError:
            pass
        return shown, program.wait()

    def assertTame(self, shown):
        # What our own program may say: colours, and the line that progress rewrites.
        shown = re.sub(rb"\x1b\[[0-9;]*[mK]|\r", b"", shown)
        self.assertNotRegex(shown, rb"[\x00-\x08\x0b-\x1f\x7f]|\x9b|\xc2\x9b")
        self.assertNotIn(b"\x1b]0;owned", shown)

    def test_bodies_and_heads(self):
        """Statement 38: each way that bytes of the server reach one."""
        wild = b"\x1b]0;owned\x07\x9b31m\xc2\x9b"
        head = b"HTTP/1.1 200 %b\r\nX: %b\r\nETag: \"%b\"\r\n" % (wild, wild, wild)
        head += b"Set-Cookie: a=%b\r\nSet-Cookie: b=%b\r\n" % (wild, b"\x9b31m\xc2\x9b")
        page = head + b"Content-Length: %d\r\n\r\n" % len(self.ESCAPES) + self.ESCAPES
        site = self.site({"/": page})
        for options in (
            (),
            ("-i",),
            ("-I",),
            ("-v",),
            ("-D", "-"),
            ("--trace-ascii", "-"),
            ("--trace-ascii", "/dev/stdout"),
            ("--trace", "%"),
            ("--trace", "-"),
            ("-c", "-"),
            ("-c", "/dev/stdout"),
            ("--etag-save", "/dev/stdout"),
            ("-o", "/dev/stdout"),
            ("-D", "/dev/stderr"),
            ("-D", "/dev/stdout", "-o", "/dev/null"),
            ("-w", "%{header_json}"),
            ("-w", "%{header{X}}%header{x}"),
            ("-w", "%{stderr}%header{x}"),
            ("--report", "json"),
        ):
            with self.subTest(options):
                shown, status = self.on_terminal(*options, site.url())
                self.assertEqual(status, 0)
                self.assertNotEqual(shown, b"")
                self.assertTame(shown)

    def test_messages(self):
        """Statement 38: what a server says in an error."""
        for data in (
            b"HTTP/1.1 302 F\r\nLocation: \x1b]0;owned\x07://x/\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 302 F\r\nLocation: http://\x1b]0;owned/\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 F\r\nContent-Encoding: \x1b]0;owned\x07\r\nContent-Length: 1\r\n\r\nx",
            b"HTTP/1.1 503 \x1b]0;owned\x07\r\nContent-Length: 0\r\n\r\n",
            b"\x1b]0;owned\x07",
        ):
            with self.subTest(data):
                site = self.site({"/": data})
                shown, _ = self.on_terminal("-L", "-f", "-v", "--compressed", site.url())
                self.assertTame(shown)

    def test_a_file_gets_them_as_they_are(self):
        site = self.site({"/": answer(self.ESCAPES)})
        self.assertQuiet(self.fetch(site.url()), self.ESCAPES)
