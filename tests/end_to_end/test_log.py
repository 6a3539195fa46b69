"""serve log: lines to a file."""

import os
import re
import signal
import socket
import subprocess

from harness import (
    TWX,
    Case,
    pass_time,
    poll_until,
    read_all,
    read_descriptor,
    until_quiet,
    waiting_bytes,
)


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
        """Unless --raw says otherwise; a tab is a tab."""
        for args, wanted in (
            ((), b"a\\x1b[31m\\x07\\x0ab\tc\n"),
            (("--raw",), b"a\x1b[31m\x07\nb\tc\n"),
        ):
            path = self.file("lines.log", b"")
            server = self.serve("log", path, *args)
            with server.connect() as sock:
                sock.sendall(b"a\x1b[31m\x07\nb\tc\r\n")
            poll_until(lambda: content(path) != b"", "a line is there")
            self.assertEqual(content(path), wanted)

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
        kept = until_quiet(lambda: content(path))  # what does not fit is taken back at once
        torn = [each for each in kept.splitlines(True) if each != b"x" * 999 + b"\n"]
        self.assertEqual(torn, [])
        os.truncate(path, 0)
        sock.sendall(b"after\r\n")
        server.wait_err("^twx: .*lines.log: can be written again; [0-9]+ lines? w(as|ere) lost$")
        poll_until(lambda: content(path).endswith(b"after\n"), "it goes on")
        said = [each for each in server.lines() if re.search("No space", each)]
        self.assertEqual(len(said), 1)

    def test_device_that_is_full(self):
        """It is said once however many lines are lost, and ends nothing."""
        server = self.serve("log", "/dev/full")
        with server.connect() as sock:
            sock.sendall(b"one\r\ntwo\r\nthree\r\n")
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(read_all(sock), b"")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.lines()[1:], ["/dev/full: No space left on device"])

    def test_file_that_may_not_grow(self):
        """No signal ends the server: it is as if the disk were full."""
        path = self.file("lines.log", b"")
        script = f'ulimit -f 1; exec "{TWX}" "$@"'
        server = self.serve("log", path, command=["bash", "-c", script, "bash"])
        line = b"x" * 999 + b"\r\n"
        with server.connect() as sock:
            sock.sendall(line * 10)
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(read_all(sock), b"")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.lines()[1:], [f"{path}: File too large"])
        self.assertEqual(content(path), b"x" * 999 + b"\n")

    def test_pipe_in_place_of_the_file_holds_nobody_up(self):
        """Without a reader the old file stays; SIGHUP and SIGTERM are answered."""
        path = self.file("lines.log", b"")
        server = self.serve("log", path)
        os.rename(path, path + ".1")
        os.mkfifo(path)
        server.signal(signal.SIGHUP)
        server.wait_err("^twx: the old log file stays: .*lines.log: No such device or address$")
        with server.connect() as sock:
            sock.sendall(b"one\r\n")
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(read_all(sock), b"")
        self.assertEqual(content(path + ".1"), b"one\n")
        self.assertEqual(server.stop(), 0)

    def test_pipe_that_is_full_loses_lines(self):
        """It is said once; those that fit come whole, and so do those after them."""
        path = self.path("pipe")
        os.mkfifo(path)
        reader = self.open(path, os.O_RDONLY | os.O_NONBLOCK)
        server = self.serve("log", path)
        sock = server.connect()
        line = b"x" * 9999 + b"\n"
        sock.sendall(line.replace(b"\n", b"\r\n") * 20)
        server.wait_err("^twx: .*pipe: Resource temporarily unavailable$")
        until_quiet(lambda: waiting_bytes(reader))
        got = read_descriptor(reader, waiting_bytes(reader))
        sock.sendall(b"after\r\n")
        server.wait_err("^twx: .*pipe: can be written again; [0-9]+ lines were lost$")
        got += read_descriptor(reader, waiting_bytes(reader))
        lines = got.splitlines(True)
        self.assertEqual(lines[-1], b"after\n")
        self.assertEqual({len(each) for each in lines[:-2]}, {len(line)})
        self.assertEqual(sum("unavailable" in each for each in server.lines()), 1)

    def test_missing_directory_is_said_once(self):
        """Until there is a file again, or another reason why not."""
        directory = self.path("logs")
        os.mkdir(directory)
        path = os.path.join(directory, "lines.log")
        server = self.serve("log", path)
        os.rename(directory, directory + ".old")
        kept = directory + ".old/lines.log"
        with server.connect() as sock:
            for count in range(1, 4):
                sock.sendall(b"line\r\n")
                poll_until(lambda: content(kept) == b"line\n" * count, "the old file has the line")
                pass_time(1.1)  # until it looks again
            os.mkdir(directory)
            sock.sendall(b"new\r\n")
            poll_until(lambda: os.path.exists(path) and content(path) == b"new\n", "a new file")
        said = [each for each in server.lines() if "the old log file stays" in each]
        self.assertEqual(len(said), 1)

    def test_what_is_not_logged_is_said(self):
        """One warning for each connection, with the remedy where there is one."""
        remedy = "; a client that ends lines with LF alone needs --line any"
        unfinished = "without an end of line"
        for args, sent, wanted in (
            ((), b"one\r\n", None),
            ((), b"one\r\nunfinished", f"10 bytes {unfinished} were dropped"),
            ((), b"one\ntwo\n", f"8 bytes {unfinished} were dropped{remedy}"),
            (("--line", "any"), b"one\nx", f"1 byte {unfinished} was dropped"),
            ((), b"x" * 16387, "a line longer than 16384 bytes was dropped"),
            ((), b"one\n" * 5000, f"a line longer than 16384 bytes was dropped{remedy}"),
        ):
            with self.subTest(args=args, sent=sent[:20]):
                server = self.serve("log", self.file("lines.log", b""), *args)
                with server.connect() as sock:
                    sock.sendall(sent)
                    sock.shutdown(socket.SHUT_WR)
                    self.assertEqual(read_all(sock), b"")
                self.assertEqual(server.stop(), 0)
                said = [re.sub("^serve log: [0-9.:]+: ", "", each) for each in server.lines()[1:]]
                self.assertEqual(said, [wanted] if wanted else [])

    def test_directory_and_empty_name(self):
        """Neither is a file to append to."""
        result = self.run_twx("serve", "log", "127.0.0.1:0", self.path(""))
        self.assertEqual(result.status, 23)
        self.assertIn("Is a directory", result.err)
        result = self.run_twx("serve", "log", "127.0.0.1:0", "")
        self.assertEqual(result.status, 2)
        self.assertIn("FILE", result.err)

    def test_file_that_cannot_be_opened(self):
        """The reason and status 23."""
        result = self.run_twx("serve", "log", "127.0.0.1:0", "/nowhere/lines.log")
        self.assertEqual(result.status, 23)
        self.assertIn("/nowhere/lines.log: No such file or directory", result.err)
