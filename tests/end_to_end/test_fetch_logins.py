"""twx fetch: who it says it is, how it proves that, and to whom it does not."""

import os
import pty
import subprocess

from harness import SOON, TWX, read_some
from digests import Digest
from fetching import FetchCase, answer, moved
from guarded import Guarded, asks, basic, by_basic, by_digest
from proxies import HttpProxy
from tls_sites import TlsSite, trust


class LoginCase(FetchCase):
    def guarded(self, pages, guard, **options):
        return Guarded(self, pages, guard, **options)

    def logins(self, site):
        """What each request showed."""
        return [site.fields(number).get("Authorization") for number in range(len(site.requests))]


class Digests(LoginCase):
    def test_of_every_kind(self):
        for algorithm in ("MD5", "SHA-256", "MD5-sess", "SHA-256-sess"):
            with self.subTest(algorithm):
                site = self.guarded({"/a?b": answer(b"in")}, by_digest(Digest("me", 'p"w:x', algorithm)))
                self.assertQuiet(self.fetch("--digest", "-u", 'me:p"w:x', site.url("/a?b")), b"in")
                self.assertEqual((site.problems, len(site.requests)), ([], 2))
                self.assertIsNone(self.logins(site)[0])

    def test_the_url_has_the_login(self):
        site = self.guarded({"/": answer(b"in")}, by_digest(Digest("me", "p@w")))
        url = site.url().replace("//", "//me:p%40w@")
        self.assertQuiet(self.fetch("--digest", url), b"in")
        self.assertEqual(site.problems, [])

    def test_one_challenge_for_many_urls(self):
        """Which counts them; each URL by itself would have to be refused first."""
        site = self.guarded(
            {"/1": answer(b"1"), "/2": moved("/3"), "/3": answer(b"3")}, by_digest(Digest("me", "pw"))
        )
        urls = map(site.url, ("/1", "/2", "/1"))
        self.assertQuiet(self.fetch("-L", "--digest", "-u", "me:pw", *urls), b"131")
        counts = [Digest.parts(login)["nc"] for login in self.logins(site)[1:]]
        self.assertEqual(counts, ["00000001", "00000002", "00000003", "00000004"])
        self.assertEqual((site.problems, site.connections), ([], 1))

    def test_a_body_may_be_part_of_the_proof(self):
        """Where the server knows nothing but auth-int."""
        file = self.file("f", b"x" * 100_000)
        for algorithm in ("MD5", "SHA-256-sess"):
            digest = Digest("me", "pw", algorithm, qop="auth-int")
            site = self.guarded({"/x": answer(b"in")}, by_digest(digest))
            for body in ((), ("-d", "data"), ("-F", f"a=@{file}"), ("-T", file)):
                with self.subTest(algorithm=algorithm, body=body):
                    result = self.fetch("--digest", "-u", "me:pw", *body, site.url("/x"))
                    self.assertQuiet(result, b"in")
                    self.assertEqual(site.problems, [])
        options = ("--digest", "-u", "me:pw", "-T", "-", site.url("/x"))
        result = self.fetch(*options, input=b"data")
        self.assertFails(result, 65, "fetch .*")

    def test_the_server_names_the_next_nonce(self):
        digest = Digest("me", "pw")
        check = by_digest(digest)

        def guard(site, target):
            refusal = check(site, target)
            if refusal is None:
                digest.nonce += "x"
                info = f'Authentication-Info: nextnonce="{digest.nonce}", qop=auth'
                return answer(b"in", "200 OK", info)
            return refusal

        site = self.guarded({}, guard)
        self.assertQuiet(self.fetch("--digest", "-u", "me:pw", *[site.url()] * 3), b"ininin")
        self.assertEqual((site.problems, len(site.requests)), ([], 4))
        self.assertEqual({Digest.parts(login)["nc"] for login in self.logins(site)[1:]}, {"00000001"})

    def test_a_stale_nonce(self):
        """Is answered once more, with the new one."""
        digest = Digest("me", "pw")
        check = by_digest(digest)

        def guard(site, target):
            if len(site.requests) == 2:
                digest.nonce = "newer"
                return asks(digest.challenge("stale=true"))
            return check(site, target)

        site = self.guarded({"/": answer(b"in")}, guard)
        self.assertQuiet(self.fetch("--digest", "-u", "me:pw", site.url()), b"in")
        self.assertEqual((site.problems, len(site.requests)), ([], 3))

    def test_a_nonce_that_is_always_stale(self):
        """Does not go on for ever."""
        digest = Digest("me", "pw")
        site = self.guarded({}, lambda *_: asks(digest.challenge("stale=true")))
        self.assertQuiet(self.fetch("--digest", "-u", "me:pw", site.url()), b"who?")
        self.assertLess(len(site.requests), 10)

    def test_one_nonce_for_each_url(self):
        """A server that wants that without a word of staleness is answered anew."""
        digest = Digest("me", "pw")
        check = by_digest(digest)

        def guard(site, target):
            refusal = check(site, target)
            if refusal is None:
                digest.nonce += "x"
            return refusal

        site = self.guarded({"/": answer(b"in")}, guard)
        self.assertQuiet(self.fetch("--digest", "-u", "me:pw", site.url(), site.url()), b"inin")

    def test_a_body_waits_for_the_challenge(self):
        site = self.guarded({"/": answer(b"in")}, by_digest(Digest("me", "pw")))
        self.assertQuiet(self.fetch("--digest", "-u", "me:pw", "-d", "data", site.url()), b"in")
        self.assertEqual([site.body(0), site.body(1)], [b"", b"data"])
        self.assertEqual([site.fields(n)["Content-Length"] for n in (0, 1)], ["0", "4"])
        self.assertEqual(site.problems, [])

    def test_a_body_where_nobody_asks(self):
        """Is sent all the same."""
        site = self.site({"/": answer(b"in")}, close=9)
        self.assertQuiet(self.fetch("--digest", "-u", "me:pw", "-d", "data", site.url()), b"in")
        self.assertEqual(site.body(), b"data")

    def test_a_wrong_password(self):
        """Is said once."""
        site = self.guarded({}, by_digest(Digest("me", "pw")))
        self.assertQuiet(self.fetch("--digest", "-u", "me:no", site.url()), b"who?")
        self.assertEqual(len(site.requests), 2)
        result = self.fetch("-f", "--digest", "-u", "me:no", site.url())
        self.assertFails(result, 22, "fetch .*: the server answered 401")

    def test_where_only_basic_is_offered(self):
        """The password is not sent."""
        site = self.guarded({}, by_basic("me", "pw"))
        self.assertQuiet(self.fetch("--digest", "-u", "me:pw", site.url()), b"who?")
        self.assertEqual(self.logins(site), [None])

    def test_a_body_that_cannot_be_sent_twice(self):
        """Need not be: it waits."""
        site = self.guarded({"/": answer(b"in")}, by_digest(Digest("me", "pw")))
        options = ("--digest", "-u", "me:pw", "-X", "PUT", "-T", "-", site.url())
        self.assertQuiet(self.fetch(*options, input=b"data"), b"in")
        self.assertEqual(site.problems, [])

    def test_only_the_head(self):
        site = self.guarded({"/": answer(b"", "200 OK", "X: y")}, by_digest(Digest("me", "pw")))
        result = self.fetch("--digest", "-I", "-u", "me:pw", site.url())
        self.assertEqual((result.status, site.problems), (0, []))
        self.assertIn(b"X: y", result.out)

    def test_state_per_origin(self):
        """Statement 7, CVE-2026-11856, CVE-2026-7168, CVE-2026-8927: a nonce is for who gave it."""
        other = self.guarded({"/": answer(b"out")}, by_digest(Digest("me", "pw", nonce="other")))
        site = self.guarded({"/": moved(other.url())}, by_digest(Digest("me", "pw")))
        options = ("-L", "--digest", "-u", "me:pw")
        self.assertQuiet(self.fetch(*options, site.url()), b"who?")
        self.assertEqual(self.logins(other), [None])
        self.assertQuiet(self.fetch("--location-trusted", *options, site.url()), b"out")
        self.assertEqual((other.problems, self.logins(other)[1]), ([], None))
        self.assertQuiet(self.fetch(*options, other.url(), site.url("/")), b"outwho?")
        self.assertEqual(other.problems, [])


