"""What twx fetch tells beside the body: -w, --report, -v, traces, progress, --dry-run."""

import contextlib
import json
import os
import re
import signal
import ssl
import subprocess
import threading

import certificates
from fetching import FetchCase, Site, answer, moved
from harness import SOON, read_some


class SecureSite(Site):
    """The same over TLS."""

    def url(self, target="/"):
        return f"https://127.0.0.1:{self.port}{target}"

    def _talk(self, sock):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.good().cert, certificates.good().key)
        with sock, contextlib.suppress(ssl.SSLError):  # a client that does not trust us
            super()._talk(context.wrap_socket(sock, server_side=True))


class WriteOut(FetchCase):
    def written(self, form, *args, **options):
        result = self.fetch("-w", form, *args, **options)
        self.assertQuiet(result)
        return result.out.decode()

    def test_what_is_known_of_an_answer(self):
        page = answer(b"hello", "201 Made", "Content-Type: text/x", "X-A: b c")
        site = self.site({"/a": moved("/b"), "/b": page})
        for form, text in (
            ("|%{http_code} %{response_code}", "|201 201"),
            ("|%{url}|%{url_effective}", f"|{site.url('/a')}|{site.url('/b')}"),
            ("|%{num_redirects} %{method} %{scheme}", "|1 GET HTTP"),
            ("|%{size_download} %{content_type}", "|5 text/x"),
            ("|%{remote_ip} %{remote_port}", f"|127.0.0.1 {site.port}"),
            ("|%header{x-a}|%{exitcode}|%{errormsg}", "|b c|0|"),
            (r"|%{http_version}\n%%\t\x", "|1.1\n%\t\\x"),
            ("|%{num_connects} %{urlnum} %{num_headers}", "|2 0 3"),
        ):
            with self.subTest(form):
                self.assertEqual(self.written(form, "-L", site.url("/a")), "hello" + text)

    def test_where_a_redirect_would_lead(self):
        site = self.site({"/a": moved("/b?c")})
        self.assertEqual(self.written("|%{redirect_url}", site.url("/a")), "moved|" + site.url("/b?c"))

    def test_times_are_in_their_order(self):
        site = self.site({"/": answer(b"x")})
        names = ("namelookup", "connect", "pretransfer", "starttransfer", "total")
        text = self.written(" ".join(f"%{{time_{name}}}" for name in names), "-o", "/dev/null", site.url())
        self.assertRegex(text, r"\A\d+\.\d{6}( \d+\.\d{6}){4}\Z")
        times = [float(time) for time in text.split()]
        self.assertEqual(times, sorted(times))
        self.assertGreater(times[-1], 0)

    def test_sizes_are_those_on_the_wire(self):
        page = answer(b"hello")
        site = self.site({"/": page})
        text = self.written("%{size_header} %{size_request} %{size_upload}", "-o", "/dev/null", "-d", "abc", site.url())
        request = site.requests[-1]
        self.assertEqual(text, f"{len(page) - 5} {len(request) - 3} 3")

    def test_after_each_of_several_urls(self):
        site = self.site({"/a": answer(b"a"), "/b": answer(b"b")})
        urls = (site.url("/a"), site.url("/b"))
        self.assertEqual(self.written(r"[%{urlnum}]\n", *urls), "a[0]\nb[1]\n")

    def test_a_file_says_how(self):
        """Line ends in it count for nothing."""
        site = self.site({"/": answer(b"a")})
        file = self.file("form", b"%{http_code}\n|%{method}\\n\n")
        self.assertEqual(self.written("@" + file, site.url()), "a200|GET\n")
        self.assertEqual(self.written("@-", site.url(), input=b"%{http_code}"), "a200")
        self.assertNotEqual(self.fetch("-w", "@/nonexistent", site.url()).status, 0)

    def test_json(self):
        site = self.site({"/": answer(b"a", "200 OK", "X-A: 1", "x-a: 2")})
        told = json.loads(self.written("%{json}", "-o", "/dev/null", site.url()))
        self.assertEqual((told["http_code"], told["url_effective"]), (200, site.url()))
        self.assertEqual((told["size_download"], told["errormsg"]), (1, None))
        fields = json.loads(self.written("%{header_json}", "-o", "/dev/null", site.url()))
        self.assertEqual(fields, {"x-a": ["1", "2"], "content-length": ["1"]})

    def test_json_has_the_keys_of_curl(self):
        site = self.site({"/": answer(b"a")})
        command = ["curl", "-sqo", "/dev/null", "-w", "%{json}", site.url()]
        theirs = json.loads(subprocess.run(command, capture_output=True, timeout=SOON, check=True).stdout)
        ours = json.loads(self.written("%{json}", "-o", "/dev/null", site.url()))
        self.assertEqual(set(theirs) - set(ours), set())
        for name in ("http_code", "method", "num_connects", "size_download", "size_header", "scheme"):
            self.assertEqual(ours[name], theirs[name], name)

    def test_to_standard_error_and_back(self):
        site = self.site({"/": answer(b"a")})
        result = self.fetch("-w", r"1%{stderr}2\n%{stdout}3", site.url())
        self.assertEqual((result.status, result.out, result.err), (0, b"a13", "2\n"))

    def test_only_after_a_failure(self):
        site = self.site({"/": answer(b"a"), "/no": answer(b"n", "404 No")})
        self.assertEqual(self.written("x%{onerror}y", site.url()), "ax")
        result = self.fetch("-sf", "-w", "x%{onerror}y%{exitcode} %{http_code}", site.url("/no"))
        self.assertEqual((result.status, result.out), (22, b"xy22 404"))
        result = self.fetch("-s", "-w", "%{http_code} %{errormsg}", f"127.0.0.1:{self.unused_port()}")
        self.assertEqual((result.status, result.out), (7, b"000 Connection refused"))

    def test_a_name_that_is_none(self):
        """A word of warning, and the rest all the same."""
        site = self.site({"/": answer(b"a")})
        result = self.fetch("-w", "%{htp_code}|%{http_code}", site.url())
        self.assertEqual((result.status, result.out), (0, b"a|200"))
        self.assertIn("htp_code", result.err)


