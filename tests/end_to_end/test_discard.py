"""serve discard (RFC 863)."""

import signal
import socket

from datagrams import DatagramCase
from harness import MIB, random_bytes, read_all


class Discard(DatagramCase):
    def test_nothing_comes_back(self):
        """Whatever comes; the end of input ends the connection."""
        with self.serve("discard").connect() as sock:
            sock.sendall(random_bytes(MIB))
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(read_all(sock), b"")

    def test_datagrams_are_thrown_away(self):
        """All of them are read, none is answered."""
        server = self.serve_datagrams(server="discard", args=("-v",))
        sock = self.udp()
        sock.connect(server.place)
        for size in (0, 1, 65507):
            sock.send(bytes(size))
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)
        server.wait_err("sent 0, received 3, not sent 0")
        self.assertNothingWaits(sock)