class AnyWay(LoginCase):
    options = ("--anyauth", "-u", "me:pw")

    def test_the_best_of_both(self):
        site = self.guarded({"/": answer(b"in")}, by_digest(Digest("me", "pw"), 'Basic realm="x"'))
        self.assertQuiet(self.fetch(*self.options, site.url()), b"in")
        self.assertEqual((site.problems, len(site.requests)), ([], 2))

    def test_basic_only(self):
        site = self.guarded({"/": answer(b"in")}, by_basic("me", "pw"))
        self.assertQuiet(self.fetch(*self.options, site.url()), b"in")
        self.assertEqual(self.logins(site), [None, basic("me", "pw")])

    def test_nobody_asks(self):
        site = self.site({"/": answer(b"in")})
        self.assertQuiet(self.fetch(*self.options, site.url()), b"in")
        self.assertEqual(self.logins(site), [None])

    def test_a_401_without_a_challenge(self):
        site = self.site({"/": answer(b"no", "401 Unauthorized")})
        self.assertQuiet(self.fetch(*self.options, site.url()), b"no")
        self.assertEqual(self.logins(site), [None])

    def test_a_body(self):
        site = self.guarded({"/": answer(b"in")}, by_basic("me", "pw"))
        self.assertQuiet(self.fetch(*self.options, "-d", "data", site.url()), b"in")
        self.assertEqual(site.body(), b"data")

    def test_a_body_that_cannot_be_sent_twice(self):
        """Statement 12, CVE-2022-32221: once it is gone that is said."""

        def talk(sock):
            data = b""
            while not data.endswith(b"\r\n0\r\n\r\n"):
                data += sock.recv(4096)
            sock.sendall(asks('Basic realm="x"'))

        url = f"http://127.0.0.1:{self.peer(talk).port}/"
        result = self.fetch(*self.options, "-H", "Expect:", "-T", "-", url, input=b"data")
        self.assertFails(result, 65, "fetch .*")

    def test_a_body_that_was_not_wanted_yet(self):
        """Can be sent after the challenge, even by a pipe."""
        site = self.guarded({"/": answer(b"in")}, by_basic("me", "pw"))
        self.assertQuiet(self.fetch(*self.options, "-T", "-", site.url(), input=b"data"), b"in")
        self.assertEqual(len(site.requests), 2)

    def test_a_wrong_password(self):
        """Is said once, and where it was refused by digest it is not sent in clear."""
        options = ("--anyauth", "-u", "me:no")
        site = self.guarded({}, by_basic("me", "pw"))
        self.assertQuiet(self.fetch(*options, site.url()), b"who?")
        self.assertEqual(self.logins(site), [None, basic("me", "no")])
        site = self.guarded({}, by_digest(Digest("me", "pw"), 'Basic realm="x"'))
        self.assertQuiet(self.fetch(*options, site.url()), b"who?")
        self.assertEqual([(login or "")[:6] for login in self.logins(site)], ["", "Digest"])


