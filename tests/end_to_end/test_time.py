"""serve time (RFC 868)."""

import struct
import time

from datagrams import DatagramCase
from harness import read_all

FROM_1900_TO_1970 = 2_208_988_800


class Time(DatagramCase):
    def test_seconds_since_1900(self):
        """32 bits, big-endian, and the end."""
        server = self.serve("time")
        self.assertTells(lambda: read_all(server.connect()))

    def test_a_datagram_for_any_datagram(self):
        """The same 32 bits, also for an empty one."""
        for question in (b"", b"time?"):
            self.assertTells(lambda: self.ask_server("time", question))

    def assertTells(self, ask):
        before = int(time.time())
        octets = ask()
        after = int(time.time())
        self.assertEqual(len(octets), 4)
        told = struct.unpack(">I", octets)[0]
        self.assertIn(told, [(t + FROM_1900_TO_1970) % 2**32 for t in range(before, after + 1)])
