"""twx fetch through proxies, and by other ways: fixed addresses, interfaces, unix sockets."""

import os
import socket

import certificates
from digests import Digest
from fetching import FetchCase, answer, moved
from guarded import Guarded, basic, by_digest
from harness import TWX, has_ipv6, own_hosts, read_exactly
from proxies import Dante, HttpProxy, SocksProxy, Tinyproxy, read_head, relay
from tls import secured, server_context
from tls_sites import TlsSite, trust

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def fields(lines):
    return dict(line.split(": ", 1) for line in lines[1:])


class SecureProxy(HttpProxy):
    """An HTTP proxy that is spoken to by TLS."""

    def talk(self, sock):
        with secured(sock, server_context()) as tls:
            super().talk(tls)


class AskingProxy(HttpProxy):
    """Wants a digest of each request, and offers `others` too; `problems` has what was wrong."""

    def __init__(self, case, digest, *others, to=None):
        self.digest, self.others, self.problems = digest, others, []
        super().__init__(case, to)

    def talk(self, sock):
        head = read_head(sock)
        self.requests.append(head)
        method, target, _ = self.lines()[0].split(" ")
        login = fields(self.lines()).get("Proxy-Authorization")
        wrong = "asked" if login is None else self.digest.wrong(login, method, target)
        if wrong:
            if login is not None:
                self.problems.append(wrong)
            asks = (*self.others, self.digest.challenge())
            asks = [f"Proxy-Authenticate: {each}" for each in asks]
            sock.sendall(answer(b"who?", "407 Who", "Connection: close", *asks))
            return
        with self._connect(None, None) as server:
            if method == "CONNECT":
                sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                server.sendall(self._for_server(head, target))
            relay(sock, server)


class ProxyCase(FetchCase):
    def setUp(self):
        super().setUp()
        self.page = self.site({"/": answer(b"page")}, close=9)
        self.secure = TlsSite(self, {"/": answer(b"page")}, close=9)

    def proxy(self, **options):
        return HttpProxy(self, ("127.0.0.1", self.page.port), **options)

    def secure_proxy(self, **options):
        return HttpProxy(self, ("127.0.0.1", self.secure.port), **options)

    def fetch_with(self, variables, *args):
        """With these variables, and none other of their kind."""
        clean = {k: v for k, v in os.environ.items() if k.lower() not in VARIABLES}
        return self.fetch(*args, env={**clean, **variables})


