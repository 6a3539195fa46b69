"""serve chargen (RFC 864)."""

import signal
import socket

from datagrams import DatagramCase
from harness import MIB, read_all, read_exactly

PRINTING = bytes(range(32, 127))


def pattern(lines):
    ring = PRINTING + PRINTING
    return b"".join(ring[n % 95 : n % 95 + 72] + b"\r\n" for n in range(lines))


class Chargen(DatagramCase):
    def test_lines_of_the_ring(self):
        """72 characters each, one further each time, beyond the end of the server's own block."""
        sock = self.serve("chargen").connect()
        wanted = pattern(3000)
        self.assertEqual(read_exactly(sock, len(wanted)), wanted)

    def test_goes_on_for_who_has_half_closed(self):
        """Only a close ends it."""
        sock = self.serve("chargen").connect()
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(read_exactly(sock, MIB), pattern(15_000)[:MIB])

    def test_client_that_does_not_read_costs_no_memory(self):
        """The next block is made when the last one has left."""
        server = self.serve("chargen")
        read_exactly(server.connect(), 1)
        before = server.rss()
        socks = [server.connect() for _ in range(50)]
        for sock in socks:
            read_exactly(sock, 1)
        self.assertLess(server.rss() - before, 4 * MIB)

    def test_server_that_is_asked_to_stop_lets_its_clients_go(self):
        """At the end of a block, well before the limit of --drain."""
        server = self.serve("chargen", "--drain", "60s")
        sock = server.connect()
        read_exactly(sock, 1)
        server.signal(signal.SIGTERM)
        self.assertTrue(read_all(sock).endswith(b"\r\n"))
        self.assertEqual(server.wait(), 0)

    def test_a_datagram_of_random_length_for_any_datagram(self):
        """0 to 512 characters, of the same lines."""
        server = self.serve_datagrams(server="chargen")
        sock = self.udp()
        answers = [self.ask(sock, server.place, bytes(n))[0] for n in range(200)]
        whole = pattern(10)
        for answer in answers:
            self.assertLessEqual(len(answer), 512)
            self.assertTrue(whole.startswith(answer))
        self.assertGreater(len({len(answer) for answer in answers}), 50)
