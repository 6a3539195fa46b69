"""serve daytime (RFC 867)."""

import calendar
import os
import signal
import time

from datagrams import DatagramCase
from harness import random_bytes, read_all


class Daytime(DatagramCase):
    def test_one_line_with_the_time_in_utc(self):
        """In the form of ctime(3), CR, LF, and the end."""
        server = self.serve("daytime")
        self.assertTells(lambda: read_all(server.connect()))

    def test_a_datagram_for_any_datagram(self):
        """The same line, also for an empty one."""
        for question in (b"", b"time?"):
            self.assertTells(lambda: self.ask_server("daytime", question))

    def assertTells(self, ask):
        before = int(time.time())
        line = ask()
        after = int(time.time())
        self.assertTrue(line.endswith(b"\r\n"))
        told = calendar.timegm(time.strptime(line[:-2].decode(), "%a %b %d %H:%M:%S %Y"))
        self.assertTrue(before <= told <= after)
        self.assertEqual(len(line), 26)

    def test_time_zone_changes_nothing(self):
        """It is UTC everywhere."""
        server = self.serve("daytime", env={**os.environ, "TZ": "Asia/Tokyo"})
        before = int(time.time())
        line = read_all(server.connect())[:-2].decode()
        self.assertLess(calendar.timegm(time.strptime(line)) - before, 3600)

    def test_what_the_client_says_does_not_matter(self):
        """Input is left alone (RFC 867)."""
        server = self.serve("daytime")
        server.signal(signal.SIGSTOP)  # until it is there: what comes later cannot be known
        sock = server.connect()
        sock.sendall(random_bytes(10))
        server.signal(signal.SIGCONT)
        self.assertEqual(len(read_all(sock)), 26)
