"""twx fetch: https. Whom it trusts, what may share a connection, and bodies that are cut off."""

import contextlib
import socket
import ssl

import certificates
from fetching import FetchCase, Site, answer, moved
from harness import SOON, read_all
from proxies import HttpProxy, read_head
from tls import secured, server_context

NOT_TRUSTED = 60


class SecureSite(Site):
    """A site by https. `peers` has the client's certificate of each connection; `resumed` whether
    its session was."""

    def __init__(self, case, pages, context=None, **options):
        self._context = context or server_context()
        self.peers, self.resumed = [], []
        super().__init__(case, pages, **options)

    def url(self, target="/", host="localhost"):
        return f"https://{host}:{self.port}{target}"

    def _talk(self, sock):
        sock.settimeout(SOON)
        try:
            tls = secured(sock, self._context)
        except OSError:
            sock.close()
            return
        self.peers.append(tls.getpeercert(True))
        self.resumed.append(tls.session_reused)
        with contextlib.suppress(OSError):
            super()._talk(tls)


class SecureCase(FetchCase):
    def secure_site(self, pages=None, identity=None, context=None, **options):
        context = context or server_context(identity)
        return SecureSite(self, pages or {"/": answer(b"secret")}, context, **options)

    def fetch(self, *args, trusting=True, **options):
        cacert = ("--cacert", certificates.ca().cert) if trusting else ()
        return super().fetch("-4", *cacert, *args, **options)

    def named(self, site, *args, name="localhost"):
        return self.fetch("--resolve", f"*:{site.port}:127.0.0.1", *args, site.url(host=name))

    def assertRefused(self, site, result, status=NOT_TRUSTED):
        """Without a byte of the request."""
        self.assertFails(result, status, r"fetch https://.*: .*")
        self.assertEqual((result.out, site.requests), (b"", []))


