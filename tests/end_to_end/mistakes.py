"""Command lines as people mistype them, and what they are told.

A table has rows of (arguments, exit status, message): the arguments as in a shell, the message
without "twx: " in front, in which "..." stands for anything. In both `<port>` and the like stand
for what a test has made; see MistakeCase.
"""

import os
import re
import shlex
import subprocess

import certificates
from harness import SOON, TWX, Case

USAGE = 2
CANNOT_CONNECT = 7
CANNOT_WRITE = 23
CANNOT_READ = 26

TIME = "is not a time; use 500ms, 2s, 1.5m or 1h"
ONE_WORD = "a time is one word, number and unit: 500ms, 2s, 1.5m or 1h"
ENDPOINTS = (
    "use 9000, host:9000, [::1]:9000, /path/to.sock, tcp://host:port, tls://host:port, "
    "udp://host:port, unix:///path or fd:3"
)
PORT = "use 0 to 65535"
SERVICE = f"{PORT} or the name of a service"
WITHOUT_TLS = "settings of TLS without TLS; add --tls or use an endpoint tls://host:port"
NO_KEY = "holds no private key in PEM form without a password"

# Root may do what people must not, unless it becomes somebody without capabilities.
NOBODY = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    *("--bounding-set=-all", "--inh-caps=-all"),
)


class MistakeCase(Case):
    """Made for each test, in the working directory of what it runs: certificates a.pem and b.pem
    with the keys a.key and b.key, file.txt, and a folder called dir. <used> is a port that somebody
    listens on, <port> one that refuses."""

    def setUp(self):
        super().setUp()
        self._made = {}
        for name, identity in (("a", certificates.issue("a")), ("b", certificates.issue("b"))):
            self.file(f"{name}.pem", certificates.read(identity.cert))
            os.chmod(self.file(f"{name}.key", certificates.read(identity.key)), 0o600)
        self.file("file.txt", b"text\n")
        os.mkdir(self.path("dir"))

    def made(self, name):
        if name not in self._made:
            make = {"used": lambda: self.listener().port, "port": self.unused_port}
            self._made[name] = str(make[name]())
        return self._made[name]

    def with_made(self, text):
        return re.sub("<(used|port)>", lambda found: self.made(found[1]), text)

    def mistake(self, line, status, message, path="", **options):
        """One line says what is wrong, and for usage errors another where help is."""
        arguments = shlex.split(self.with_made(line))
        options = {"stdin": subprocess.DEVNULL, "timeout": SOON / 2, **options}
        result = self.run_twx(*arguments, cwd=self.folder, **options)
        wanted = f"twx: {self.with_made(message)}\n"
        if status == USAGE:
            wanted += f"Try '{f'twx {path}'.rstrip()} --help'.\n"
        pattern = re.escape(wanted).replace(r"\.\.\.", ".+")
        self.assertEqual((result.status, result.out), (status, b""), result)
        self.assertTrue(re.fullmatch(pattern, result.err), f"{result.err!r} is not {wanted!r}")

    def mistakes(self, path, rows):
        """At least twenty of a command, none twice."""
        self.assertGreaterEqual(len({line for line, _, _ in rows}), 20)
        for line, status, message in rows:
            with self.subTest(f"{path} {line}"):
                self.mistake(f"{path} {line}", status, message, path)

    def as_nobody(self):
        """A prefix that takes root's rights away."""
        if os.geteuid() != 0:
            return (TWX,)
        os.chmod(self.folder, 0o755)
        command = (*NOBODY, TWX)
        try:
            done = subprocess.run([*command, "--version"], capture_output=True)
        except OSError:
            self.skipTest("there is no setpriv(1)")
        if done.returncode != 0:
            self.skipTest("nobody may run this binary")
        return command
