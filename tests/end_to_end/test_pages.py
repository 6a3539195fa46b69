"""The sessions that the pages of docs/ show happen as shown."""

import unittest

import harness
from replay import SessionCase, free_ports
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


if __name__ == "__main__":
    unittest.main()
