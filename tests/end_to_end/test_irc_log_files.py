"""twx irc-log: its file, which may be moved, deleted, full or shared, and the program killed."""

import os
import re
import signal
import subprocess

from harness import SANITIZED, TWX, poll_until
from irc_logging import LogCase, content

LINE = rb"\[\d\d:\d\d:\d\d\] (\[.*\]|<alice> \d{6} x{200}|\*\*\* .*)\n"
BURST = 2000


def burst(channel="#chan", begin=0, count=BURST):
    """Numbered lines of somebody, ready to be sent."""
    text = b":alice!a@h.example PRIVMSG %s :%%06d %s\r\n" % (channel.encode(), b"x" * 200)
    return b"".join(text % number for number in range(begin, begin + count))


class FileCase(LogCase):
    def assertWhole(self, data):
        torn = [line for line in data.splitlines(True) if not re.fullmatch(LINE, line)]
        self.assertEqual(torn, [])

    def say_until(self, session, condition, what):
        """Talks on until something has happened, as people do who know of nothing."""

        def happened():
            session.say("again")
            session.sync()
            return condition()

        poll_until(happened, what)


class Files(FileCase):
    def test_moved(self):
        """After SIGHUP new lines are in a new file; the connection stays."""
        program, session = self.logging()
        session.say("old")
        session.sync()
        os.rename(self.log_file, self.path("old"))
        program.signal(signal.SIGHUP)
        poll_until(lambda: os.path.exists(self.log_file), "a new file")
        session.say("new")
        session.sync()
        self.assertEqual(self.lines(), ["<alice> new"])
        self.assertEqual(self.lines(self.path("old"))[-1], "<alice> old")

    def test_moved_or_deleted_without_a_word(self):
        """It is noticed all the same, and lines go to a new file."""
        for leave in (os.unlink, lambda path: os.rename(path, path + ".1")):
            with self.subTest(leave):
                _, session = self.logging()
                leave(self.log_file)
                self.say_until(session, lambda: os.path.exists(self.log_file), "a new file")
                self.stop(session)

    def test_a_later_run(self):
        """Appends."""
        self.file("log.txt", b"from before\n")
        _, session = self.logging()
        self.stop(session)
        self.assertTrue(content(self.log_file).startswith(b"from before\n["))

    def test_two_programs(self):
        """Share a file, line by line."""
        sessions = [self.logging()[1] for _ in range(2)]
        for session in sessions:
            self.send_behind(session.sock.dup(), burst())
        poll_until(lambda: content(self.log_file).count(b"<alice>") == 2 * BURST, "all lines")
        self.assertWhole(content(self.log_file))

    def test_each_policy_of_syncing(self):
        for policy in ("line", "interval", "none"):
            with self.subTest(policy):
                _, session = self.logging("--fsync", policy)
                session.say(policy)
                session.sync()
                self.assertEqual(self.said()[-1], f"<alice> {policy}")
                self.stop(session)


class FullDisks(FileCase):
    def assertSaidOnce(self, program, text):
        """However many lines were lost."""
        program.wait_err(text)
        self.assertEqual(len([line for line in program.lines() if text in line]), 1)

    def test_a_disk_that_fills_and_empties(self):
        """It is said, not for each line; the log tells how many are missing."""
        disk = self.path("disk")
        os.mkdir(disk)
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            self.skipTest("no tmpfs can be mounted; the tests below show the same elsewhere")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        path = os.path.join(disk, "log.txt")
        program, session = self.logging(file=path)
        session.sock.sendall(burst(count=6000))
        session.sync()
        kept = content(path)
        self.assertWhole(kept)
        os.truncate(path, 0)
        session.say("after")
        session.sync()
        self.assertEqual(self.lines(path)[1:], ["<alice> after"])
        # A note is short: it may fit where no line does.
        told = re.findall(rb"\[(\d+) lines? w(?:as|ere) lost\]", kept + content(path))
        self.assertEqual(sum(map(int, told)) + kept.count(b"<alice>"), 6000)
        self.assertSaidOnce(program, "No space left")
        self.stop(session)

    def test_a_device_that_is_full(self):
        program, session = self.logging(file="/dev/full")
        session.sock.sendall(burst(count=100))
        session.sync()
        self.assertSaidOnce(program, "No space left")
        self.stop(session)

    def test_a_file_that_may_not_grow(self):
        """No signal ends the program, and none of its lines is torn."""
        script = f'ulimit -f 8; exec "{TWX}" "$@"'
        program, session = self.logging(command=["bash", "-c", script, "bash"])
        session.sock.sendall(burst(count=100))
        session.sync()
        self.assertWhole(content(self.log_file))
        self.assertSaidOnce(program, "File too large")
        os.truncate(self.log_file, 0)
        session.say("after")
        session.sync()
        self.assertRegex(self.lines()[0], r"^\[\d+ lines were lost\]$")
        self.assertEqual(self.lines()[1:], ["<alice> after"])
        self.stop(session)

    def test_a_folder_that_is_gone(self):
        """The log is kept where it was until there is a folder again."""
        folder = self.path("logs")
        os.mkdir(folder)
        path = os.path.join(folder, "log.txt")
        program, session = self.logging(file=path)
        os.rename(folder, folder + ".old")
        program.signal(signal.SIGHUP)
        program.wait_err("No such file or directory")
        session.say("to the old one")
        session.sync()
        self.assertEqual(self.said(folder + ".old/log.txt"), ["<alice> to the old one"])
        os.mkdir(folder)
        self.say_until(session, lambda: os.path.exists(path), "a new file")


class Kills(FileCase):
    def test_in_a_burst(self):
        """Again and again: every line in the file is whole, and the next run appends."""
        peer, size = self.irc_peer(), 0
        for _ in range(20 if SANITIZED else 200):
            program = self.log(*peer.args())
            session = peer.accept().register().join("#chan")
            before = os.path.getsize(self.log_file)
            self.send_behind(session.sock.dup(), burst())
            poll_until(lambda: os.path.getsize(self.log_file) > before + 10000, "it is written to")
            program.signal(signal.SIGKILL)
            self.assertEqual(program.wait(), -signal.SIGKILL)
            session.close()
            self.assertGreater(os.path.getsize(self.log_file), size)
            size = os.path.getsize(self.log_file)
        self.log(*peer.args())
        peer.accept().register().join("#chan")
        self.assertWhole(content(self.log_file))