class Reports(FetchCase):
    def reports(self, *args, status=0, body=b""):
        """stdout is the body and then lines of JSON."""
        result = self.fetch("--report", "json", *args)
        self.assertEqual(result.status, status, result)
        self.assertTrue(result.out.startswith(body), result)
        return [json.loads(line) for line in result.out[len(body) :].decode().splitlines()]

    def test_a_chain(self):
        site = self.site({"/a": moved("/b", "303 See"), "/b": answer(b"hello\n", "200 Fine", "X-A: b", "x-a: c")})
        (told,) = self.reports("-L", "-d", "x", site.url("/a"), body=b"hello\n")
        self.assertEqual((told["url"], told["final_url"]), (site.url("/a"), site.url("/b")))
        self.assertEqual(
            told["chain"],
            [
                {"url": site.url("/a"), "method": "POST", "status": 303},
                {"url": site.url("/b"), "method": "GET", "status": 200},
            ],
        )
        self.assertEqual((told["status"], told["reason"], told["method"]), (200, "Fine", "GET"))
        self.assertEqual(told["headers"][:2], [["X-A", "b"], ["x-a", "c"]])
        self.assertEqual((told["sizes"]["body"], told["sizes"]["length"]), (6, 6))
        self.assertEqual((told["tls"], told["error"], told["number"]), (None, None, 0))
        self.assertIn(str(site.port), told["peer"])
        self.assertGreater(told["timings"]["total"], 0)

    def test_one_line_for_each_url(self):
        site = self.site({"/a": answer(b""), "/b": answer(b"", "404 No")})
        bad = f"http://127.0.0.1:{self.unused_port()}/"
        told = self.reports("-s", site.url("/a"), bad, site.url("/b"), status=7)
        self.assertEqual([one["number"] for one in told], [0, 1, 2])
        self.assertEqual([one["status"] for one in told], [200, None, 404])
        self.assertEqual([one["error"] for one in told], [None, {"status": 7, "text": "Connection refused"}, None])

    def test_tls(self):
        site = SecureSite(self, {"/": answer(b"")})
        (told,) = self.reports("--cacert", certificates.ca().cert, site.url())
        self.assertEqual((told["tls"]["version"], told["error"]), ("TLSv1.3", None))
        self.assertEqual(told["tls"]["pin"].replace(":", "").lower().removeprefix("sha256"), certificates.good().pin)
        self.assertLessEqual(told["timings"]["connected"], told["timings"]["secured"])
        (told,) = self.reports("-s", site.url(), status=60)
        self.assertEqual(told["error"]["status"], 60)

    def test_no_login_in_it(self):
        site = self.site({"/": answer(b"")})
        (told,) = self.reports(site.url().replace("//", "//me:secret@"))
        self.assertNotIn("secret", json.dumps(told))

    def test_what_was_written(self):
        site = self.site({"/": answer(b"hello")})
        file = self.path("out")
        (told,) = self.reports("-o", file, site.url())
        self.assertEqual(told["file"], file)


