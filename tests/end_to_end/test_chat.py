"""serve chat: names, lines, and who does not read."""

import os
import re
import signal
import struct
import socket

from harness import (
    MIB,
    Case,
    memory_limit,
    poll_until,
    random_bytes,
    read_all,
    read_descriptor,
    read_exactly,
)

ASKED = b"What's your name?\r\n"


class Chat(Case):
    def join(self, server, name, end=b"\r\n"):
        sock = server.connect()
        asked = b"What's your name?" + (b"\n" if end == b"\n" else b"\r\n")
        self.assertEqual(read_exactly(sock, len(asked)), asked)
        sock.sendall(name + end)
        welcome = b"Welcome, " + name + b"!" + end
        self.assertEqual(read_exactly(sock, len(welcome)), welcome)
        return sock

    def assert_hears(self, sock, data):
        self.assertEqual(read_exactly(sock, len(data)), data)

    def test_lines_go_to_all_others_who_have_a_name(self):
        """The speaker and who has given no name hear nothing."""
        server = self.serve("chat")
        ann, bob, cat = (self.join(server, name) for name in (b"Ann", b"Bob", b"Cat"))
        nobody = server.connect()
        self.assert_hears(nobody, ASKED)
        ann.sendall(b"hello\r\n\r\n")
        for sock in (bob, cat):
            self.assert_hears(sock, b"<Ann> hello\r\n<Ann> \r\n")
        bob.sendall(b"hi\r\n")
        self.assert_hears(ann, b"<Bob> hi\r\n")
        nobody.sendall(b"Dan\r\n")
        self.assert_hears(nobody, b"Welcome, Dan!\r\n")

    def test_name_is_taken_until_its_owner_leaves(self):
        """Then anybody may have it."""
        server = self.serve("chat")
        ann = self.join(server, b"Ann")
        other = server.connect()
        other.sendall(b"Ann\r\nAnn\r\n")
        self.assert_hears(other, ASKED + b"Name taken, please choose another.\r\n" * 2)
        ann.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(ann), b"")
        other.sendall(b"Ann\r\n")
        self.assert_hears(other, b"Welcome, Ann!\r\n")

    def test_name_and_lines_at_once(self):
        """A client may send all it has to say before it is asked."""
        server = self.serve("chat")
        bob = self.join(server, b"Bob")
        with server.connect() as sock:
            sock.sendall(b"Ann\r\none\r\ntwo\r\n")
            self.assert_hears(bob, b"<Ann> one\r\n<Ann> two\r\n")

    def test_lines_of_netcat(self):
        """--line lf both ways; with any the room speaks CR LF."""
        server = self.serve("chat", "--line", "lf")
        ann, bob = self.join(server, b"Ann", b"\n"), self.join(server, b"Bob", b"\n")
        ann.sendall(b"hello\n")
        self.assert_hears(bob, b"<Ann> hello\n")
        server = self.serve("chat", "--line", "any")
        ann = self.join(server, b"Ann")
        with server.connect() as bob:
            self.assert_hears(bob, ASKED)
            bob.sendall(b"Bob\nhello\n")
            self.assert_hears(bob, b"Welcome, Bob!\n")
            self.assert_hears(ann, b"<Bob> hello\r\n")

    def test_two_people_at_terminals(self):
        """By what the help shows as its example, and twx connect."""
        shown = self.run_twx("serve", "chat", "--help").out.decode()
        server = self.serve("chat", *re.search(r"twx serve chat 8123(.*)", shown)[1].split())
        people = []
        for name in (b"Ann", b"Bob"):
            ours, theirs = self.terminal()
            self.start("connect", *server.place, stdin=theirs, stdout=theirs)
            self.assertEqual(read_descriptor(ours, len(ASKED)), ASKED)
            os.write(ours, name + b"\n")
            welcome = b"Welcome, " + name + b"!\n"
            self.assertEqual(read_descriptor(ours, len(welcome)), welcome)
            people.append(ours)
        ann, bob = people
        for speaker, listener, said, heard in (
            (ann, bob, b"hello\n", b"<Ann> hello\r\n"),
            (bob, ann, b"hi\n", b"<Bob> hi\r\n"),
        ):
            os.write(speaker, said)
            self.assertEqual(read_descriptor(listener, len(heard)), heard)

    def test_nobody_can_forge_lines_of_others(self):
        """What ends a line elsewhere, or steers a terminal, does not reach the others."""
        server = self.serve("chat")
        bob = self.join(server, b"Bob")
        ann = self.join(server, b"Ann")
        ann.sendall(b"a\n<Bob> I did it\r\x1b[1A\tb\r\n")
        self.assert_hears(bob, b"<Ann> a\\x0a<Bob> I did it\\x0d\\x1b[1A\tb\r\n")
        with server.connect() as sock:
            for name in (b"Ann\n", b"A\rnn", b"\x1b[1m", b"A\tnn", b"\xc2\x9b"):
                sock.sendall(name + b"\r\n")
            sock.sendall(b"\xe6\xac\xa2\r\n")
            refusal = b"Name has control characters, please choose another.\r\n"
            welcome = b"Welcome, \xe6\xac\xa2!\r\n"
            self.assert_hears(sock, ASKED + refusal * 5 + welcome)

    def test_reset_frees_the_name(self):
        """However a client goes."""
        server = self.serve("chat")
        ann = self.join(server, b"Ann")
        ann.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ann.close()

        def free():
            with server.connect() as sock:
                read_exactly(sock, len(ASKED))
                sock.sendall(b"Ann\r\n")
                return read_exactly(sock, 7) == b"Welcome"

        poll_until(free, "the name is free")

    def test_client_that_does_not_read_slows_nobody(self):
        """It is dropped, with a line on stderr."""
        server = self.serve("chat", "--backlog", "256k")
        deaf, speaker, listener = (self.join(server, name) for name in (b"D", b"S", b"L"))
        line = random_bytes(4000).hex().encode()
        for _ in range(2000):
            speaker.sendall(line + b"\r\n")
            self.assert_hears(listener, b"<S> " + line + b"\r\n")
        server.wait_err(
            r"^twx: serve chat: dropped 127\.0\.0\.1:\d+, "
            r"which does not read fast enough \(--backlog 256k\)$"
        )
        deaf.close()

    def test_many_speakers_in_one_turn_drop_no_listener(self):
        """What they say together exceeds the backlog, but the listener reads."""
        server = self.serve("chat", "--backlog", "64k")
        speakers = [self.join(server, b"%d" % number) for number in range(20)]
        listener = self.join(server, b"L")
        server.signal(signal.SIGSTOP)
        for speaker in speakers:
            speaker.sendall(b"x" * 16000 + b"\r\n")
        server.signal(signal.SIGCONT)
        heard = read_exactly(listener, sum(len("<%d> " % n) + 16002 for n in range(20)))
        self.assertEqual(heard.count(b"\r\n"), 20)
        self.assertEqual(len(server.lines()), 1)

    def test_limit_of_connections(self):
        """Who is refused is not asked for a name, and hears nothing."""
        server = self.serve("chat", "--max-connections", "2")
        ann, bob = self.join(server, b"Ann"), self.join(server, b"Bob")
        with server.connect() as third:
            self.assertEqual(read_all(third), b"Too many connections, try later")
        ann.sendall(b"hello\r\n")
        self.assert_hears(bob, b"<Ann> hello\r\n")
        bob.close()

        def free():
            with server.connect() as sock:
                sock.sendall(b"Bob\r\n")
                return read_exactly(sock, len(ASKED)) == ASKED

        poll_until(free, "there is room")

    def test_many_who_do_not_read_cost_bounded_memory(self):
        """A line is encoded once and shared."""
        server = self.serve("chat", "--backlog", "1M")
        deaf = [self.join(server, b"%d" % number) for number in range(50)]
        before = server.rss()
        for _ in range(100):
            with server.connect() as sock:
                sock.sendall(b"%d\r\n" % id(sock) + (b"x" * 8000 + b"\r\n") * 20)
                sock.shutdown(socket.SHUT_WR)
                read_all(sock)
        self.assertLess(server.rss() - before, memory_limit(24 * MIB))
        self.assertEqual(len(deaf), 50)