class Passwords(LoginCase):
    def test_a_wrong_one(self):
        """One request, its answer, status 0; 22 with -f."""
        site = self.guarded({}, by_basic("me", "pw"))
        self.assertQuiet(self.fetch("-u", "me:no", site.url()), b"who?")
        self.assertEqual(len(site.requests), 1)
        self.assertEqual(self.fetch("-f", "-u", "me:no", site.url()).status, 22)

    def test_u_goes_before_the_url(self):
        site = self.site({"/": answer()})
        self.assertQuiet(self.fetch("-u", "a:b:c", site.url().replace("//", "//x:y@")))
        self.assertEqual(self.logins(site), [basic("a", "b:c")])

    def test_a_field_goes_before_all(self):
        site = self.site({"/": answer()})
        self.assertQuiet(self.fetch("-u", "a:b", "-H", "Authorization: mine", site.url()))
        self.assertEqual(self.logins(site), ["mine"])

    def test_it_is_asked_for_on_the_terminal(self):
        site = self.site({"/": answer(b"in")})
        child, terminal = pty.fork()
        if child == 0:
            os.execl(TWX, TWX, "fetch", "-u", "me", site.url())
        self.addCleanup(os.close, terminal)
        shown = b""
        while not shown.endswith(b": "):
            shown += read_some(terminal)
        self.assertEqual(shown, b"Password of me: ")
        os.write(terminal, b"s3cret\n")
        shown = b""
        while b"in" not in shown:
            shown += read_some(terminal)
        self.assertNotIn(b"s3cret", shown)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertEqual(self.logins(site), [basic("me", "s3cret")])

    def test_without_a_terminal(self):
        site = self.site({"/": answer(b"in")})
        for options in (("-u", "me"), ("-U", "me")):
            with self.subTest(options):
                result = self.fetch(*options, site.url(), start_new_session=True)
                self.assertFails(result, 26, "fetch: there is no terminal to ask for the password; .*")
        self.assertEqual(site.requests, [])

    def test_nobody_gets_to_see_them(self):
        """Statement 38: not with -v, nor in traces, errors and reports."""
        site = self.site({"/": answer(b"in", "200 OK", "Set-Cookie: s=c00kie"), "/bad": b"noise\r\n"})
        trace, proxy = self.path("trace"), HttpProxy(self, refusal=answer(b"no"))
        url = site.url().replace("//", "//me:s3cret@")
        nowhere = f"http://me:s3cret@127.0.0.1:{self.unused_port()}/"
        show = ("-v", "--trace-ascii", trace, "--report", "json")
        for options in (
            (url,),
            ("-u", "me:s3cret", site.url()),
            ("--oauth2-bearer", "s3cret", site.url()),
            ("-b", "a=s3cret", "-H", "X-Api-Key: s3cret", site.url()),
            ("--digest", url + "bad"),
            ("--retry", "1", "--retry-delay", "1ms", "--retry-connrefused", nowhere),
            ("-x", f"http://me:s3cret@127.0.0.1:{self.unused_port()}", "http://name/"),
            ("-x", "socks5h://me:s3cret@127.0.0.1:nonsense", "http://name/"),
            ("-x", proxy.place(), "-U", "me:s3cret", "http://name/"),
            ("http://me:s3cret@[bad/",),
        ):
            with self.subTest(options):
                result = self.fetch(*show, *options)
                said = result.err + result.out.decode()
                with open(trace, encoding="ascii") as file:
                    said += file.read()
                for secret in ("s3cret", basic("me", "s3cret")):
                    self.assertNotIn(secret, said)
                self.assertNotIn("c00kie", result.err)
                os.truncate(trace, 0)

    def test_who_wants_to_see_them(self):
        site = self.site({"/": answer(b"in")})
        result = self.fetch("-v", "--show-secrets", "-u", "me:s3cret", site.url())
        self.assertIn("> Authorization: " + basic("me", "s3cret"), result.err)