class HttpProxies(ProxyCase):
    def test_a_plain_url_is_asked_for_as_a_whole(self):
        proxy = self.proxy()
        for option in (proxy.place(), "http://" + proxy.place() + "/"):
            with self.subTest(option):
                self.assertQuiet(self.fetch("-x", option, "http://some.invalid/"), b"page")
                self.assertEqual(
                    proxy.lines(),
                    [
                        "GET http://some.invalid/ HTTP/1.1",
                        "Host: some.invalid",
                        "User-Agent: twx",
                        "Accept: */*",
                        "Proxy-Connection: Keep-Alive",
                    ],
                )

    def test_a_secure_one_goes_through_a_tunnel(self):
        """Which is told no more than it needs (CVE-2015-3153)."""
        proxy = self.secure_proxy()
        options = ("-x", proxy.place(), *trust(), "-u", "me:pw", "-H", "X-A: b", "-b", "c=d")
        self.assertQuiet(self.fetch(*options, "https://localhost/"), b"page")
        self.assertEqual(
            proxy.lines(),
            [
                "CONNECT localhost:443 HTTP/1.1",
                "Host: localhost:443",
                "User-Agent: twx",
                "Proxy-Connection: Keep-Alive",
            ],
        )
        got = self.secure.fields()
        self.assertEqual((got["X-A"], got["Cookie"]), ("b", "c=d"))
        self.assertNotIn("Proxy-Connection", got)

    def test_a_tunnel_for_a_plain_one(self):
        proxy = self.proxy()
        for option in ("-p", "--proxytunnel"):
            self.assertQuiet(self.fetch(option, "-x", proxy.place(), "http://some.invalid/"), b"page")
            self.assertEqual(proxy.lines()[0], "CONNECT some.invalid:80 HTTP/1.1")
            self.assertEqual(self.page.head()[0], "GET / HTTP/1.1")

    def test_logins(self):
        """Of -U and of the URL, in clear; the first wins. The origin gets none (CVE-2003-1605)."""
        plain, tunnel = self.proxy(), self.secure_proxy()
        for proxy, url in ((plain, "http://localhost/"), (tunnel, "https://localhost/")):
            for options, login in (
                (("-U", "me:pw", "-x", proxy.place()), basic("me", "pw")),
                (("-x", "http://m%65:p%40w@" + proxy.place()), basic("me", "p@w")),
                (("-U", "me:pw", "-x", "http://you:no@" + proxy.place()), basic("me", "pw")),
            ):
                with self.subTest(url=url, options=options):
                    self.assertQuiet(self.fetch(*options, *trust(), url), b"page")
                    self.assertEqual(fields(proxy.lines())["Proxy-Authorization"], login)
        for site in (self.page, self.secure):
            for number in range(len(site.requests)):
                self.assertNotIn("Proxy-Authorization", site.fields(number))

    def test_fields_for_the_proxy(self):
        """Are never the origin's."""
        plain, tunnel = self.proxy(), self.secure_proxy()
        options = ("--proxy-header", "X-Proxy: p", "-H", "X-Site: s")
        self.assertQuiet(self.fetch(*options, "-x", plain.place(), "http://localhost/"), b"page")
        self.assertEqual(fields(plain.lines())["X-Proxy"], "p")
        for proxy, site, url in (
            (tunnel, self.secure, "https://localhost/"),
            (plain, self.page, "http://localhost/"),
        ):
            with self.subTest(url):
                more = ("-p", *trust(), "-x", proxy.place())
                self.assertQuiet(self.fetch(*options, *more, url), b"page")
                self.assertEqual(fields(proxy.lines())["X-Proxy"], "p")
                self.assertNotIn("X-Site", fields(proxy.lines()))
                self.assertNotIn("X-Proxy", site.fields())
                self.assertEqual(site.fields()["X-Site"], "s")
        self.assertQuiet(self.fetch(*options, self.page.url()), b"page")
        self.assertNotIn("X-Proxy", self.page.fields())

    def test_a_tunnel_that_is_refused(self):
        for status in ("407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"):
            with self.subTest(status):
                proxy = self.secure_proxy(refusal=answer(b"no", status))
                result = self.fetch("-x", proxy.place(), *trust(), "https://localhost/")
                self.assertFails(result, 56, f"fetch https://localhost/: .*{status[:3]}.*")
        self.assertEqual(self.secure.requests, [])

    def test_a_plain_answer_of_the_proxy(self):
        """Is the answer."""
        proxy = self.proxy(refusal=answer(b"no", "407 Who"))
        self.assertQuiet(self.fetch("-x", proxy.place(), "http://localhost/"), b"no")

    def test_proxies_that_are_not_there(self):
        command = own_hosts(self, "127.0.0.1 localhost")
        options = ("-x", "http://none.invalid:1", "http://localhost/")
        result = self.fetch(*options, command=[*command, TWX])
        self.assertFails(result, 5, "fetch .*: proxy .*none.invalid.*")
        url = f"http://127.0.0.1:{self.unused_port()}"
        result = self.fetch("-x", url, "http://localhost/")
        self.assertFails(result, 7, "fetch .*: proxy .*: Connection refused")
        self.assertEqual(self.fetch("-x", "ftp://127.0.0.1:1", "http://localhost/").status, 2)

    def test_a_proxy_with_tls(self):
        plain = SecureProxy(self, ("127.0.0.1", self.page.port))
        tunnel = SecureProxy(self, ("127.0.0.1", self.secure.port))
        for proxy, url in ((plain, "http://name.invalid/"), (tunnel, "https://localhost/")):
            with self.subTest(url):
                place = "https://" + proxy.place()
                for options in (("--proxy-cacert", certificates.ca().cert), ("--proxy-insecure",)):
                    self.assertQuiet(self.fetch("-x", place, *options, *trust(), url), b"page")
                result = self.fetch("-x", place, *trust(), url)
                self.assertFails(result, 60, "fetch .*: proxy .*")
        # What is believed of the proxy is not believed of the origin.
        place = ("-x", "https://" + tunnel.place(), "--proxy-cacert", certificates.ca().cert)
        self.assertEqual(self.fetch(*place, "https://localhost/").status, 60)
        self.assertEqual(self.fetch(*place[:2], "--proxy-insecure", "https://localhost/").status, 60)

    def test_a_redirect(self):
        """The second request names its URL too."""
        self.page.pages["/"] = moved("http://other.invalid/end")
        self.page.pages["/end"] = answer(b"end")
        proxy = self.proxy()
        self.assertQuiet(self.fetch("-L", "-x", proxy.place(), "http://one.invalid/"), b"end")
        self.assertEqual(proxy.lines()[0], "GET http://other.invalid/end HTTP/1.1")

    def test_connections_are_kept(self):
        """Statement 34: for the same proxy, login and, with a tunnel, origin."""
        proxy, other = self.proxy(), self.proxy()
        tunnel = self.secure_proxy()
        url = "http://localhost/"
        self.assertQuiet(self.fetch("-p", "-x", proxy.place(), url, url, "http://other/"), b"page" * 3)
        self.assertEqual(proxy.connections, 2)
        one, two = (("-p", "-x", each.place(), url) for each in (proxy, other))
        self.assertQuiet(self.fetch(*one, "--next", *two))
        self.assertEqual((proxy.connections, other.connections), (3, 1))
        one = ("-p", "-x", proxy.place(), "-U")
        self.assertQuiet(self.fetch(*one, "a:b", url, "--next", *one, "a:c", url))
        self.assertEqual(proxy.connections, 5)
        line = ("-x", tunnel.place(), *trust())
        url = "https://localhost/"
        self.assertQuiet(self.fetch(*line, url, url, "--next", *line, "-k", url))
        self.assertEqual(tunnel.connections, 2)

    def test_a_second_proxy_does_not_get_the_login(self):
        """Statement 8, CVE-2026-6253: one that a redirect leads to."""
        self.page.pages["/"] = moved("https://localhost/")
        first, second = self.proxy(), self.secure_proxy()
        variables = {
            "http_proxy": "http://" + first.place(),
            "https_proxy": "http://" + second.place(),
        }
        for login in (("-U", "me:pw"), ()):
            with self.subTest(login):
                if not login:
                    variables["http_proxy"] = "http://me:pw@" + first.place()
                result = self.fetch_with(variables, "-L", *trust(), *login, "http://localhost/")
                self.assertQuiet(result, b"page")
                self.assertEqual(fields(first.lines())["Proxy-Authorization"], basic("me", "pw"))
                self.assertNotIn("Proxy-Authorization", fields(second.lines()))

    def test_the_second_proxys_own_login(self):
        self.page.pages["/"] = moved("https://localhost/")
        first, second = self.proxy(), self.secure_proxy()
        variables = {
            "http_proxy": "http://" + first.place(),
            "https_proxy": "http://b:b@" + second.place(),
        }
        options = ("-L", *trust(), "-U", "a:a", "http://localhost/")
        self.assertQuiet(self.fetch_with(variables, *options), b"page")
        self.assertEqual(fields(second.lines())["Proxy-Authorization"], basic("b", "b"))

    def test_no_proxy_for_the_second_host(self):
        """CVE-2003-1605: it gets nothing that was for the proxy."""
        end = self.site({"/": answer(b"end")})
        self.page.pages["/"] = moved(end.url())
        proxy = self.proxy()
        variables = {"http_proxy": "http://a:b@" + proxy.place(), "no_proxy": "127.0.0.1"}
        options = ("-L", "--proxy-header", "X-P: p", "http://some.invalid/")
        self.assertQuiet(self.fetch_with(variables, *options), b"end")
        self.assertIn("Proxy-Authorization", fields(proxy.lines()))
        self.assertEqual(set(end.fields()), {"Host", "User-Agent", "Accept"})
        self.assertEqual(end.head()[0], "GET / HTTP/1.1")

    def test_tinyproxy(self):
        proxy = Tinyproxy(self, login=("me", "pw"))
        for url in (self.page.url(), self.secure.url()):
            with self.subTest(url):
                self.assertQuiet(self.fetch("-U", "me:pw", "-x", proxy.place(), *trust(), url), b"page")
        result = self.fetch("-U", "me:no", "-x", proxy.place(), *trust(), self.secure.url())
        self.assertFails(result, 56, "fetch .*40[17].*")


