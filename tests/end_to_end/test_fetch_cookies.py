"""twx fetch: cookies (RFC 6265), -b, -c and -j."""

import os
import re
import stat
import time

import certificates
from harness import Case
from tls import over_tls

HEAD = "# Netscape HTTP Cookie File\n"


class CookieCase(Case):
    def scripted(self, *answers, wrap=lambda talk: talk):
        """A server that gives these answers, one a connection: Set-Cookie fields, or a Location."""
        heads = []

        def talk(sock):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                piece = sock.recv(65536)
                if not piece:
                    raise AssertionError(f"the request ends after {head!r}")
                head += piece
            heads.append(head.decode("latin-1"))
            answer = answers[len(heads) - 1]
            moved = any(line.startswith("Location:") for line in answer)
            lines = ["HTTP/1.1 302 Found" if moved else "HTTP/1.1 200 OK", *answer]
            sock.sendall("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode("latin-1"))

        peer = self.peer(wrap(talk), connections=len(answers))
        peer.heads = heads
        return peer

    def url(self, peer, path="/", host="127.0.0.1", scheme="http"):
        return f"{scheme}://{host}:{peer.port}{path}"

    def sent(self, peer):
        """The Cookie fields that came, one for each request."""
        peer.join()
        return [re.findall(r"(?im)^Cookie: (.*?)\r$", head) for head in peer.heads]

    def jar(self, *lines):
        return self.file("jar", (HEAD + "".join(line + "\n" for line in lines)).encode())

    def lines(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.startswith(HEAD), text)
        return [line.split("\t") for line in text.splitlines() if "\t" in line]


class Given(CookieCase):
    def test_they_are_sent(self):
        """As they stand; those of several -b together."""
        peer = self.scripted([])
        self.assertQuiet(self.run_twx("fetch", "-b", "a=b; c=d", "-b", "e=f", self.url(peer)), b"")
        self.assertEqual(self.sent(peer), [["a=b; c=d; e=f"]])

    def test_they_stay_with_the_first_origin(self):
        """CVE-2018-1000007: another port is another origin; the own one is not."""
        other = self.scripted([])
        first = self.scripted(["Location: /next"], [f"Location: {self.url(other)}"])
        self.assertQuiet(self.run_twx("fetch", "-L", "-b", "a=b", self.url(first)))
        self.assertEqual(self.sent(first), [["a=b"], ["a=b"]])
        self.assertEqual(self.sent(other), [[]])

    def test_without_a_file_nothing_is_kept(self):
        """What the answer sets has no effect, as with curl; -b "" turns it on."""
        for options, wanted in (((), []), (("-b", "a=b"), ["a=b"]), (("-b", ""), ["new=1"])):
            peer = self.scripted(["Set-Cookie: new=1", "Location: /next"], [])
            self.assertQuiet(self.run_twx("fetch", "-L", *options, self.url(peer)))
            self.assertEqual(self.sent(peer)[1], wanted)

    def test_line_ends_are_refused(self):
        """Statement 14, CVE-2012-0036: nothing is sent."""
        listener = self.listener()
        result = self.run_twx("fetch", "-b", "a=b\r\nX: y", f"http://127.0.0.1:{listener.port}/")
        self.assertEqual(result.status, 3, result)

    def test_not_shown(self):
        """Statement 38: -v hides the values in both directions."""
        peer = self.scripted(["Set-Cookie: new=hush"])
        result = self.run_twx("fetch", "-v", "-b", "a=secret", self.url(peer))
        self.assertEqual(result.status, 0, result)
        self.assertIn("Cookie: [redacted]", result.err)
        self.assertNotRegex(result.err, "secret|hush")


class Kept(CookieCase):
    def test_for_redirects_and_later_urls(self):
        """The jar lives for the whole command; one Cookie field holds ours and what was given."""
        peer = self.scripted(["Set-Cookie: a=1; Path=/", "Location: /x/y"], ["Set-Cookie: b=2"], [])
        self.assertQuiet(
            self.run_twx(
                "fetch", "-L", "-c", self.path("jar"), "-b", "own=0",
                self.url(peer, "/x/"), self.url(peer, "/x/z"),
            )
        )  # fmt: skip
        self.assertEqual(self.sent(peer), [["own=0"], ["a=1; own=0"], ["b=2; a=1; own=0"]])

    def test_to_their_host_only(self):
        """Ports do not count for cookies, names do."""
        other = self.scripted([])
        peer = self.scripted(["Set-Cookie: a=1", f"Location: {self.url(other, host='localhost')}"])
        self.assertQuiet(self.run_twx("fetch", "-L", "-4", "-b", "", self.url(peer)))
        self.assertEqual(self.sent(other), [[]])

    def test_a_host_field_moves_none(self):
        """Statement 28, CVE-2026-6276: they go by the URL, whatever Host: says, redirected or not."""
        jar = self.jar(
            "a.example\tFALSE\t/\tFALSE\t0\tforeign\t1", "127.0.0.1\tFALSE\t/\tFALSE\t0\town\t1"
        )
        other = self.scripted([])
        away = f"Location: {self.url(other, host='localhost')}"
        peer = self.scripted(["Set-Cookie: new=1", away])
        out = self.path("out")
        self.assertQuiet(
            self.run_twx(
                "fetch", "-L", "-4", "-H", "Host: a.example", "-b", jar, "-c", out, self.url(peer)
            )
        )
        self.assertEqual(self.sent(peer), [["own=1"]])
        self.assertEqual(self.sent(other), [[]])
        self.assertEqual(
            [(line[0], line[5]) for line in self.lines(out)],
            [("a.example", "foreign"), ("127.0.0.1", "own"), ("127.0.0.1", "new")],
        )

    def test_secure_ones_by_https_only(self):
        """Statement 28: to loopback neither; what plain http sets as Secure is not taken."""
        jar = self.jar("localhost\tFALSE\t/\tTRUE\t0\tsecret\t1")
        plain = self.scripted(["Set-Cookie: no=1; Secure"], [])
        secured = self.scripted(["Set-Cookie: yes=1; Secure"], [], wrap=over_tls)
        urls = [self.url(plain, host="localhost")] * 2
        urls += [self.url(secured, host="localhost", scheme="https")] * 2
        ca = certificates.ca().cert
        self.assertQuiet(self.run_twx("fetch", "-4", "--cacert", ca, "-b", jar, *urls))
        self.assertEqual(self.sent(plain), [[], []])
        self.assertEqual(self.sent(secured), [["secret=1"], ["secret=1; yes=1"]])

    def test_an_empty_field_sends_none(self):
        """-H Cookie: takes ours away."""
        peer = self.scripted([])
        jar = self.jar("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1")
        self.assertQuiet(self.run_twx("fetch", "-b", jar, "-H", "Cookie:", self.url(peer)))
        self.assertEqual(self.sent(peer), [[]])

    def test_of_an_error(self):
        """With -f too: the cookies of a 404 are kept."""
        peer = self.peer(
            lambda sock: sock.recv(65536)
            and sock.sendall(b"HTTP/1.1 404 No\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n")
        )
        jar = self.path("jar")
        self.assertEqual(self.run_twx("fetch", "-f", "-c", jar, self.url(peer)).status, 22)
        self.assertEqual(self.lines(jar)[0][5:], ["a", "1"])


class Files(CookieCase):
    def fetched(self, *options, answer=("Set-Cookie: a=1",), status=0):
        peer = self.scripted(list(answer))
        result = self.run_twx("fetch", *options, self.url(peer))
        self.assertEqual(result.status, status, result)
        return self.sent(peer)[0], result

    def test_written_and_read_again(self):
        """By two commands; the second adds to what the first wrote."""
        jar = self.path("jar")
        self.fetched("-c", jar, answer=["Set-Cookie: a=1; Max-Age=1000; HttpOnly"])
        self.assertEqual(self.fetched("-b", jar, "-c", jar, answer=["Set-Cookie: b=2"])[0], ["a=1"])
        first, second = self.lines(jar)
        self.assertEqual(first[:4], ["#HttpOnly_127.0.0.1", "FALSE", "/", "FALSE"])
        self.assertAlmostEqual(int(first[4]), time.time() + 1000, delta=200)
        self.assertEqual(second, ["127.0.0.1", "FALSE", "/", "FALSE", "0", "b", "2"])

    def test_at_most_400_days(self):
        """Statement 28: however long the server wants it."""
        jar = self.path("jar")
        self.fetched("-c", jar, answer=["Set-Cookie: a=1; Max-Age=99999999999"])
        self.assertAlmostEqual(int(self.lines(jar)[0][4]), time.time() + 400 * 86400, delta=200)

    def test_session_cookies_are_junked(self):
        """-j: those of the file, not those of this session."""
        until = int(time.time()) + 1000
        lines = [f"127.0.0.1\tFALSE\t/\tFALSE\t{until}\tlong\t1"]
        lines += ["127.0.0.1\tFALSE\t/\tFALSE\t0\tshort\t1"]
        jar = self.jar(*lines)
        self.assertEqual(self.fetched("-b", jar)[0], ["long=1; short=1"])
        self.assertEqual(self.fetched("-j", "-b", jar, "-c", jar)[0], ["long=1"])
        self.assertEqual([line[5] for line in self.lines(jar)], ["long", "a"])

    def test_only_the_user_can_read_a_new_one(self):
        """Statement 29: whatever the umask allows."""
        jar = self.path("jar")
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        self.fetched("-c", jar)
        self.assertEqual(stat.S_IMODE(os.stat(jar).st_mode), 0o600)
        self.assertEqual(os.listdir(self.folder), ["jar"])

    def test_an_old_one_keeps_its_mode(self):
        """Statement 29, CVE-2022-32207: neither wider nor narrower; a link stays a link."""
        jar = self.jar()
        link = self.path("link")
        os.symlink(jar, link)
        for mode in (0o640, 0o400, 0o666):
            os.chmod(jar, mode)
            self.fetched("-c", link)
            self.assertEqual(stat.S_IMODE(os.stat(jar).st_mode), mode)
        self.assertTrue(os.path.islink(link))
        self.assertEqual(self.lines(jar)[0][5:], ["a", "1"])

    def test_a_failure_leaves_the_old_one(self):
        """Statement 29, CVE-2023-46219: no empty jar, no remains; the failure is told."""
        line = "127.0.0.1\tFALSE\t/\tFALSE\t0\told\t1"
        jar = self.jar(line)
        limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh", os.environ["TWX"]]
        peer = self.scripted(["Set-Cookie: a=1"])
        result = self.run_twx("fetch", "-c", jar, self.url(peer), command=limited)
        self.assertFails(result, 23, f"fetch: {re.escape(jar)}: File too large")
        self.assertEqual(self.lines(jar), [line.split("\t")])
        self.assertEqual(os.listdir(self.folder), ["jar"])

    def test_nowhere_to_write(self):
        """Told, after the fetching."""
        jar = self.path("none/jar")
        _, result = self.fetched("-c", jar, status=23)
        self.assertFails(result, 23, f"fetch: {re.escape(jar)}: No such file or directory")

    def test_standard_output(self):
        """-c - shows the jar behind the body."""
        _, result = self.fetched("-c", "-")
        self.assertTrue(result.out.endswith(b"127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1\n"), result)

    def test_a_device_is_written_to(self):
        """And not replaced."""
        _, result = self.fetched("-c", "/dev/stderr")
        self.assertTrue(result.err.endswith("\ta\t1\n"), result)

    def test_a_file_that_does_not_exist_holds_nothing(self):
        """So that -b and -c may name the same from the beginning; what cannot be read is told."""
        self.assertEqual(self.fetched("-b", self.path("none"))[0], [])
        result = self.run_twx("fetch", "-b", self.folder, "http://127.0.0.1:9/")
        self.assertFails(result, 26, f"fetch: {re.escape(self.folder)}: Is a directory")