class Netrc(LoginCase):
    def login_with(self, text, *options, url=None, **more):
        """The Authorization with this file."""
        site = self.site({"/": answer()})
        file = self.file("netrc", text.encode())
        where = site.url().replace("//", f"//{url}@") if url else site.url()
        self.assertQuiet(self.fetch("--netrc-file", file, *options, where, **more))
        return site.fields().get("Authorization")

    def test_a_file(self):
        text = "machine 127.0.0.1 login me password pw\n"
        self.assertEqual(self.login_with(text), basic("me", "pw"))

    def test_other_hosts_are_no_business(self):
        self.assertIsNone(self.login_with("machine other login me password pw\n"))
        self.assertEqual(self.login_with("default login me password pw\n"), basic("me", "pw"))

    def test_the_user_chooses_the_line(self):
        """Statement 6, CVE-2026-8926."""
        text = "machine 127.0.0.1 login a password 1\nmachine 127.0.0.1 login b password 2\n"
        self.assertEqual(self.login_with(text, url="b"), basic("b", "2"))
        self.assertEqual(self.login_with(text, "-u", "b"), basic("b", "2"))
        self.assertEqual(self.login_with(text, url="c"), basic("c", ""))

    def test_u_and_the_url(self):
        text = "machine 127.0.0.1 login me password pw\n"
        self.assertEqual(self.login_with(text, "-u", "a:b"), basic("a", "b"))
        self.assertEqual(self.login_with(text, "--netrc-optional", url="a:b"), basic("a", "b"))

    def test_home(self):
        site = self.site({"/": answer()})
        home = dict(os.environ, HOME=self.folder)
        self.assertFails(self.fetch("-n", site.url(), env=home), 26, "fetch: .*/.netrc: .*")
        self.assertQuiet(self.fetch("--netrc-optional", site.url(), env=home))
        self.assertEqual(self.logins(site), [None])
        self.file(".netrc", b"machine 127.0.0.1 login me password pw\n")
        for option in ("-n", "--netrc-optional"):
            self.assertQuiet(self.fetch(option, site.url(), env=home))
            self.assertEqual(site.fields()["Authorization"], basic("me", "pw"))
        self.assertQuiet(self.fetch(site.url(), env=home))
        self.assertNotIn("Authorization", site.fields())

    def test_a_pipe(self):
        """Which can be read only once, for all URLs."""
        site = self.site({"/": answer()})
        login = "machine 127.0.0.1 login me password pw"
        line = f"{TWX} fetch --netrc-file <(echo {login}) {site.url()} {site.url()}"
        done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=SOON)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(self.logins(site), [basic("me", "pw")] * 2)