class Traces(FetchCase):
    SECRET = ("-u", "me:secret", "-b", "a=secret", "-H", "X-Api-Key: secret")

    def setUp(self):
        super().setUp()
        self.at = self.site({"/": answer(b"hello\0\n", "200 OK", "Set-Cookie: a=secret", "X: y")})

    def test_lines(self):
        """What is sent, what comes, what happens."""
        result = self.fetch("-v", self.at.url())
        self.assertEqual((result.status, result.out), (0, b"hello\0\n"))
        lines = [line.removeprefix("twx: ") for line in result.err.splitlines()]
        self.assertIn("> GET / HTTP/1.1", lines)
        self.assertIn(f"> Host: 127.0.0.1:{self.at.port}", lines)
        self.assertIn("< HTTP/1.1 200 OK", lines)
        self.assertIn("< X: y", lines)
        self.assertTrue(any(line.startswith("* ") and str(self.at.port) in line for line in lines), lines)
        self.assertFalse(any("hello" in line for line in lines), lines)

    def test_secrets_are_not_shown(self):
        self.assertNotIn("secret", self.fetch("-v", *self.SECRET, self.at.url()).err)
        self.assertIn("> Authorization: [redacted]", self.fetch("-v", *self.SECRET, self.at.url()).err)
        shown = self.fetch("-v", "--show-secrets", *self.SECRET, self.at.url()).err
        for field in ("> Authorization: Basic", "> Cookie: a=secret", "> X-Api-Key: secret", "< Set-Cookie: a=secret"):
            self.assertIn(field, shown)

    def test_a_url_with_a_login(self):
        url = self.at.url().replace("//", "//me:secret@")
        self.assertNotIn("secret", self.fetch("-v", url).err)

    def test_ascii(self):
        """As curl writes it: heads line by line, bodies with their offsets."""
        file = self.path("trace")
        self.assertQuiet(self.fetch("--trace-ascii", file, "-d", "a=b", self.at.url()), b"hello\0\n")
        with open(file, encoding="ascii") as trace:
            text = trace.read()
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)
        self.assertIn("=> Send header", text)
        self.assertIn("0000: POST / HTTP/1.1\n", text)
        self.assertIn("=> Send data, 3 bytes (0x3)\n0000: a=b\n", text)
        self.assertIn("<= Recv header, 17 bytes (0x11)\n0000: HTTP/1.1 200 OK\n", text)
        self.assertIn("<= Recv data, 7 bytes (0x7)\n0000: hello..\n", text)
        self.assertIn("== Info: ", text)
        self.assertNotIn("secret", text)

    def test_hex(self):
        file = self.path("trace")
        self.assertQuiet(self.fetch("--trace", file, self.at.url()))
        with open(file, encoding="ascii") as trace:
            self.assertRegex(trace.read(), r"<= Recv data, 7 bytes \(0x7\)\n0000: 68 65 6c 6c 6f 00 0a +hello\.\.\n")

    def test_to_standard_output_and_error(self):
        result = self.fetch("--trace-ascii", "-", "-o", "/dev/null", self.at.url())
        self.assertEqual((result.status, result.err), (0, ""))
        self.assertIn(b"0000: GET / HTTP/1.1\n", result.out)
        result = self.fetch("--trace-ascii", "%", self.at.url())
        self.assertEqual((result.status, result.out), (0, b"hello\0\n"))
        self.assertIn("0000: GET / HTTP/1.1\n", result.err)

    def test_time(self):
        result = self.fetch("--trace-ascii", "%", "--trace-time", self.at.url())
        self.assertRegex(result.err, r"(?m)^\d\d:\d\d:\d\d\.\d{6} => Send header")
        result = self.fetch("-v", "--trace-time", self.at.url())
        self.assertRegex(result.err, r"\d\d:\d\d:\d\d\.\d{6} > GET / ")

    def test_secrets_in_traces(self):
        for options, shown in (((), False), (("--show-secrets",), True)):
            with self.subTest(options):
                result = self.fetch("--trace-ascii", "%", *self.SECRET, *options, self.at.url())
                self.assertEqual("X-Api-Key: secret" in result.err, shown)

    def test_a_file_that_cannot_be_written(self):
        self.assertFails(
            self.fetch("--trace", "/nonexistent/x", self.at.url()), 23, ".*/nonexistent/x: No such file or directory"
        )

    def test_dropped_fields_are_told(self):
        elsewhere = self.site({"/": answer()})
        site = self.site({"/": moved(elsewhere.url())})
        result = self.fetch("-vL", *self.SECRET, site.url())
        self.assertIn("* not sent to another origin: X-Api-Key\n", result.err)