class Trust(SecureCase):
    def test_good_ones(self):
        wild = certificates.issue("fetch-wild", certificates.ca(), "DNS:*.example.test")
        for identity, name in (
            (certificates.good(), "localhost"),
            (certificates.good(), "LOCALHOST"),
            (certificates.good(), "localhost."),
            (certificates.good(), "127.0.0.1"),
            (wild, "a.example.test"),
        ):
            with self.subTest(name):
                site = self.secure_site(identity=identity)
                self.assertQuiet(self.named(site, name=name), b"secret")

    def test_nobody_else(self):
        """Statement 35, CVE-2014-0139, CVE-2009-2417, CVE-2016-3739: names, times, issuers."""
        ca, issue = certificates.ca(), certificates.issue
        old = certificates.valid("fetch-old", ca, b"200101000000Z", b"210101000000Z")
        young = certificates.valid("fetch-young", ca, b"400101000000Z", b"450101000000Z")
        nul = certificates.with_nul("fetch-nul", ca, san="DNS:localhost~.evil.test")
        common = "/CN=localhost~.evil.test"
        nul_cn = certificates.with_nul("fetch-nul-cn", ca, san=None, subject=common)
        for what, identity, name in (
            ("another name", issue("fetch-other", ca, "DNS:a.test"), "localhost"),
            ("a name below", certificates.good(), "a.localhost"),
            ("expired", old, "localhost"),
            ("not yet", young, "localhost"),
            ("by a stranger", issue("fetch-stranger", certificates.other_ca()), "localhost"),
            ("by itself", issue("fetch-own"), "localhost"),
            ("address not in it", issue("fetch-name", ca), "127.0.0.1"),
            ("address as a name", issue("fetch-dns", ca, "DNS:127.0.0.1"), "127.0.0.1"),
            ("address in CN", issue("fetch-cn", ca, None, subject="/CN=127.0.0.1"), "127.0.0.1"),
            ("NUL", nul, "localhost"),
            ("NUL in CN", nul_cn, "localhost"),
            ("for clients", issue("fetch-usage", ca, usage="clientAuth"), "localhost"),
        ):
            with self.subTest(what):
                site = self.secure_site(identity=identity)
                self.assertRefused(site, self.named(site, name=name))

    def test_the_system_trusts_none_of_ours(self):
        site = self.secure_site()
        self.assertRefused(site, self.fetch(site.url(), trusting=False))

    def test_wildcards_and_foreign_names(self):
        """Statement 17, CVE-2023-28321: no * stands for an xn-- label, whole or in part."""
        ca, issue = certificates.ca(), certificates.issue
        for number, label in enumerate(("*", "x*", "xn--*", "*a")):
            pattern = label + ".example.test"
            identity = issue(f"fetch-pattern-{number}", ca, f"DNS:{pattern}")
            for name in ("xn--fa-hia.example.test", "faß.example.test", "XN--FA-HIA.example.test"):
                with self.subTest((pattern, name)):
                    site = self.secure_site(identity=identity)
                    self.assertRefused(site, self.named(site, name=name))
        site = self.secure_site(identity=issue("fetch-idn", ca, "DNS:xn--fa-hia.example.test"))
        self.assertQuiet(self.named(site, name="faß.example.test"), b"secret")

    def test_anybody(self):
        """-k, which --pin takes back."""
        stranger = certificates.issue("fetch-any", certificates.other_ca(), "DNS:a.test")
        site = self.secure_site(identity=stranger)
        self.assertQuiet(self.fetch("-k", site.url()), b"secret")
        self.assertQuiet(self.fetch("--pin", stranger.pin, site.url()), b"secret")
        self.assertQuiet(self.fetch("-k", "--pin", stranger.pin, site.url()), b"secret")
        site.requests.clear()
        other = certificates.good().pin
        for options in (("--pin", other), ("-k", "--pin", other)):
            with self.subTest(options):
                self.assertRefused(site, self.fetch(*options, site.url()), 90)

    def test_a_file_of_authorities_that_is_none(self):
        """Nobody is asked, and the system's are no substitute."""
        site = self.secure_site()
        for file in (self.path("nowhere"), self.file("noise", b"noise"), self.file("empty")):
            with self.subTest(file):
                result = self.fetch("--cacert", file, site.url(), trusting=False)
                self.assertIn(result.status, (26, 77), result)
        self.assertEqual(site.connections, 0)

    def test_certificates_of_clients(self):
        """--cert and --key; without them the server's refusal is told."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                context = server_context(client_ca=certificates.ca(), version=version)
                site = self.secure_site(context=context)
                client = certificates.client()
                self.assertQuiet(self.fetch(*client.args, site.url()), b"secret")
                self.assertEqual(site.peers, [client.der])
                result = self.fetch(site.url())
                self.assertIn(result.status, (35, 56), result)
                self.assertEqual(len(site.requests), 1)

    def test_a_key_that_is_another_ones(self):
        site = self.secure_site()
        wrong = ("--cert", certificates.client().cert, "--key", certificates.good().key)
        self.assertIn(self.fetch(*wrong, site.url()).status, (26, 58))
        self.assertEqual(site.connections, 0)


class Redirects(SecureCase):
    def test_between_http_and_https(self):
        """Statements 1, 9 and 10: another origin, and no referer in clear."""
        plain = self.site({"/": answer(b"there")})
        site = self.secure_site({"/": moved(plain.url())})
        options = ("-L", "-u", "a:b", "-b", "c=d", "-e", ";auto", "-H", "X-Token: t")
        self.assertQuiet(self.fetch(*options, site.url()), b"there")
        self.assertIn("Authorization", site.fields())
        self.assertEqual(set(plain.fields()), {"Host", "User-Agent", "Accept"})
        self.assertFails(
            self.fetch("-L", "--proto-redir", "=https", site.url()), 3, "fetch .*: --proto.*"
        )
        back = self.site({"/": moved(site.url("/b"))})
        site.pages["/b"] = answer(b"safe")
        self.assertQuiet(self.fetch("-L", "--proto-redir", "=https", back.url()), b"safe")

    def test_the_second_server_is_checked_too(self):
        stranger = self.secure_site(identity=certificates.issue("fetch-second"))
        site = self.secure_site({"/": moved(stranger.url())})
        self.assertRefused(stranger, self.fetch("-L", site.url()))


class Ends(SecureCase):
    """Statement 23: an end that anybody on the way may have made is no end of a body."""

    def ended(self, data, goodbye):
        def talk(sock):
            with secured(sock, server_context()) as tls:
                read_head(tls)
                tls.sendall(data)
                if goodbye:
                    with contextlib.suppress(OSError):
                        tls.unwrap()
                else:
                    sock = socket.socket(fileno=tls.detach())
                    sock.shutdown(socket.SHUT_WR)
                    with contextlib.suppress(OSError):
                        read_all(sock)
                    sock.close()

        peer = self.peer(talk)
        result = self.fetch(f"https://localhost:{peer.port}/")
        peer.join()
        return result.status, result.out

    def test_with_and_without_a_goodbye(self):
        ok = b"HTTP/1.1 200 OK\r\n"
        chunked = ok + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        for data, with_one, without in (
            (ok + b"\r\nhello", 0, 18),
            (ok + b"Content-Length: 5\r\n\r\nhello", 0, 0),
            (ok + b"Content-Length: 6\r\n\r\nhello", 18, 18),
            (chunked + b"0\r\n\r\n", 0, 0),
            (chunked, 18, 18),
        ):
            with self.subTest(data):
                self.assertEqual(self.ended(data, True), (with_one, b"hello"))
                self.assertEqual(self.ended(data, False), (without, b"hello"))


class Sharing(SecureCase):
    def test_connections(self):
        """Statement 34, CVE-2016-5420, CVE-2022-27782: other settings are another connection."""
        site = self.secure_site(close=9)
        url = site.url()
        client = certificates.client()
        ca = ("--cacert", certificates.ca().cert)
        for first, second, status in (
            (("-k",), (), NOT_TRUSTED),
            (("-k",), ca, 0),
            (ca, ("-k",), 0),
            (ca, (*ca, *client.args), 0),
            ((*ca, *client.args), ca, 0),
            (ca, ("--pin", certificates.client().pin), 90),
            (ca, (*ca, "--servername", "a.test"), NOT_TRUSTED),
            (ca, ("--cacert", certificates.other_ca().cert), NOT_TRUSTED),
        ):
            with self.subTest((first, second)):
                site.connections = 0
                result = self.fetch(*first, url, "--next", "-4", *second, url, trusting=False)
                self.assertEqual((result.status, site.connections), (status, 2), result)
        site.connections = 0
        self.assertQuiet(self.fetch(url, "--next", "-4", *ca, url), b"secretsecret")
        self.assertEqual(site.connections, 1, "the same settings share it")

    def test_names_of_one_address(self):
        """Statement 34: by address and by name are two."""
        site = self.secure_site(close=9)
        self.assertQuiet(self.fetch(site.url(), site.url(host="127.0.0.1")), b"secretsecret")
        self.assertEqual(site.connections, 2)

    def test_sessions(self):
        """Statement 35, CVE-2021-22890, CVE-2024-0853: one that was resumed is no less checked."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                context = server_context(version=version)
                site = self.secure_site(context=context)  # each connection for one request
                url, ca = site.url(), ("--cacert", certificates.ca().cert)
                self.assertQuiet(self.fetch(url, url), b"secretsecret")
                self.assertEqual((site.connections, site.resumed), (2, [False, True]))
                for first, second, status in (
                    (("-k",), (), NOT_TRUSTED),
                    (("-k",), (*ca, "--servername", "a.test"), NOT_TRUSTED),
                    (ca, ("--pin", certificates.client().pin), 90),
                ):
                    result = self.fetch(*first, url, "--next", "-4", *second, url, trusting=False)
                    self.assertEqual((result.status, result.out), (status, b"secret"), result)
                self.assertNotIn(True, site.resumed[2:])

    def test_a_certificate_that_is_replaced_by_a_bad_one(self):
        """Statement 35: between two requests of one run, and no session goes on."""
        context = server_context()
        context.num_tickets = 0
        bad = certificates.issue("fetch-replaced", certificates.other_ca())

        class Changing(SecureSite):
            def _read(self, sock):  # the next connection gets the other one
                context.load_cert_chain(bad.cert, bad.key)
                return Site._read(sock)

        site = Changing(self, {"/": answer(b"secret")}, context)
        result = self.fetch(site.url(), site.url())
        self.assertEqual((result.status, result.out), (NOT_TRUSTED, b"secret"), result)

    def test_proxies(self):
        """Statement 35, CVE-2021-22890: a proxy that answers with its own certificate is not the
        server, however much it is trusted itself."""
        site = self.secure_site(identity=certificates.issue("fetch-mitm"))
        proxy = HttpProxy(self, to=("127.0.0.1", site.port))
        for options in ((), ("--proxy-insecure",)):
            result = self.fetch(*options, "-x", f"http://{proxy.place()}", "https://localhost/")
            self.assertRefused(site, result)

    def test_what_is_not_tls(self):
        """An http server on the port is a failed handshake and shown nothing."""

        def talk(sock):
            asked.extend(sock.recv(65536))
            sock.sendall(answer(b"x"))

        asked = bytearray()
        peer = self.peer(talk)
        result = self.fetch("-u", "a:b", f"https://localhost:{peer.port}/")
        self.assertFails(result, 35, "fetch .*: .*")
        self.assertNotIn(b"GET", asked)


