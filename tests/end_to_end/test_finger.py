"""serve finger (RFC 1288)."""

import os
import signal

from harness import Case, poll_until, read_all


class Finger(Case):
    def finger(self, server, query):
        with server.connect() as sock:
            sock.sendall(query)
            return read_all(sock)

    def test_users_of_the_command_line(self):
        """The text, CR, LF, and the end; an unknown one is told so."""
        server = self.serve("finger", "--user", "moshez=Happy and well", "--user", "shawn=a=b")
        self.assertEqual(self.finger(server, b"moshez\r\n"), b"Happy and well\r\n")
        self.assertEqual(self.finger(server, b"shawn\r\n"), b"a=b\r\n")
        self.assertEqual(self.finger(server, b"Moshez\r\n"), b"No such user\r\n")
        self.assertEqual(self.finger(server, b"/W moshez\r\n"), b"Happy and well\r\n")

    def test_only_the_word_w_asks_for_more(self):
        """Names may begin with its letters."""
        server = self.serve("finger", "--user", "/Web=site", "--user", "eb=else")
        self.assertEqual(self.finger(server, b"/Web\r\n"), b"site\r\n")
        self.assertEqual(self.finger(server, b"/W  /Web \r\n"), b"site\r\n")

    def test_names_without_the_blanks_around_them(self):
        """On the command line as in the file."""
        server = self.serve("finger", "--user", " a b \t= one ")
        self.assertEqual(self.finger(server, b"a b\r\n"), b" one \r\n")

    def test_longest_query(self):
        """1024 bytes; a longer one ends the connection."""
        server = self.serve("finger", "--user", "a=b")
        self.assertEqual(self.finger(server, b"x" * 1024 + b"\r\n"), b"No such user\r\n")
        self.assertEqual(self.finger(server, b"x" * 1025 + b"\r\n"), b"")

    def test_names_that_nobody_can_ask_for(self):
        """A usage error; in a file a warning with the line, once."""
        result = self.run_twx("serve", "finger", "0", "--user", "a@b=c")
        self.assertEqual(result.status, 2)
        self.assertIn("nobody can ask for 'a@b'", result.err)
        self.assertEqual(self.run_twx("serve", "finger", "0", "--user", " =c").status, 2)
        path = self.file("users", b"a: one\nb@c: two\n")
        server = self.serve("finger", "--users", path, "--reload", "0")
        for _ in range(3):
            self.assertEqual(self.finger(server, b"a\r\n"), b"one\r\n")
        server.wait_err("^twx: .*users:2: nobody can ask for 'b@c': ")
        self.assertEqual(sum("nobody" in line for line in server.lines()), 1)

    def test_lists_and_forwarding_are_refused(self):
        """In the words of RFC 1288, sections 3.2.1 and 3.2.2."""
        server = self.serve("finger", "--user", "a=b")
        self.assertEqual(self.finger(server, b"\r\n"), b"Finger online user list denied\r\n")
        self.assertEqual(self.finger(server, b"/W\r\n"), b"Finger online user list denied\r\n")
        self.assertEqual(
            self.finger(server, b"a@example.org\r\n"), b"Finger forwarding service denied\r\n"
        )

    def test_users_of_a_file(self):
        """Both sides of the first colon, stripped; other lines are left out."""
        path = self.file("users", b"moshez: Happy: very \n\n shawn :\tok\nno colon\n")
        server = self.serve("finger", "--users", path)
        self.assertEqual(self.finger(server, b"moshez\r\n"), b"Happy: very\r\n")
        self.assertEqual(self.finger(server, b"shawn\r\n"), b"ok\r\n")
        self.assertEqual(self.finger(server, b"no colon\r\n"), b"No such user\r\n")

    def test_file_is_read_again(self):
        """When what was read is older than --reload."""
        path = self.file("users", b"a: one\n")
        server = self.serve("finger", "--users", path, "--reload", "50ms")
        self.assertEqual(self.finger(server, b"a\r\n"), b"one\r\n")
        self.file("users", b"a: two\n")
        poll_until(lambda: self.finger(server, b"a\r\n") == b"two\r\n", "the new text")

    def test_file_that_cannot_be_read(self):
        """At the start the reason and status 26; later the asker is told, and stderr once."""
        path = self.file("users", b"a: one\n")
        server = self.serve("finger", "--users", path, "--reload", "0")
        os.remove(path)
        for _ in range(3):
            self.assertEqual(self.finger(server, b"a\r\n"), b"Internal error in server\r\n")
        server.wait_err("^twx: .*users: No such file or directory$")
        os.mkdir(path)
        self.assertEqual(self.finger(server, b"a\r\n"), b"Internal error in server\r\n")
        server.wait_err("^twx: .*users: Is a directory$")
        os.rmdir(path)
        self.file("users", b"a: two\n")
        for _ in range(3):
            self.assertEqual(self.finger(server, b"a\r\n"), b"two\r\n")
        server.wait_err("^twx: .*users: can be read again$")
        self.assertEqual(sum("users" in line for line in server.lines()), 3)
        os.remove(path)
        result = self.run_twx("serve", "finger", "127.0.0.1:0", "--users", path)
        self.assertEqual(result.status, 26)
        self.assertRegex(result.err, "users: No such file or directory")

    def test_file_that_cannot_be_read_is_tried_when_it_is_time(self):
        """Not for every query."""
        path = self.file("users", b"a: one\n")
        server = self.serve("finger", "--users", path, "--reload", "1h")
        os.remove(path)
        server.signal(signal.SIGHUP)
        server.wait_err("^twx: .*users: No such file or directory$")
        self.file("users", b"a: two\n")
        self.assertEqual(self.finger(server, b"a\r\n"), b"Internal error in server\r\n")

    def test_hang_up_reads_the_file_again(self):
        """At once, whatever --reload says."""
        path = self.file("users", b"a: one\n")
        server = self.serve("finger", "--users", path, "--reload", "1h")
        self.file("users", b"a: two\n")
        self.assertEqual(self.finger(server, b"a\r\n"), b"one\r\n")
        server.signal(signal.SIGHUP)
        server.wait_err("^twx: .*users: read again$")
        self.assertEqual(self.finger(server, b"a\r\n"), b"two\r\n")

    def test_pipe_in_place_of_the_file_holds_nobody_up(self):
        """It is refused, at the start and later; queries, SIGHUP and SIGTERM are answered."""
        path = self.file("users", b"a: one\n")
        server = self.serve("finger", "--users", path, "--reload", "0")
        os.remove(path)
        os.mkfifo(path)
        self.assertEqual(self.finger(server, b"a\r\n"), b"Internal error in server\r\n")
        server.wait_err("^twx: .*users: not a regular file$")
        server.signal(signal.SIGHUP)
        server.wait_err("^twx: .*users: not a regular file$", 2)
        self.assertEqual(server.stop(), 0)
        result = self.run_twx("serve", "finger", "127.0.0.1:0", "--users", path)
        self.assertEqual(result.status, 26)

    def test_empty_name_of_the_file(self):
        """A usage error that names the option."""
        result = self.run_twx("serve", "finger", "0", "--users", "")
        self.assertEqual(result.status, 2)
        self.assertIn("--users", result.err)

    def test_user_without_a_text(self):
        """A usage error that shows the form."""
        result = self.run_twx("serve", "finger", "0", "--user", "moshez")
        self.assertEqual(result.status, 2)
        self.assertIn("NAME=TEXT", result.err)