class ProxyDigests(ProxyCase):
    def both(self, *others):
        """(proxy, URL) for both ways to ask one."""
        for site, url in ((self.page, "http://some.invalid/"), (self.secure, "https://localhost/")):
            digest = Digest("me", "pw", "SHA-256")
            yield AskingProxy(self, digest, *others, to=("127.0.0.1", site.port)), url

    def test_a_proof(self):
        for proxy, url in self.both('Basic realm="x"'):
            for option in ("--proxy-digest", "--proxy-anyauth"):
                with self.subTest(url=url, option=option):
                    proxy.requests.clear()
                    options = (option, "-U", "me:pw", "-x", proxy.place(), *trust())
                    self.assertQuiet(self.fetch(*options, url), b"page")
                    self.assertEqual((proxy.problems, len(proxy.requests)), ([], 2))
                    self.assertNotIn("Proxy-Authorization", fields(proxy.lines(0)))

    def test_a_body_waits_until_the_proxy_has_asked(self):
        """As curl does it; a proxy that does not ask gets it all the same."""
        digest = Digest("me", "pw")
        site = Guarded(self, {"http://some.invalid/": answer(b"in")}, by_digest(digest, proxy=True))
        options = ("--proxy-digest", "-U", "me:pw", "-x", site.url(), "http://some.invalid/")
        for body in (("-d", "data"), ("-F", "a=data")):
            with self.subTest(body):
                site.requests.clear()
                self.assertQuiet(self.fetch(*body, *options), b"in")
                self.assertEqual((site.problems, len(site.requests)), ([], 2))
                self.assertEqual((site.body(0), site.fields(0)["Content-Length"]), (b"", "0"))
                self.assertIn(b"data", site.body())
        site = self.site({"http://some.invalid/": answer(b"in")}, close=2)
        options = ("--proxy-digest", "-U", "me:pw", "-x", site.url(), "http://some.invalid/")
        self.assertQuiet(self.fetch("-d", "data", *options), b"in")
        self.assertEqual((len(site.requests), site.body(0), site.body()), (2, b"", b"data"))

    def test_a_wrong_password(self):
        """Is said once, and not in clear after it was refused."""
        for proxy, url in self.both('Basic realm="x"'):
            for option in ("--proxy-digest", "--proxy-anyauth"):
                with self.subTest(url=url, option=option):
                    proxy.requests.clear()
                    options = (option, "-U", "me:no", "-x", proxy.place(), *trust())
                    result = self.fetch(*options, url)
                    if url.startswith("https"):
                        self.assertFails(result, 56, "fetch .*: .*407.*")
                    else:
                        self.assertQuiet(result, b"who?")
                    self.assertEqual(len(proxy.requests), 2)
                    self.assertTrue(fields(proxy.lines())["Proxy-Authorization"].startswith("Digest"))

    def test_any_way_where_there_is_only_one(self):
        proxy = Tinyproxy(self, login=("me", "pw"))
        options = ("--proxy-anyauth", "-U", "me:pw", "-x", proxy.place(), *trust())
        self.assertQuiet(self.fetch(*options, self.page.url()), b"page")
        self.assertQuiet(self.fetch(*options, self.secure.url()), b"page")

    def test_two_logins(self):
        """One at the proxy, another one behind it."""
        digest = Digest("you", "there", nonce="behind")
        for tunnel in (False, True):
            with self.subTest(tunnel=tunnel):
                site = Guarded(self, {"/": answer(b"in")}, by_digest(digest), close=1 + tunnel)
                proxy = AskingProxy(self, Digest("me", "pw"), to=("127.0.0.1", site.port))
                options = ("--proxy-digest", "-U", "me:pw", "-x", proxy.place(), *["-p"] * tunnel)
                login = ("--digest", "-u", "you:there")
                self.assertQuiet(self.fetch(*options, *login, "http://some.invalid/"), b"in")
                self.assertEqual((proxy.problems, site.problems), ([], []))
                for number in range(len(site.requests)):
                    self.assertNotIn("Proxy-Authorization", site.fields(number))

    def test_only_the_proxy_may_ask(self):
        """Not who is behind a tunnel, or asked without a proxy."""
        asks = "Proxy-Authenticate: " + Digest("me", "pw", nonce="other").challenge()
        self.page.pages["/"] = answer(b"who?", "407 Who", asks)
        proxy = self.proxy()
        options = ("--proxy-digest", "-U", "me:pw")
        for more in (("-p", "-x", proxy.place()), ("-x", "")):
            with self.subTest(more):
                self.page.requests.clear()
                self.assertQuiet(self.fetch(*options, *more, self.page.url()), b"who?")
                self.assertEqual(len(self.page.requests), 1)
                self.assertNotIn("Proxy-Authorization", self.page.fields())

    def test_nonces_for_one_request_each(self):
        """Along more redirects than a proxy may refuse one after the other."""
        proxy = AskingProxy(self, Digest("me", "pw"), to=("127.0.0.1", self.page.port))
        check = proxy.digest.wrong

        def wrong(value, method, target):
            said = check(value, method, target)
            proxy.digest.nonce += "x"
            return said

        proxy.digest.wrong = wrong
        challenge = proxy.digest.challenge
        proxy.digest.challenge = lambda: challenge("stale=true")
        for number in range(8):
            to = f"Location: /{number + 1}"
            self.page.pages[f"/{number}"] = answer(b"", "302 Found", "Connection: close", to)
        self.page.pages["/8"] = answer(b"end")
        options = ("-L", "--proxy-digest", "-U", "me:pw", "-x", proxy.place())
        self.assertQuiet(self.fetch(*options, "http://some.invalid/0"), b"end")

    def test_a_nonce_is_for_its_proxy(self):
        """Statement 7, CVE-2026-7168: the second proxy hears nothing of the first one's."""
        self.page.pages["/"] = moved("https://localhost/")
        first = AskingProxy(self, Digest("me", "pw"), to=("127.0.0.1", self.page.port))
        second = self.secure_proxy()
        variables = {
            "http_proxy": "http://me:pw@" + first.place(),
            "https_proxy": "http://you:no@" + second.place(),
        }
        options = ("-L", "--proxy-digest", *trust(), "http://localhost/")
        self.assertQuiet(self.fetch_with(variables, *options), b"page")
        self.assertEqual(first.problems, [])
        self.assertNotIn("Proxy-Authorization", fields(second.lines()))


