"""serve time (RFC 868)."""

import struct
import time

from harness import Case, read_all

FROM_1900_TO_1970 = 2_208_988_800


class Time(Case):
    def test_seconds_since_1900(self):
        """32 bits, big-endian, and the end."""
        server = self.serve("time")
        before = int(time.time())
        octets = read_all(server.connect())
        after = int(time.time())
        self.assertEqual(len(octets), 4)
        told = struct.unpack(">I", octets)[0]
        self.assertIn(told, [(t + FROM_1900_TO_1970) % 2**32 for t in range(before, after + 1)])
