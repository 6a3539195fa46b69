"""twx fetch: bodies of requests: files, pipes, forms, data; and what servers do to them."""

import collections
import re
import socket
import threading

from harness import MIB, SOON, TWX, random_bytes, read_all
from fetching import FetchCase, answer, moved

DONE = answer(b"done")


def unchunked(data):
    body = b""
    while True:
        size, data = data.split(b"\r\n", 1)
        count = int(size, 16)
        if count == 0:
            return body, data
        body, data = body + data[:count], data[count + 2 :]


class UploadCase(FetchCase):
    def read_until(self, sock, ending):
        data = b""
        while not data.endswith(ending):
            piece = sock.recv(MIB)
            self.assertTrue(piece, data[-200:])
            data += piece
        return data

    def read_head(self, sock):
        """A head, without what may follow it."""
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            data += sock.recv(1)
        return data

    def uploading(self, *args, **options):
        """A program, its connection, the head of its request."""
        listener = self.listener()
        program = self.start("fetch", *args, f"http://127.0.0.1:{listener.port}/", **options)
        sock = self.keep(listener.accept())
        sock.settimeout(SOON)
        return program, sock, self.read_head(sock)


class Files(UploadCase):
    def test_one(self):
        data = random_bytes(MIB // 2)
        site = self.site({"/x": DONE})
        self.assertQuiet(self.fetch("-T", self.file("up", data), site.url("/x")), b"done")
        self.assertEqual(site.head()[0], "PUT /x HTTP/1.1")
        self.assertEqual(site.fields()["Content-Length"], str(len(data)))
        self.assertNotIn("Content-Type", site.fields())
        self.assertSame(site.body(), data)

    def test_its_name_is_added_to_a_directory(self):
        file = self.file("a b%é.txt", b"x")
        for target, wanted in (
            ("/d/", "/d/a%20b%25%C3%A9.txt"),
            ("", "/a%20b%25%C3%A9.txt"),
            ("/d/?q/", "/d/a%20b%25%C3%A9.txt?q/"),
            ("/d", "/d"),
        ):
            with self.subTest(target):
                site = self.site({wanted: DONE})
                self.assertQuiet(self.fetch("-T", file, site.url(target)), b"done")
                self.assertEqual(site.head()[0], f"PUT {wanted} HTTP/1.1")

    def test_one_for_each_url(self):
        one, two = self.file("one", b"1"), self.file("two", b"2")
        site = self.site({"/one": DONE, "/two": DONE, "/x": DONE})
        urls = (site.url("/"), site.url("/"), site.url("/x"))
        self.assertQuiet(self.fetch("-T", one, "-T", two, *urls), b"donedonedone")
        heads = [site.head(i)[0].split(" HTTP")[0] for i in range(3)]
        self.assertEqual(heads, ["PUT /one", "PUT /two", "GET /x"])
        self.assertEqual([site.body(i) for i in range(3)], [b"1", b"2", b""])
        self.assertEqual(self.fetch("-T", one, "-T", two, site.url()).status, 2)

    def test_the_rest_of_one(self):
        site = self.site({"/x": DONE})
        options = ("-C", "4", "-T", self.file("up", b"0123456"))
        self.assertQuiet(self.fetch(*options, site.url("/x")), b"done")
        self.assertEqual(site.fields()["Content-Range"], "bytes 4-6/7")
        self.assertEqual(site.body(), b"456")

    def test_one_that_cannot_be_read(self):
        site = self.site({"/": DONE})
        for options in (("-T", "/nonexistent"), ("-F", "a=@/nonexistent"), ("-T", self.folder)):
            with self.subTest(options):
                result = self.fetch(*options, site.url("/x"))
                self.assertEqual((result.status, len(result.err.splitlines())), (26, 1), result)
        self.assertEqual(site.requests, [])

    def test_what_a_pipe_brings(self):
        """In chunks, since nobody knows how much it will be; as it comes."""
        program, sock, head = self.uploading("-T", "-", "--expect100-timeout", "10ms")
        self.assertIn(b"PUT / HTTP/1.1\r\n", head)
        self.assertIn(b"Transfer-Encoding: chunked\r\n", head)
        program.send(b"first")
        self.assertEqual(self.read_until(sock, b"first\r\n"), b"5\r\nfirst\r\n")
        data = random_bytes(5 * MIB)
        self.send_to(program, data)
        body, end = unchunked(self.read_until(sock, b"\r\n0\r\n\r\n"))
        self.assertSame(body, data)
        self.assertEqual(end, b"\r\n")
        sock.sendall(DONE)
        self.assertEqual((program.wait(), bytes(program.out)), (0, b"done"))

    def send_to(self, program, data):
        def send():
            program.send(data)
            program.end_input()

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        self.addCleanup(thread.join)

    def test_a_file_as_standard_input(self):
        """Its length is known."""
        site = self.site({"/": DONE})
        with open(self.file("up", b"hello"), "rb") as file:
            self.assertQuiet(self.fetch("-T", "-", site.url("/"), stdin=file), b"done")
        self.assertEqual((site.body(), site.fields()["Content-Length"]), (b"hello", "5"))


class Leave(UploadCase):
    """Expect: 100-continue (RFC 9110, 10.1.1)."""

    def large(self):
        data = random_bytes(2 * MIB)
        return data, self.file("up", data)

    def test_is_waited_for(self):
        data, file = self.large()
        program, sock, head = self.uploading("-T", file, "--expect100-timeout", "100")
        self.assertIn(b"Expect: 100-continue\r\n", head)
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.assertSame(self.read_until(sock, data[-9:]), data)
        sock.sendall(DONE)
        self.assertEqual((program.wait(), bytes(program.out)), (0, b"done"))

    def test_is_not_waited_for_for_ever(self):
        data, file = self.large()
        program, sock, _ = self.uploading("-T", file, "--expect100-timeout", "10ms")
        self.assertSame(self.read_until(sock, data[-9:]), data)
        sock.sendall(DONE)
        self.assertEqual(program.wait(), 0)

    def test_is_not_asked_for_where_the_user_does_not_want_it(self):
        data, file = self.large()
        program, sock, head = self.uploading("-T", file, "-H", "Expect:")
        self.assertNotIn(b"Expect", head)
        self.assertSame(self.read_until(sock, data[-9:]), data)
        sock.sendall(DONE)
        self.assertEqual(program.wait(), 0)

    def test_a_server_that_does_not_know_it(self):
        """417: the request comes again without."""
        data, file = self.large()
        for kept in (True, False):
            with self.subTest(kept):
                listener = self.listener()
                url = f"http://127.0.0.1:{listener.port}/"
                program = self.start("fetch", "-T", file, "--expect100-timeout", "100", url)
                sock = self.keep(listener.accept())
                sock.settimeout(SOON)
                self.assertIn(b"Expect: ", self.read_head(sock))
                sock.sendall(answer(b"what?", "417 Expectation Failed"))
                if not kept:
                    sock.close()
                sock = self.keep(listener.accept())
                sock.settimeout(SOON)
                self.assertNotIn(b"Expect: ", self.read_head(sock))
                self.assertSame(self.read_until(sock, data[-9:]), data)
                sock.sendall(DONE)
                self.assertEqual((program.wait(), bytes(program.out)), (0, b"done"))

    def test_is_not_given(self):
        """Nothing of the body is sent; the answer is shown."""
        _, file = self.large()
        program, sock, _ = self.uploading("-T", file, "--expect100-timeout", "100")
        sock.sendall(answer(b"too large", "413 Too Large"))
        self.assertEqual(read_all(sock), b"")
        self.assertEqual((program.wait(), bytes(program.out)), (0, b"too large"))


class Interrupted(UploadCase):
    def test_an_answer_in_the_middle_of_the_body(self):
        """It is shown; the rest of the body is not sent."""
        data = random_bytes(64 * MIB)
        file = self.file("up", data)
        program, sock, _ = self.uploading("-T", file, "-H", "Expect:")
        sock.recv(1)
        sock.sendall(answer(b"too large", "413 Too Large"))
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual((program.wait(), bytes(program.out)), (0, b"too large"))

    def test_a_pipe_that_never_ends(self):
        program, sock, _ = self.uploading("-T", "-", "-H", "Expect:")
        program.send(b"x")
        sock.recv(1)
        sock.sendall(answer(b"enough", "413 Too Large"))
        self.assertEqual((program.wait(), bytes(program.out)), (0, b"enough"))

    def test_a_redirect_takes_the_body_along(self):
        data = random_bytes(300_000)
        file = self.file("up", data)
        for status in ("307 T", "308 P"):
            for options in (("-T", file), ("--data-binary", f"@{file}"), ("-F", f"a=@{file}")):
                with self.subTest((status, options[0])):
                    site = self.site({"/a": moved("/b", status), "/b": DONE})
                    self.assertQuiet(self.fetch("-L", *options, site.url("/a")), b"done")
                    self.assertSame(site.body(1), site.body(0))
                    self.assertIn(data, site.body(1))
                    self.assertEqual(site.head(1)[0].split()[0], site.head(0)[0].split()[0])

    def test_what_cannot_be_sent_twice(self):
        """CVE-2022-32221: a pipe is empty by then."""
        listener = self.listener()
        url = f"http://127.0.0.1:{listener.port}/"
        program = self.start("fetch", "-L", "-T", "-", "-H", "Expect:", url)
        sock = self.keep(listener.accept())
        sock.settimeout(SOON)
        program.send(b"hello")
        program.end_input()
        self.read_until(sock, b"0\r\n\r\n")
        sock.sendall(moved("/b", "307 Elsewhere"))
        self.assertEqual(program.wait(), 65)

    def test_a_body_that_was_dropped_takes_its_fields_along(self):
        site = self.site({"/a": moved("/b", "303 See"), "/b": DONE})
        for options in (("-T", self.file("up", b"x")), ("-F", "a=b"), ("-d", "x")):
            self.assertQuiet(self.fetch("-L", *options, site.url("/a")), b"done")
            self.assertEqual(site.head()[0], "GET /b HTTP/1.1")
            self.assertEqual(set(site.fields()), {"Host", "User-Agent", "Accept"})


class Forms(UploadCase):
    def parts(self, *options, **more):
        site = self.site({"/": DONE})
        self.assertQuiet(self.fetch(*options, site.url(), **more), b"done")
        self.assertEqual(site.head()[0], "POST / HTTP/1.1")
        kind = site.fields()["Content-Type"]
        boundary = re.fullmatch("multipart/form-data; boundary=(-{24}[0-9A-Za-z]{16,})", kind)[1]
        begin, *parts, end = (b"\r\n" + site.body()).split(b"\r\n--" + boundary.encode())
        self.assertEqual((begin, end), (b"", b"--\r\n"))
        return [part[2:] for part in parts]

    def test_fields(self):
        head = b'Content-Disposition: form-data; name="%b"\r\n'
        self.assertEqual(
            self.parts("-F", "a=b=c", "-F", "d=x;type=text/html", "--form-string", "e=@f;type=g"),
            [
                head % b"a" + b"\r\nb=c",
                head % b"d" + b"Content-Type: text/html\r\n\r\nx",
                head % b"e" + b"\r\n@f;type=g",
            ],
        )

    def test_files(self):
        data = b"one\r\ntwo\0"
        file = self.file("f.txt", data)
        head = b'Content-Disposition: form-data; name="a"; filename="%b"\r\nContent-Type: %b\r\n\r\n'
        for option, wanted in (
            (f"a=@{file}", head % (b"f.txt", b"text/plain")),
            (f"a=@{file};type=x/y;filename=n.png", head % (b"n.png", b"x/y")),
            (f"a=@{file};filename=n.png", head % (b"n.png", b"image/png")),
            (f'a=@"{file}";filename="q\\".x"', head % (b"q%22.x", b"text/plain")),
            (f"a=<{file}", b'Content-Disposition: form-data; name="a"\r\n\r\n'),
        ):
            with self.subTest(option):
                self.assertEqual(self.parts("-F", option), [wanted + data])

    def test_the_bytes_of_curl(self):
        """But for what is random in a boundary."""
        file = self.file("f.txt", b"caf\xc3\xa9 = \r\n" + b"y" * 100)
        fields = self.file("fields", b"# of\nX-1: a\n b  \n")
        options = [
            "-F", "n=(;type=multipart/alternative", "-F", "=plain", "-F", f"x=@{file}", "-F", "=)",
            "-F", f"q=@{file};encoder=quoted-printable", "-F", f"b=<{file};encoder=base64",
            "-F", f'h=v;headers=@{fields};headers="Content-Type: x/y";encoder=8bit', "-F", "o=(",
            "-F", "=m",
        ]  # fmt: skip
        bodies = []
        for command in ((TWX, "fetch"), ("curl", "-s")):
            listener = self.listener()
            url = f"http://127.0.0.1:{listener.port}/"
            program = self.start("--expect100-timeout", "0.01", *options, url, command=command)
            sock = self.keep(listener.accept())
            sock.settimeout(SOON)
            self.assertIn(b"\r\nTransfer-Encoding: chunked\r\n", self.read_head(sock))
            body, _ = unchunked(self.read_until(sock, b"\r\n0\r\n\r\n"))
            sock.sendall(DONE)
            self.assertEqual((program.wait(), bytes(program.out)), (0, b"done"))
            bodies.append(re.sub(rb"-{24}[0-9a-z]+", b"BOUNDARY", body))
        self.assertSame(*bodies)

    def test_standard_input(self):
        head = b'Content-Disposition: form-data; name="a"'
        self.assertEqual(
            self.parts("-F", "a=@-;filename=x.txt", input=b"hello"),
            [head + b'; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nhello'],
        )
        self.assertEqual(self.parts("-F", "a=<-", input=b"hello"), [head + b"\r\n\r\nhello"])

    def test_large_files(self):
        """As long as was said, to the byte."""
        data = random_bytes(3 * MIB)
        file = self.file("f", data)
        options = ("--expect100-timeout", "10ms", "-F", f"a=@{file}", "-F", f"b=@{file}")
        one, two = self.parts(*options)
        self.assertSame(one.split(b"\r\n\r\n", 1)[1], data)
        self.assertSame(two.split(b"\r\n\r\n", 1)[1], data)

    def test_what_is_no_form(self):
        for options in (
            ("-F", "a"),
            ("-F", "a=b", "-d", "c"),
            ("-F", "a=b", "-T", "c"),
            ("-F", "a=b;type=c"),
            ("-F", "a=b;encoder=c"),
            ("-F", "a=(", "-F", "=)", "-F", "=)"),
        ):
            self.assertEqual(self.fetch(*options, "http://127.0.0.1:1/").status, 2)


class Data(UploadCase):
    def sent(self, *options, target="/", **more):
        """Target and body."""
        site = self.site(collections.defaultdict(lambda: DONE))
        self.assertQuiet(self.fetch(*options, site.url(target), **more), b"done")
        return site.head()[0].split()[1], site.body()

    def test_encoded(self):
        file = self.file("data", b"x y\n&")
        for option, wanted in (
            ("a b&", b"a+b%26"),
            ("=a=b", b"a%3Db"),
            ("n=a b/é~", b"n=a+b%2F%C3%A9~"),
            (f"@{file}", b"x+y%0A%26"),
            (f"n@{file}", b"n=x+y%0A%26"),
        ):
            with self.subTest(option):
                self.assertEqual(self.sent("--data-urlencode", option), ("/", wanted))
        self.assertEqual(self.sent("-d", "a=1", "--data-urlencode", "b= "), ("/", b"a=1&b=+"))
        self.assertEqual(self.sent("--data-urlencode", "a@-", input=b"&"), ("/", b"a=%26"))

    def test_in_the_query(self):
        for options, target, wanted in (
            (("-G", "-d", "a=1", "-d", "b=2"), "/", "/?a=1&b=2"),
            (("-G", "-d", "a=1"), "/?x#y", "/?x&a=1"),
            (("-G", "-d", "a"), "/?", "/?a"),
            (("-G", "--data-urlencode", "a=b c"), "/", "/?a=b+c"),
            (("--url-query", "a=b c", "--url-query", "+d=%20"), "/?x", "/?x&a=b+c&d=%20"),
        ):
            with self.subTest(options):
                self.assertEqual(self.sent(*options, target=target), (wanted, b""))
        self.assertEqual(self.sent("--url-query", "a=1", "-d", "b=2"), ("/?a=1", b"b=2"))

    def test_json_in_pieces(self):
        """Nothing comes between them."""
        file = self.file("j", b'"a":\n')
        options = ("--json", "{", "--json", f"@{file}", "--json", "1}")
        self.assertEqual(self.sent(*options), ("/", b'{"a":\n1}'))

    def test_a_missing_file(self):
        for option, value in (
            ("-d", "@/nonexistent"),
            ("--json", "@/nonexistent"),
            ("--data-urlencode", "a@/nonexistent"),
            ("--url-query", "@/nonexistent"),
            ("-H", "@/nonexistent"),
            ("-w", "@/nonexistent"),
            ("-F", "a=b;headers=@/nonexistent"),
        ):
            with self.subTest(option):
                result = self.fetch(option, value, "http://127.0.0.1:1/")
                self.assertFails(result, 26, "fetch: /nonexistent: No such file or directory")