class OtherOrigins(LoginCase):
    """What is for one origin only, after a redirect."""

    def led(self, *options, back=False, **more):
        """The fields that the second origin, another port, gets."""
        self.second = self.site({"/": answer(b"end")})
        self.first = self.site({"/": moved(self.second.url()), "/end": answer(b"end")}, close=9)
        if back:
            self.second.pages["/"] = moved(self.first.url("/end"))
        url = more.pop("url", self.first.url())
        result = self.fetch("-L", *options, url.format(port=self.first.port), **more)
        self.assertEqual((result.status, result.out), (0, b"end"), result)
        self.said = result.err
        return self.second.fields()

    def test_logins(self):
        """Statement 1, CVE-2018-1000007, CVE-2022-27774: the port makes another origin."""
        for options in (("-u", "me:pw"), ("--oauth2-bearer", "token")):
            with self.subTest(options):
                self.assertNotIn("Authorization", self.led(*options))
                self.assertIn("Authorization", self.first.fields())
        self.assertNotIn("Authorization", self.led(url="http://me:pw@127.0.0.1:{port}/"))
        self.assertIn("Authorization", self.first.fields())

    def test_the_scheme_makes_another_origin(self):
        """Statement 1: http after https; statement 10: and no Referer then."""
        plain = self.site({"/": answer(b"end")})
        site = TlsSite(self, {"/": moved(plain.url())})
        options = ("-L", *trust(), "-u", "me:pw", "-H", "Cookie: c=d", "-e", ";auto")
        self.assertQuiet(self.fetch(*options, site.url()), b"end")
        self.assertIn("Authorization", site.fields())
        self.assertEqual(set(plain.fields()), {"Host", "User-Agent", "Accept"})

    def test_the_same_origin_goes_on_to_get_it(self):
        """However the URL is written."""
        site = self.site({"/": answer(b"in")}, close=9)
        site.pages["/a"] = moved("/")
        site.pages["/b"] = moved(site.url("/"))
        for target in ("/a", "/b"):
            with self.subTest(target):
                url = site.url(target).replace("//", "//me:pw@")
                self.assertQuiet(self.fetch("-L", url), b"in")
                self.assertEqual(self.logins(site)[-2:], [basic("me", "pw")] * 2)

    def test_fields(self):
        """Statements 2 and 3, CVE-2022-27776."""
        secrets = ("Authorization", "Cookie", "X-Api-Key", "X-My-Token", "a-secret", "X-Auth-User")
        secrets += ("Proxy-Authorization",)
        options = [word for name in secrets for word in ("-H", f"{name}: s3cret")]
        got = self.led("-v", *options, "-H", "X-Other: o")
        self.assertEqual(set(got), {"Host", "User-Agent", "Accept", "X-Other"})
        for name in secrets:
            self.assertIn(f"* not sent to another origin: {name}\n", self.said)

    def test_it_is_told(self):
        """Statement 3: with -v."""
        self.led("-v", "-u", "me:pw")
        self.assertIn("* not sent to another origin: the login\n", self.said)
        self.led("-v")
        self.assertNotIn("not sent", self.said)

    def test_trusted(self):
        options = ("--location-trusted", "-H", "X-Api-Key: k")
        got = self.led(*options, url="http://me:pw@127.0.0.1:{port}/")
        self.assertEqual((got["Authorization"], got["X-Api-Key"]), (basic("me", "pw"), "k"))

    def test_there_and_back(self):
        """Statement 4: A, B, A."""
        self.assertNotIn("Authorization", self.led("-u", "me:pw", back=True))
        self.assertEqual(self.first.fields()["Authorization"], basic("me", "pw"))

    def test_netrc_and_a_token(self):
        """Statement 5, CVE-2026-3783: the second host is in netrc."""
        file = self.file("netrc", b"machine 127.0.0.1 login me password pw\n")
        got = self.led("--oauth2-bearer", "token", "--netrc-file", file)
        self.assertEqual(got.get("Authorization"), basic("me", "pw"))
        self.assertEqual(self.first.fields()["Authorization"], "Bearer token")

    def test_netrc_and_a_password(self):
        """Statement 6, CVE-2024-11053, CVE-2025-0167."""
        for text in ("machine 127.0.0.1\n", "default\n", "machine 127.0.0.1 login you\n"):
            with self.subTest(text):
                file = self.file("netrc", text.encode())
                got = self.led("-u", "me:pw", "--netrc-file", file)
                self.assertIn(got.get("Authorization"), (None, basic("you", "")))
                self.assertEqual(self.first.fields()["Authorization"], basic("me", "pw"))

    def test_the_field_host(self):
        """One of the user's own is for the first host; CVE-2026-6276: it moves no cookies."""
        got = self.led("-H", "Host: elsewhere", "-b", "c=d")
        self.assertEqual(got["Host"], f"127.0.0.1:{self.second.port}")
        self.assertNotIn("Cookie", got)
        self.assertEqual(self.first.fields()["Host"], "elsewhere")

    def test_where_it_comes_from(self):
        """Statement 10, CVE-2021-22876: a Referer without login and fragment."""
        got = self.led("-e", ";auto", url="http://me:pw@127.0.0.1:{port}/#part")
        self.assertEqual(got["Referer"], self.first.url())
        self.assertNotIn("Referer", self.first.fields())
        got = self.led("-e", "http://start/;auto")
        self.assertEqual(self.first.fields()["Referer"], "http://start/")
        self.assertEqual(got["Referer"], self.first.url())

    def test_what_an_at_sign_parts(self):
        """Statement 11, CVE-2020-8169: the last one; nothing of the password is looked up."""
        site = self.site({"/": answer(b"in")})
        url = site.url().replace("//", "//me:p@w@x@")
        result = self.fetch(url)
        if result.status == 3:
            self.assertNotIn("w@x", result.err)
        else:
            self.assertQuiet(result, b"in")
            self.assertEqual(self.logins(site), [basic("me", "p@w@x")])
