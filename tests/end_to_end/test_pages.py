"""Sessions in the pages of docs/ happen as shown, and their other examples can be run."""

import concurrent.futures
import re
import shlex
import signal
import unittest

import certificates
import harness
from replay import ROOT, SessionCase, free_port, free_ports
from web_servers import Nginx, make_root


@unittest.skipUnless(harness.has_ipv6(), "the sessions show servers on IPv6")
class Tutorial(SessionCase):
    def test_each_session_happens_as_shown(self):
        self.replay_all("docs/tutorial.md", at_least=6)


@unittest.skipUnless(harness.has_ipv6(), "the sessions show servers on IPv6")
class Servers(SessionCase):
    def test_each_session_happens_as_shown(self):
        self.replay_all("docs/servers.md", at_least=6)


@unittest.skipUnless(harness.has_ipv6(), "the sessions show servers on IPv6")
class Cookbook(SessionCase):
    def test_each_session_happens_as_shown(self):
        """There is a web server on port 8080, as the page says."""
        disk = harness.random_bytes(100_000)
        make_root(self, {"hello": b"hello\n", "page": b"a page\n", "disk.img": disk})
        self.file("disk.img", disk)
        ports = {**free_ports(), "8080": str(Nginx(self).port)}
        self.replay_all("docs/cookbook.md", ports, at_least=15)


class Examples(harness.Case):
    """What stands in blocks of sh: that of the reference is also that of the manual and of help."""

    FILES = ("status.txt", "request", "disk.iso", "password", "measurements", "a.txt", "urls")
    PORT = re.compile(r"(?<=[\s:])(?:7|9|13|19|37|1079|5140|8007|8123|9000|9443)(?=[\s'?]|$)")

    def setUp(self):
        super().setUp()
        for name in self.FILES:
            self.file(name)
        self.identity = certificates.good()
        for name, path in (("server.pem", self.identity.cert), ("server.key", self.identity.key)):
            with open(path, "rb") as file:
                self.file(name, file.read())
        with open(certificates.ca().cert, "rb") as file:
            self.file("clients.pem", file.read())

    @staticmethod
    def examples(command):
        found = []
        for page in sorted((ROOT / "docs").glob("*.md")):
            for block in re.findall(r"^```sh\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S):
                found += re.findall(rf"^twx {command} .*$", block, re.M)
        return sorted(set(found))

    def arguments(self, example):
        text = self.PORT.sub(lambda _: free_port(), example)
        text = text.replace("unix:///run/echo", f"unix://{self.folder}/{free_port()}")
        text = text.replace("/usr/share/games/fortunes/fortunes", "status.txt")
        if "cert server.pem" in text and "--key" not in text:
            text += " --key server.key"
        return shlex.split(text.partition(" 2>")[0], comments=True)[1:]

    def serve_example(self, example):
        server = self.start(*self.arguments(example), cwd=self.folder)
        server.wait_err("listening on")
        server.signal(signal.SIGTERM)
        return example, server.wait()

    def test_each_example_of_a_server_serves(self):
        """It listens, and stops well."""
        examples = [each for each in self.examples("serve") if "fd:" not in each]
        self.assertGreater(len(examples), 25)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for example, status in pool.map(self.serve_example, examples):
                self.assertEqual(status, 0, example)

    def fetch_example(self, example):
        return example, self.run_twx(*self.arguments(example), "--dry-run", cwd=self.folder)

    def test_each_example_of_fetch_would_send_something(self):
        """--dry-run shows it."""
        examples = self.examples("fetch")
        self.assertGreater(len(examples), 5)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for example, result in pool.map(self.fetch_example, examples):
                self.assertEqual((result.status, result.err), (0, ""), example)
                self.assertRegex(result.out, rb"\A[A-Z]+ \S+ HTTP/1\.1\r\n", example)


if __name__ == "__main__":
    unittest.main()
