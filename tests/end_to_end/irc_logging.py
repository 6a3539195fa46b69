"""What the tests of twx irc-log share."""

import json
import os
import re
import signal

from harness import Case, poll_until
from irc_peers import IrcPeer

# Pauses that a test can wait for.
QUICK = ("--reconnect-min", "20ms", "--reconnect-max", "100ms", "--rejoin-delay", "20ms")
STAMP = r"\[\d\d:\d\d:\d\d\] "
ASCTIME = r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"


def content(path):
    with open(path, "rb") as file:
        return file.read()


class LogCase(Case):
    """The program runs in UTC, and logs #chan to `log_file` unless a test says otherwise."""

    def setUp(self):
        super().setUp()
        self.log_file = self.path("log.txt")

    def irc_peer(self, **options):
        return IrcPeer(self, **options)

    def log(self, *args, channels="#chan", file=None, **options):
        """twx irc-log, running."""
        options.setdefault("env", {**os.environ, "TZ": "UTC"})
        return self.start("irc-log", channels, file or self.log_file, *args, **options)

    def logging(self, *args, offered="", channels="#chan", **options):
        """(The program, its session), once it is in the channels and the log says so."""
        peer = self.irc_peer()
        program = self.log(*peer.args(), *QUICK, *args, channels=channels, **options)
        session = peer.accept()
        session.peer, session.program = peer, program
        session.register(offered).join(*(c for c in channels.split(",") if c[0] == "#"))
        return program, session

    def stop(self, session):
        """Ends the program as its user would: it says good bye, which is the last of it."""
        session.program.signal(signal.SIGTERM)
        session.until("QUIT( :.*)?")
        session.close()
        self.assertEqual(session.program.wait(), 0, session.program.err)

    def lines(self, path=None):
        """Of the log, without their times."""
        text = content(path or self.log_file).decode()
        return [self.without_time(line) for line in text.split("\n")[:-1]]

    def without_time(self, line):
        self.assertRegex(line, STAMP)
        line = line[len("[00:00:00] ") :]
        return re.sub(r"(?<=connected at )" + ASCTIME, "TIME", line)

    def said(self, path=None):
        """Of those lines the ones about what happened in a channel."""
        return [line for line in self.lines(path) if not line.startswith("[")]

    def wait_line(self, line, path=None):
        """Until the log has it."""
        wanted, path = line.encode() + b"\n", path or self.log_file
        poll_until(lambda: os.path.exists(path) and wanted in content(path), f"{line!r} is logged")

    def objects(self, path=None):
        """Of a log in JSON Lines."""
        return [json.loads(line) for line in content(path or self.log_file).splitlines()]

    def secret(self, text="sesame"):
        """A file with a password."""
        path = self.file("password", text.encode() + b"\n")
        os.chmod(path, 0o600)
        return path
