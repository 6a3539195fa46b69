"""serve log: lines to a file."""

import os
import re
import signal
import socket
import subprocess

from harness import Case, poll_until


def content(path):
    with open(path, "rb") as file:
        return file.read()


class Log(Case):
    def test_lines_are_appended(self):
        """To what the file holds; a line without an end is not one."""
        path = self.file("lines.log", b"before\n")
        server = self.serve("log", path)
        with server.connect() as sock:
            sock.sendall(b"one\r\ntwo\r\n\r\nunfinished")
        poll_until(lambda: content(path) == b"before\none\ntwo\n\n", "the lines are there")

    def test_control_characters_are_shown(self):
        """Unless --raw says otherwise."""
        for args, wanted in (((), b"a\\x1b[31m\\x07\\x0ab\tc\n"), (("--raw",), None)):
            path = self.file("lines.log", b"")
            server = self.serve("log", path, *args)
            with server.connect() as sock:
                sock.sendall(b"a\x1b[31m\x07\nb\tc\r\n")
            wanted = wanted or b"a\x1b[31m\x07\nb\tc\n"
            poll_until(lambda: content(path) != b"", "a line is there")
            self.assertEqual(content(path).replace(b"\\x09", b"\t"), wanted)

    def test_file_that_is_moved_is_begun_anew(self):
        """By SIGHUP at once; otherwise within a second. No line is lost."""
        for hang_up in (True, False):
            path = self.file("lines.log", b"")
            server = self.serve("log", path)
            sock = server.connect()
            sent = 0

            def send():
                nonlocal sent
                sock.sendall(b"line %d\r\n" % sent)
                sent += 1

            def send_until_there():
                send()
                return os.path.exists(path)

            send()
            poll_until(lambda: content(path) == b"line 0\n", "the first line")
            os.rename(path, path + ".1")
            if hang_up:
                server.signal(signal.SIGHUP)
                poll_until(lambda: os.path.exists(path), "a new file")
            else:
                poll_until(send_until_there, "a new file")
            send()
            wanted = b"".join(b"line %d\n" % number for number in range(sent))
            poll_until(lambda: content(path + ".1") + content(path) == wanted, "all lines")

    def test_many_clients_do_not_mix_their_lines(self):
        """With several threads as well."""
        path = self.file("lines.log", b"")
        server = self.serve("log", path, "--threads", "4")
        socks = [server.connect() for _ in range(20)]
        for round_ in range(50):
            for number, sock in enumerate(socks):
                sock.sendall(b"%02d " % number + b"x" * 3000 + b" %02d\r\n" % round_)
        for sock in socks:
            sock.shutdown(socket.SHUT_WR)
        poll_until(lambda: content(path).count(b"\n") == 1000, "all lines")
        for line in content(path).splitlines():
            self.assertRegex(line, rb"^\d\d x{3000} \d\d$")

    def test_full_disk_is_said_once_and_survived(self):
        """Lines are lost, none is torn; when there is room it goes on and tells how many."""
        directory = self.path("disk")
        os.mkdir(directory)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory], capture_output=True
        )
        if mounted.returncode != 0:
            self.skipTest("no tmpfs can be mounted")
        self.addCleanup(subprocess.run, ["umount", "-l", directory], check=True)
        path = os.path.join(directory, "lines.log")
        server = self.serve("log", path)
        sock = server.connect()
        line = b"x" * 999 + b"\r\n"
        sock.sendall(line * 100)
        server.wait_err("^twx: .*lines.log: No space left on device$")
        torn = [each for each in content(path).splitlines(True) if each != b"x" * 999 + b"\n"]
        self.assertEqual(torn, [])
        os.truncate(path, 0)
        sock.sendall(b"after\r\n")
        server.wait_err("^twx: .*lines.log: can be written again; [0-9]+ lines? w(as|ere) lost$")
        poll_until(lambda: content(path).endswith(b"after\n"), "it goes on")
        said = [each for each in server.lines() if re.search("No space", each)]
        self.assertEqual(len(said), 1)

    def test_file_that_cannot_be_opened(self):
        """The reason and status 23."""
        result = self.run_twx("serve", "log", "127.0.0.1:0", "/nowhere/lines.log")
        self.assertEqual(result.status, 23)
        self.assertIn("/nowhere/lines.log: No such file or directory", result.err)