def screen(data):
    """The lines that a terminal shows after these bytes, without their colours."""
    lines, row, column = [""], 0, 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", data.decode())
    for piece in re.findall(r"\x1b\[[A-Z]|\r|\n|[^\x1b\r\n]+", text):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            row, column = row + 1, 0
        elif piece == "\x1b[A":
            row -= 1
        elif piece == "\x1b[K":
            lines[row] = lines[row][:column]
        elif piece == "\x1b[J":
            lines[row:] = [lines[row][:column]]
        else:
            lines[row] = lines[row][:column].ljust(column) + piece + lines[row][column + len(piece) :]
            column += len(piece)
        lines.extend([""] * (row + 1 - len(lines)))
    return [line.rstrip() for line in lines if line.strip()]


class Progress(FetchCase):
    def setUp(self):
        super().setUp()
        self.ours, self.theirs = self.terminal()
        self.seen = b""
        self.out = self.path("out")

    def begin(self, *args, **environment):
        surrounding = {name: value for name, value in os.environ.items() if name != "CI"}
        surrounding.update({"TERM": "xterm", **environment})
        return self.start("fetch", *args, stderr=self.theirs, env=surrounding)

    def wait_shown(self, pattern):
        while not any(re.search(pattern, line) for line in screen(self.seen)):
            self.seen += read_some(self.ours)

    def shown(self, program, status=0):
        """All that it has shown."""
        self.assertEqual(program.wait(), status)
        os.close(self.theirs)
        try:
            while piece := read_some(self.ours):
                self.seen += piece
        except OSError:
            pass  # the end of a terminal
        return screen(self.seen)

    def test_a_line_that_moves(self):
        listener = self.listener()
        url = f"http://127.0.0.1:{listener.port}/x"
        program = self.begin("-o", self.out, url)
        sock = listener.accept()
        sock.sendall(answer(b"x" * 1000)[:-500])
        self.wait_shown(r"50%")
        sock.sendall(b"x" * 500)
        (line,) = self.shown(program)
        self.assertRegex(line, rf"\A{re.escape(url)} .*100%")

    def test_only_on_a_terminal(self):
        site = self.site({"/": answer(b"x")})
        environment = {**os.environ, "TERM": "xterm"}
        self.assertQuiet(self.fetch("-o", self.out, site.url(), env=environment), b"")

    def test_not_where_nobody_wants_it(self):
        site = self.site({"/": answer(b"x")})
        for options, environment in (
            (("-s",), {}),
            (("--no-progress-meter",), {}),
            ((), {"TERM": "dumb"}),
            ((), {"CI": "1"}),
        ):
            with self.subTest((options, environment)):
                program = self.begin(*options, "-o", self.out, site.url(), **environment)
                self.assertEqual(program.wait(), 0)
                os.write(self.theirs, b"end")
                self.assertEqual(read_some(self.ours), b"end")

    def test_errors_have_lines_of_their_own(self):
        """While another transfer's line is there: it comes back below."""
        listener = self.listener()
        bad = f"http://127.0.0.1:{self.unused_port()}/"
        gone = f"http://127.0.0.1:{self.unused_port()}/"
        good = f"http://127.0.0.1:{listener.port}/"
        outputs = ("-o", self.out, "-o", self.out + "2", "-o", self.out + "3")
        program = self.begin(*outputs, bad, good, gone)
        sock = listener.accept()
        sock.sendall(answer(b"x" * 1000)[:-500])
        self.wait_shown(r"50%")
        self.assertIn(f"twx: fetch {bad}: Connection refused", screen(self.seen))
        sock.sendall(b"x" * 500)
        lines = self.shown(program, 7)
        self.assertEqual(len(lines), 5, lines)
        for url in (bad, gone):
            self.assertIn(f"twx: fetch {url}: Connection refused", lines)
        self.assertEqual([bool(re.search("fail$", line)) for line in lines if not line.startswith("twx:")],
                         [True, False, True], lines)

    def test_what_write_out_says_there(self):
        """On a line of its own too."""
        listener = self.listener()
        site = self.site({"/": answer(b"x")})
        url = f"http://127.0.0.1:{listener.port}/"
        two = ("-o", self.out, "-o", self.path("two"))
        program = self.begin("-Z", *two, "-w", r"%{stderr}done %{http_code}\n", url, site.url())
        sock = listener.accept()
        sock.sendall(answer(b"x" * 1000)[:-500])
        self.wait_shown(r"50%")
        sock.sendall(b"x" * 500)
        lines = self.shown(program)
        self.assertEqual(lines.count("done 200"), 2, lines)
        self.assertEqual(len(lines), 4, lines)


    def test_a_signal_is_no_error(self):
        listener = self.listener()
        program = self.begin("-o", self.out, f"http://127.0.0.1:{listener.port}/")
        listener.accept().sendall(answer(b"x" * 1000)[:-500])
        self.wait_shown(r"50%")
        program.signal(signal.SIGTERM)
        (line,) = self.shown(program, -signal.SIGTERM)
        self.assertRegex(line, "50%.* fail$")