class SocksProxies(ProxyCase):
    def socks(self, **options):
        return SocksProxy(self, ("127.0.0.1", self.page.port), **options)

    def test_every_version(self):
        """Who looks the name up; CVE-2023-38545's is the proxy."""
        proxy = self.socks()
        for scheme, request in (
            ("socks4", (4, "127.0.0.1")),
            ("socks4a", (4, "some.invalid")),
            ("socks5", (5, "127.0.0.1")),
            ("socks5h", (5, "some.invalid")),
        ):
            host = "some.invalid" if request[1] == "some.invalid" else "localhost"
            url = f"http://{host}:81/"
            for options in (("-x", f"{scheme}://{proxy.place()}"), (f"--{scheme}", proxy.place())):
                options = [o.replace("--socks5h", "--socks5-hostname") for o in options]
                with self.subTest(options):
                    self.assertQuiet(self.fetch("-4", *options, url), b"page")
                    self.assertEqual(proxy.requests[-1], (request[0], request[1], 81, "", ""))
                    self.assertEqual(self.page.head()[:2], ["GET / HTTP/1.1", f"Host: {host}:81"])

    def test_logins(self):
        proxy = self.socks(login=("me", "pw"))
        for options in (
            ("-x", f"socks5h://me:pw@{proxy.place()}"),
            ("-U", "me:pw", "-x", f"socks5h://{proxy.place()}"),
        ):
            with self.subTest(options):
                self.assertQuiet(self.fetch(*options, "http://some.invalid/"), b"page")
                self.assertEqual(proxy.requests[-1][3:], ("me", "pw"))
                self.assertNotIn("Proxy-Authorization", self.page.fields())
        for login in ("me:no@", ""):
            with self.subTest(login):
                result = self.fetch("-x", f"socks5h://{login}{proxy.place()}", "http://some.invalid/")
                self.assertFails(result, 97, "fetch http://some.invalid/: .*SOCKS.*")
        old = self.socks()
        options = ("-x", f"socks4a://me@{old.place()}", "http://some.invalid/")
        self.assertQuiet(self.fetch(*options), b"page")
        self.assertEqual(old.requests[-1][3], "me")

    def test_refusals(self):
        for scheme, codes in (("socks4", (91, 92, 93)), ("socks5h", range(1, 9))):
            for code in codes:
                with self.subTest(scheme=scheme, code=code):
                    proxy = self.socks(refusal=code)
                    result = self.fetch("-x", f"{scheme}://{proxy.place()}", "http://127.0.0.1/")
                    self.assertFails(result, 97, "fetch .*: .*SOCKS.*")

    def test_a_name_too_long(self):
        """Statement 36, CVE-2023-38545: is no business of the local resolver."""
        name = ".".join(["a" * 60] * 5)
        for scheme in ("socks4a", "socks5h"):
            with self.subTest(scheme):
                proxy = self.socks()
                result = self.fetch("-x", f"{scheme}://{proxy.place()}", f"http://{name}/")
                self.assertEqual(result.status, 97, result)
                self.assertEqual(proxy.requests, [])

    def test_tls(self):
        proxy = SocksProxy(self, ("127.0.0.1", self.secure.port))
        options = ("-x", "socks5h://" + proxy.place(), *trust())
        self.assertQuiet(self.fetch(*options, "https://localhost/"), b"page")
        self.assertEqual(proxy.requests[-1][:3], (5, "localhost", 443))

    def test_one_on_a_unix_socket(self):
        sock = self.keep(socket.socket(socket.AF_UNIX))
        sock.bind(self.path("s"))
        sock.listen()
        program = self.start("fetch", "-x", f"socks5h://localhost{self.path('s')}", "http://name/")
        peer = self.keep(sock.accept()[0])
        self.assertEqual(read_exactly(peer, 1), b"\5")
        methods = read_exactly(peer, 1)[0]
        read_exactly(peer, methods)
        peer.sendall(b"\5\0")
        self.assertEqual(read_exactly(peer, 11), b"\5\1\0\3\4name\0\x50")
        peer.sendall(b"\5\0\0\1" + bytes(6))
        read_head(peer)
        peer.sendall(answer(b"hi"))
        self.assertEqual((program.wait(), program.out), (0, b"hi"))

    def test_no_proxy_there(self):
        result = self.fetch("-x", f"socks5://127.0.0.1:{self.unused_port()}", "http://localhost/")
        self.assertFails(result, 7, "fetch .*: proxy .*: Connection refused")

    def test_dante(self):
        proxy = Dante(self)
        for scheme in ("socks4", "socks5", "socks5h"):
            for url in (self.page.url(), self.secure.url()):
                with self.subTest(scheme=scheme, url=url):
                    options = ("-x", f"{scheme}://{proxy.place()}", *trust())
                    self.assertQuiet(self.fetch(*options, url), b"page")


