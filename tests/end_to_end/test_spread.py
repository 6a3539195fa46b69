"""serve spread: what one client sends goes to all others."""

import re

from harness import KIB, MIB, SLOW, Case, offer, random_bytes, read_all, read_exactly


def greeting(number):
    return f"欢迎来到Spread Site,您是第{number}个客户端用户!\n".encode()


class Spread(Case):
    def clients(self, server, count, first=1):
        socks = []
        for number in range(first, first + count):
            sock = server.connect()
            self.assertEqual(read_exactly(sock, len(greeting(number))), greeting(number))
            socks.append(sock)
        return socks

    def test_each_client_is_greeted_with_its_number(self):
        """Counted from the start, not by who is there."""
        server = self.serve("spread")
        for number in (1, 2, 3):
            with server.connect() as sock:
                self.assertEqual(read_exactly(sock, len(greeting(number))), greeting(number))

    def test_all_others_hear_it(self):
        """As it came; the sender hears nothing."""
        one, two, three = self.clients(self.serve("spread"), 3)
        one.sendall(b"hello\x00 \xff")
        self.assertEqual(read_exactly(two, 8), b"hello\x00 \xff")
        self.assertEqual(read_exactly(three, 8), b"hello\x00 \xff")
        two.sendall(b"back")
        self.assertEqual(read_exactly(one, 4), b"back")

    def test_large_messages_arrive_whole_and_in_order(self):
        """Of two speakers each one's own order."""
        one, two = self.clients(self.serve("spread", "--backlog", "64M"), 2)
        data = random_bytes(5 * MIB)
        one.sendall(data)
        self.assertEqual(read_exactly(two, len(data)), data)

    def test_message_beyond_the_backlog(self):
        """It is nobody's fault who reads."""
        one, two = self.clients(self.serve("spread", "--backlog", "4096"), 2)
        data = random_bytes(60_000)
        one.sendall(data)
        self.assertEqual(read_exactly(two, len(data)), data)

    def test_close_ends_who_says_it(self):
        """Alone in a piece, with or without the end of a line; nobody hears it."""
        server = self.serve("spread")
        listener = self.clients(server, 1)[0]
        for number, word in enumerate((b"close", b"close\n", b"close\r\n"), 2):
            sock = self.clients(server, 1, number)[0]
            sock.sendall(word)
            self.assertEqual(read_all(sock), b"")
        sock = self.clients(server, 1, 5)[0]
        sock.sendall(b"closed")
        self.assertEqual(read_exactly(listener, 6), b"closed")

    def test_client_that_does_not_read_is_dropped(self):
        """With a line on stderr; the others hear everything meanwhile."""
        server = self.serve("spread", "--backlog", "256k")
        deaf, speaker, listener = self.clients(server, 3)
        heard = bytearray()
        piece = random_bytes(64 * KIB)
        for _ in range(400):
            speaker.sendall(piece)
            heard += read_exactly(listener, len(piece))
        self.assertEqual(bytes(heard), piece * 400)
        server.wait_err(
            r"^twx: serve spread: dropped 127\.0\.0\.1:\d+, "
            r"which does not read fast enough \(--backlog 256k\)$"
        )
        self.assertTrue(server.running())
        deaf.close()

    def test_many_who_do_not_read_cost_bounded_memory(self):
        """The message is shared by all that wait for it."""
        server = self.serve("spread", "--backlog", "1M")
        deaf = self.clients(server, 50)
        speaker = self.clients(server, 1, 51)[0]
        before = server.rss()
        offer(speaker, 20 * MIB, quiet=0.3 * SLOW)
        self.assertLess(server.rss() - before, 24 * MIB * SLOW)
        self.assertEqual(len(deaf), 50)

    def test_what_is_said_of_them(self):
        """The four lines, with -v."""
        server = self.serve("spread", "-v")
        one, two = self.clients(server, 2)
        one.sendall(b"hello")
        read_exactly(two, 5)
        one.sendall(b"close")
        read_all(one)
        for line in ("new connect 1", "new connect 2", "spreading message from 1", "1 closed"):
            server.wait_err(f"^twx: {re.escape(line)}$")
        server.wait_err("^twx: lost connect: 1$")

    def test_threads_are_not_offered(self):
        """Clients that share something are served by one thread."""
        result = self.run_twx("serve", "spread", "0", "--threads", "2")
        self.assertEqual(result.status, 2)
        self.assertIn("--threads", result.err)
