"""serve discard (RFC 863)."""

import socket

from harness import MIB, Case, random_bytes, read_all


class Discard(Case):
    def test_nothing_comes_back(self):
        """Whatever comes; the end of input ends the connection."""
        with self.serve("discard").connect() as sock:
            sock.sendall(random_bytes(MIB))
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(read_all(sock), b"")