class Variables(ProxyCase):
    def used(self, variables, *args, url="http://some.invalid/"):
        """Whether the proxy was asked."""
        before = len(self.http.requests)
        self.fetch_with(variables, "--connect-timeout", "5s", *args, *trust(), url)
        return len(self.http.requests) > before

    def setUp(self):
        super().setUp()
        self.http = self.proxy()
        self.here = "http://" + self.http.place()

    def test_which_are_read(self):
        """Statement 37: not HTTP_PROXY, which a web server sets for its CGI programs."""
        for name, used in (
            ("http_proxy", True),
            ("all_proxy", True),
            ("ALL_PROXY", True),
            ("HTTP_PROXY", False),
            ("https_proxy", False),
        ):
            with self.subTest(name):
                self.assertEqual(self.used({name: self.here}, url=self.page.url()), used)
        self.http = self.secure_proxy()
        self.here = "http://" + self.http.place()
        for name, used in (("https_proxy", True), ("HTTPS_PROXY", True), ("http_proxy", False)):
            with self.subTest(name):
                self.assertEqual(self.used({name: self.here}, url=self.secure.url()), used)

    def test_the_option_goes_first(self):
        """An empty one means none."""
        self.assertTrue(self.used({"http_proxy": "http://127.0.0.1:1"}, "-x", self.here))
        self.assertFalse(self.used({"http_proxy": self.here}, "-x", "", url=self.page.url()))

    def test_who_goes_without(self):
        url = self.page.url()
        name = f"http://localhost:{self.page.port}/"
        for without, where, used in (
            ("127.0.0.1", url, False),
            ("127.0.0.0/8", url, False),
            ("*", url, False),
            ("other, 127.0.0.1", url, False),
            ("localhost", name, False),
            ("LOCALHOST", name, False),
            (".localhost", name, False),
            (f"localhost:{self.page.port}", name, False),
            ("localhost:1", name, True),
            ("host", name, True),
            ("27.0.0.1", url, True),
            ("", url, True),
        ):
            with self.subTest(without=without, where=where):
                for variable in ("no_proxy", "NO_PROXY"):
                    environment = {"http_proxy": self.here, variable: without}
                    self.assertEqual(self.used(environment, url=where), used)
                if without:
                    options = ("-x", self.here, "--noproxy", without)
                    self.assertEqual(self.used({}, *options, url=where), used)

    def test_labels_not_tails(self):
        """Statement 37."""
        variables = {"http_proxy": self.here, "no_proxy": "ocal.invalid"}
        self.assertTrue(self.used(variables, url="http://local.invalid/"))

    def test_the_option_stands_for_the_variable(self):
        variables = {"http_proxy": self.here, "no_proxy": "*"}
        self.assertTrue(self.used(variables, "--noproxy", ""))


