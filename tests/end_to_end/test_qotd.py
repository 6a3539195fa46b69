"""serve qotd: which quote, and that nothing a client does keeps it from it."""

import os
import signal
import socket
import threading
import time

from harness import (
    KIB,
    MIB,
    SLOW,
    SOON,
    Case,
    connect_to,
    memory_limit,
    poll_until,
    random_bytes,
    read_all,
    reset,
)

APPLE = b"An apple a day keeps the doctor away\r\n"


class Quote(Case):
    def quote(self, server):
        with server.connect() as sock:
            return read_all(sock)

    def quotes(self, server, count=60):
        return {self.quote(server) for _ in range(count)}

    def test_default(self):
        """The text to the byte, then the end."""
        self.assertEqual(self.quote(self.serve("qotd")), APPLE)

    def test_text(self):
        """The text of --quote, CR, LF."""
        server = self.serve("qotd", "--quote", "configurable quote")
        self.assertEqual(self.quote(server), b"configurable quote\r\n")

    def test_text_in_utf8(self):
        """Bytes go as they are."""
        server = self.serve("qotd", "--quote", "\u6b22\u8fce")
        self.assertEqual(self.quote(server), "\u6b22\u8fce\r\n".encode())

    def test_empty_text_means_the_default(self):
        """Nobody is sent an empty quote."""
        self.assertEqual(self.quote(self.serve("qotd", "--quote", "")), APPLE)
        self.assertEqual(self.quote(self.serve("qotd", "--quote=")), APPLE)

    def test_entries_of_a_fortune_file(self):
        """Split at LF % LF; a last newline stays in the last entry."""
        path = self.file("fortunes", b"one\n%\ntwo\nlines\n%\n100 % sure\n%\nlast\n")
        server = self.serve("qotd", "--fortune", path)
        entries = {b"one\r\n", b"two\nlines\r\n", b"100 % sure\r\n", b"last\n\r\n"}
        poll_until(lambda: self.quotes(server, 20) == entries, "all entries have come")

    def test_file_without_a_divider_is_one_entry(self):
        """All of it, its newline included."""
        server = self.serve("qotd", "--fortune", self.file("fortunes", b"only this\n"))
        self.assertEqual(self.quotes(server, 5), {b"only this\n\r\n"})

    def test_file_is_read_anew_each_time(self):
        """A change counts from the next connection on."""
        path = self.file("fortunes", b"before")
        server = self.serve("qotd", "--fortune", path)
        self.assertEqual(self.quote(server), b"before\r\n")
        self.file("fortunes", b"after")
        self.assertEqual(self.quote(server), b"after\r\n")

    def test_pipe_in_place_of_a_file_holds_nobody_up(self):
        """It is refused, at the start and later; SIGTERM is answered."""
        path = self.file("fortunes", b"before")
        server = self.serve("qotd", "--fortune", path)
        os.remove(path)
        os.mkfifo(path)
        self.assertEqual(self.quote(server), b"")
        server.wait_err("^twx: .*fortunes: not a regular file$")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.run_twx("serve", "qotd", "0", "--fortune", path).status, 26)
        self.assertEqual(self.run_twx("serve", "qotd", "0", "--fortune", "").status, 2)

    def test_random_one_of_several_files(self):
        """--fortune may be repeated: each connection gets an entry of any of the files."""
        paths = [self.file(name, name.encode()) for name in ("a", "b", "c")]
        options = [word for path in paths for word in ("--fortune", path)]
        server = self.serve("qotd", *options)
        wanted = {b"a\r\n", b"b\r\n", b"c\r\n"}
        poll_until(lambda: self.quotes(server, 20) == wanted, "all files have come")

    def test_missing_file_is_an_error_at_the_start(self):
        """Status 26: could not read."""
        path = self.path("none")
        result = self.run_twx("serve", "qotd", "127.0.0.1:0", "--fortune", path)
        self.assertFails(result, 26, f"{path}: No such file or directory")

    def test_file_that_vanishes_is_told_and_survived(self):
        """Service resumes by itself when the file is back."""
        path = self.file("fortunes", b"before")
        server = self.serve("qotd", "--fortune", path)
        self.assertEqual(self.quote(server), b"before\r\n")
        os.unlink(path)
        self.assertEqual(self.quote(server), b"")
        server.wait_err(rf"^twx: {path}: No such file or directory$")
        self.file("fortunes", b"back")
        self.assertEqual(self.quote(server), b"back\r\n")

    def test_long_quote_arrives_as_a_whole(self):
        """Closed only when all is sent."""
        text = random_bytes(4 * MIB).replace(b"\n", b"")
        server = self.serve("qotd", "--fortune", self.file("fortunes", text))
        sock = server.connect(receive_buffer=4 * KIB)
        self.assertSame(read_all(sock), text + b"\r\n")


class Clients(Case):
    """Silent, junk and reset clients; 1 to 512 bytes within 2 s."""

    def assert_quoted(self, sock):
        started = time.monotonic()
        got = read_all(sock)
        self.assertEqual(got, APPLE)
        self.assertTrue(1 <= len(got) <= 512)
        self.assertLess(time.monotonic() - started, 2 * SLOW)

    def test_silent_client(self):
        """The quote comes unasked (RFC 865)."""
        self.assert_quoted(self.serve("qotd").connect())

    def test_client_that_has_half_closed(self):
        """Who has nothing to say is answered all the same."""
        sock = self.serve("qotd").connect()
        sock.shutdown(socket.SHUT_WR)
        self.assert_quoted(sock)

    def test_client_that_sends_junk(self):
        """Unread input must not make the end a reset that eats the quote."""
        server = self.serve("qotd")
        server.signal(signal.SIGSTOP)  # until the junk is there: what comes later cannot be known
        sock = server.connect()
        sock.sendall(random_bytes(20_000))
        server.signal(signal.SIGCONT)
        self.assert_quoted(sock)

    def test_client_that_sends_junk_without_end(self):
        """Nobody can hold a connection by talking for ever."""
        server = self.serve("qotd", "-v")
        sock = server.connect()
        stopped = threading.Event()

        def talk():
            try:
                while True:
                    sock.sendall(bytes(64 * KIB))
            except OSError:
                stopped.set()

        threading.Thread(target=talk, daemon=True).start()
        server.wait_err("^twx: connection from .* ended: ")
        self.assertTrue(stopped.wait(SOON))
        with server.connect() as other:
            self.assert_quoted(other)

    def test_clients_that_reset(self):
        """Memory and descriptors stay flat."""
        server = self.serve("qotd")
        for _ in range(50):
            reset(server.connect())
        before, memory = server.descriptors(), server.rss()
        for _ in range(1000):
            reset(server.connect())
        self.assert_quoted(server.connect())
        poll_until(lambda: server.descriptors() <= before, "all descriptors are closed")
        self.assertLess(server.rss() - memory, memory_limit(4 * MIB))

    def test_client_that_connects_and_never_reads(self):
        """Others are served beside it."""
        server = self.serve("qotd", "--quote", "x" * 500)
        idle = [connect_to(self, server.place) for _ in range(100)]
        with server.connect() as sock:
            self.assertEqual(len(read_all(sock)), 502)
        self.assertEqual([len(read_all(sock)) for sock in idle], [502] * 100)

    def test_stopping(self):
        """SIGINT, status 0."""
        server = self.serve("qotd")
        self.assert_quoted(server.connect())
        self.assertEqual(server.stop(signal.SIGINT), 0)
