"""serve finger (RFC 1288)."""

import os

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
        """At the start the reason and status 26; later the asker is told, and stderr."""
        path = self.file("users", b"a: one\n")
        server = self.serve("finger", "--users", path, "--reload", "0")
        os.remove(path)
        self.assertEqual(self.finger(server, b"a\r\n"), b"Internal error in server\r\n")
        server.wait_err("^twx: .*users: No such file or directory$")
        result = self.run_twx("serve", "finger", "127.0.0.1:0", "--users", path)
        self.assertEqual(result.status, 26)
        self.assertRegex(result.err, "users: No such file or directory")

    def test_user_without_a_text(self):
        """A usage error that shows the form."""
        result = self.run_twx("serve", "finger", "0", "--user", "moshez")
        self.assertEqual(result.status, 2)
        self.assertIn("NAME=TEXT", result.err)