class Ways(ProxyCase):
    def test_a_fixed_address(self):
        """--resolve: the name stays what it was, for Host and for the certificate."""
        port = self.page.port
        url = f"http://some.invalid:{port}/"
        for address in ("127.0.0.1", "127.0.0.1,[::1]"):
            self.assertQuiet(self.fetch("--resolve", f"some.invalid:{port}:{address}", url), b"page")
            self.assertEqual(self.page.fields()["Host"], f"some.invalid:{port}")
        self.assertQuiet(self.fetch("--resolve", f"*:{port}:127.0.0.1", url), b"page")
        port = self.secure.port
        options = (*trust(), "--resolve", f"localhost:{port}:127.0.0.1")
        self.assertQuiet(self.fetch(*options, f"https://localhost:{port}/"), b"page")
        options = (*trust(), "--resolve", f"some.invalid:{port}:127.0.0.1")
        self.assertEqual(self.fetch(*options, f"https://some.invalid:{port}/").status, 60)

    def test_another_host(self):
        """--connect-to: the same holds."""
        port = self.page.port
        for option in (f"some.invalid:80:127.0.0.1:{port}", f"::127.0.0.1:{port}"):
            with self.subTest(option):
                self.assertQuiet(self.fetch("--connect-to", option, "http://some.invalid/"), b"page")
                self.assertEqual(self.page.fields()["Host"], "some.invalid")
        option = f"other.invalid::127.0.0.1:{port}"
        self.assertEqual(self.fetch("--connect-to", option, "http://127.0.0.1:1/").status, 7)
        line = ("--connect-to", f"localhost:443:127.0.0.1:{self.secure.port}", *trust())
        self.assertQuiet(self.fetch(*line, "https://localhost/"), b"page")
        proxy = self.proxy()
        line = ("--connect-to", "some.invalid::other.invalid:81", "-x", proxy.place())
        self.assertQuiet(self.fetch(*line, "http://some.invalid/"), b"page")
        self.assertEqual(proxy.lines()[0], "CONNECT other.invalid:81 HTTP/1.1")

    def test_what_cannot_be_understood(self):
        for options in (("--resolve", "a:b"), ("--connect-to", "a:b")):
            with self.subTest(options):
                self.assertEqual(self.fetch(*options, self.page.url()).status, 2)

    def test_where_from(self):
        for name in ("lo", "127.0.0.1", "if!lo", "host!127.0.0.1"):
            with self.subTest(name):
                self.assertQuiet(self.fetch("--interface", name, self.page.url()), b"page")
        for name in ("192.0.2.1", "if!nosuch0", "nosuch.invalid"):
            with self.subTest(name):
                result = self.fetch("--interface", name, self.page.url())
                self.assertFails(result, 45, rf"fetch .*{name.removeprefix('if!')}.*")

    def test_unix_sockets(self):
        path = self.path("s")
        name = f"twx-test-{os.getpid()}"
        for option, value, place in (
            ("--unix-socket", path, path),
            ("--abstract-unix-socket", name, "\0" + name),
        ):
            with self.subTest(option):
                sock = self.keep(socket.socket(socket.AF_UNIX))
                sock.bind(place)
                sock.listen()
                variables = {"http_proxy": "http://127.0.0.1:1"}
                environment = {**os.environ, **variables}
                program = self.start("fetch", option, value, "http://name/", env=environment)
                peer = self.keep(sock.accept()[0])
                self.assertTrue(read_head(peer).startswith(b"GET / HTTP/1.1\r\nHost: name\r\n"))
                peer.sendall(answer(b"hi"))
                self.assertEqual((program.wait(), program.out), (0, b"hi"))
        result = self.fetch("--unix-socket", self.path("none"), "http://name/")
        self.assertEqual(result.status, 7, result)

    def test_families(self):
        if not has_ipv6():
            self.skipTest("no IPv6 here")
        url = f"http://localhost:{self.page.port}/"
        command = [*own_hosts(self, "127.0.0.1 localhost", "::1 localhost"), TWX]
        self.assertQuiet(self.fetch("-4", url, command=command), b"page")
        self.assertQuiet(self.fetch(url, command=command), b"page")
        self.assertEqual(self.fetch("-6", url, command=command).status, 7)