class Silence(FetchCase):
    def test_nothing_and_errors_only(self):
        site = self.site({"/": answer(b"x")})
        bad = f"http://127.0.0.1:{self.unused_port()}/"
        result = self.fetch("-s", bad, site.url())
        self.assertEqual((result.status, result.out, result.err), (7, b"x", ""))
        result = self.fetch("-sS", bad, site.url())
        self.assertEqual((result.status, result.out, result.err), (7, b"x", f"twx: fetch {bad}: Connection refused\n"))

    def test_what_is_asked_for_is_said_all_the_same(self):
        site = self.site({"/": answer(b"x")})
        self.assertIn("> GET / HTTP/1.1", self.fetch("-sv", site.url()).err)


class DryRuns(FetchCase):
    """What is shown is what is sent."""

    def serve(self, tunnel, reply):
        listener = self.listener()
        got = bytearray()

        def read_message(sock):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += sock.recv(1)
            got.extend(head)
            if b"Expect:" in head:
                sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = b""
            length = re.search(rb"Content-Length: (\d+)", head)
            while len(body) < int(length[1] if length else 0):
                body += sock.recv(65536)
            if b"Transfer-Encoding: chunked" in head:
                while not body.endswith(b"0\r\n\r\n"):
                    body += sock.recv(65536)
            got.extend(body)

        def talk():
            sock = listener.accept()
            if tunnel:
                read_message(sock)
                sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            read_message(sock)
            sock.sendall(reply)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        self.addCleanup(thread.join, SOON)
        return listener.port, got, thread

    @staticmethod
    def masked(data):
        boundary = re.search(rb"boundary=(\S+)", data)
        return data.replace(boundary[1], b"BOUNDARY") if boundary else data

    def check(self, *args, input=b"", tunnel=False, reply=answer()):
        port, got, thread = self.serve(tunnel, reply)
        args = [arg.replace("PORT", str(port)) for arg in args]
        shown = self.fetch("--dry-run", *args, input=input)
        self.assertQuiet(shown)
        self.assertEqual(bytes(got), b"", "it was sent")
        self.assertQuiet(self.fetch(*args, input=input))
        thread.join(SOON)
        self.assertEqual(self.masked(shown.out), self.masked(bytes(got)))
        return shown.out

    URL = "http://127.0.0.1:PORT/a?b"

    def test_requests(self):
        file = self.file("data", b"one\r\ntwo\n")
        for args in (
            (self.URL,),
            ("-I", self.URL),
            ("-d", "a=b", "-d", "c", self.URL),
            ("-G", "-d", "a=b", self.URL),
            ("--json", "{}", self.URL),
            ("--data-binary", "@" + file, self.URL),
            ("-T", file, "http://127.0.0.1:PORT/dir/"),
            ("-F", "a=b", "-F", f"file=@{file};type=text/x", self.URL),
            ("-u", "me:secret", "-b", "a=b", "-H", "X-A: b", "-H", "Accept:", "--compressed", self.URL),
            ("-0", "-X", "PURGE", "-r", "1-2", "-e", "http://x/", self.URL),
            ("-z", "Sun, 06 Nov 1994 08:49:37 GMT", self.URL),
            ("--etag-compare", self.file("etag", b'"abc"\n'), self.URL),
        ):
            with self.subTest(args):
                self.check(*args)

    def test_the_rest_of_a_file(self):
        file = self.file("part", b"12345")
        reply = answer(b"6", "206 Part", "Content-Range: bytes 5-5/6")
        for args in (("-C", "5"), ("-C", "-", "-o", file)):
            with self.subTest(args):
                self.assertIn(b"Range: bytes=5-\r\n", self.check(*args, self.URL, reply=reply))

    def test_standard_input(self):
        """In chunks, since nobody knows how long it is."""
        data = b"one\r\ntwo\n"
        self.assertIn(b"\r\n9\r\n" + data, self.check("-T", "-", self.URL, input=data))
        self.check("--data-binary", "@-", self.URL, input=data)
        self.check("-T", "-", self.URL, input=b"")

    def test_proxies(self):
        proxy = "http://u:p@127.0.0.1:PORT"
        self.assertIn(b"GET http://example.test/ HTTP/1.1", self.check("-x", proxy, "http://example.test/"))
        shown = self.check("-x", proxy, "-p", "-d", "a", "http://example.test/", tunnel=True)
        self.assertTrue(shown.startswith(b"CONNECT example.test:80 HTTP/1.1\r\n"), shown)
        self.assertIn(b"POST / HTTP/1.1\r\n", shown)

    def test_several_urls(self):
        args = ("http://a.test/1", "--next", "-d", "x", "http://b.test/2")
        result = self.fetch("--dry-run", *args)
        self.assertQuiet(result)
        self.assertEqual(re.findall(rb"(?m)^(\S+ \S+) HTTP/1.1\r$", result.out), [b"GET /1", b"POST /2"])

    def test_what_could_not_be_sent(self):
        self.assertEqual(self.fetch("--dry-run", "http://a.test/\r\nX: y").status, 3)
        self.assertEqual(self.fetch("--dry-run", "ftp://a.test/").status, 3)