class Cookies(SecureCase):
    def test_prefixes(self):
        """Statement 28: kept by https, if they are what their name says."""
        cookies = (
            "a=1; Secure", "__Secure-b=1; Secure", "__Secure-c=1", "__Host-d=1; Path=/; Secure",
            "__Host-e=1; Path=/x; Secure", "__Host-f=1; Secure", "__host-g=1; Path=/; Secure",
            "__Host-h=1; Path=/; Secure; Domain=localhost",
        )  # fmt: skip
        fields = (f"Set-Cookie: {cookie}" for cookie in cookies)
        site = self.secure_site({"/": answer(b"", "200 OK", *fields)})
        result = self.fetch("-c", "-", site.url())
        names = {line.split(b"\t")[5].decode() for line in result.out.splitlines() if b"\t" in line}
        self.assertLessEqual(names, {"a", "__Secure-b", "__Host-d", "__host-g", "__Host-h"})
        self.assertLessEqual({"a", "__Secure-b", "__Host-d"}, names)

    def test_none_of_them_in_clear(self):
        """Statement 28: not after a redirect to http either."""
        plain = self.site({"/": answer(b"x", "200 OK", "Set-Cookie: a=worse; Path=/")})
        there = plain.url().replace("127.0.0.1", "localhost")
        page = answer(b"", "302 Found", "Set-Cookie: a=1; Secure; Path=/", f"Location: {there}")
        site = self.secure_site({"/": page})
        result = self.fetch("-L", "-c", self.path("jar"), site.url())
        self.assertQuiet(result, b"x")
        self.assertNotIn("Cookie", plain.fields())
        with open(self.path("jar"), encoding="ascii") as jar:
            self.assertNotIn("worse", jar.read())
