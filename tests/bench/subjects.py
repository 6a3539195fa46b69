"""Who is measured: command lines of twx, the limits and the peers that are installed."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
GREETING = "An apple a day keeps the doctor away"


@dataclass(frozen=True)
class Subject:
    name: str
    command: tuple  # {port} stands for a port
    forks: bool = False  # a process per connection: fewer connections, no instruction count
    backend: tuple = ()  # a server of which {backend} is the port, and which is not measured
    slow_to_trace: bool = False  # an interpreter; callgrind would take minutes


@dataclass
class Setup:
    """What the command line says."""

    twx: str
    programs: str
    quick: bool
    scratch: object = None

    def program(self, name):
        return os.path.join(self.programs, f"bench_{name}")

    def certificate(self):
        """A PEM file with a key and its certificate, which goes with this object."""
        made = os.path.join(self.folder(), "bench.pem")
        if not os.path.exists(made):
            subprocess.run([self.program("tls_echo"), "--make-certificate", made], check=True)
            os.chmod(made, 0o600)
        return made

    def folder(self):
        """A scratch folder, which goes with this object."""
        if self.scratch is None:
            self.scratch = tempfile.TemporaryDirectory()
        return self.scratch.name

    def twx_server(self, name):
        return Subject("twx", (self.twx, "serve", name, "127.0.0.1:0"))


@functools.cache
def twisted_python():
    """An interpreter that has Twisted; the first python3 in PATH need not be Debian's."""
    for python in (sys.executable, shutil.which("python3", path="/usr/bin")):
        if python and not subprocess.run(
            [python, "-c", "import twisted"], capture_output=True, timeout=60, check=False
        ).returncode:
            return python
    return None


def installed(candidates):
    """Keeps the subjects whose program exists and says which ones are left out."""
    found = []
    for subject in candidates:
        if subject.command[0] and shutil.which(subject.command[0]):
            found.append(subject)
        else:
            print(f"note: {subject.name} is not installed, left out", file=sys.stderr)
    return found


def twisted(name):
    script = os.path.join(HERE, "bench_twisted.py")
    return Subject("twisted", (twisted_python(), script, name), slow_to_trace=True)


def echo(setup):
    socat = "TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,backlog=1024"
    ncat = ("ncat", "-lk", "-m", "1000", "-e", "/bin/cat", "127.0.0.1", "{port}")
    return installed(
        [
            setup.twx_server("echo"),
            Subject("epoll_echo", (setup.program("epoll_echo"), "0")),
            Subject("asio_echo", (setup.program("asio_echo"), "0")),
            twisted("echo"),
            Subject("socat", ("socat", "-b", "65536", socat, "PIPE"), forks=True),
            Subject("ncat", ncat, forks=True),
        ]
    )


def stunnel(setup, pem):
    """In front of a plain echo, as it is meant to be used; it takes its settings from a file."""
    settings = f"foreground=yes\\npid=\\ndebug=0\\ncert={pem}\\n[echo]\\n"
    settings += "accept=127.0.0.1:{port}\\nconnect=127.0.0.1:{backend}\\n"
    program = next(filter(shutil.which, ("stunnel4", "stunnel")), "stunnel")
    run = f"exec {program} -fd 3 3< <(printf '{settings}')"
    backend = (setup.program("epoll_echo"), "0")
    if not shutil.which(program):
        return Subject("stunnel", (program,))
    return Subject("stunnel", ("bash", "-c", run), slow_to_trace=True, backend=backend)


def tls_echo(setup):
    pem = setup.certificate()
    socat = "OPENSSL-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,backlog=1024,nodelay,verify=0,"
    socat += f"cert={pem}"
    ncat = ("ncat", "--ssl", "--ssl-cert", pem, "--ssl-key", pem, "-lk", "-m", "1000")
    return installed(
        [
            Subject("twx", (setup.twx, "serve", "echo", f"tls://127.0.0.1:0?cert={pem}")),
            Subject("tls_echo", (setup.program("tls_echo"), "0", pem)),
            stunnel(setup, pem),
            Subject("socat", ("socat", "-b", "65536", socat, "PIPE"), forks=True),
            Subject("ncat", (*ncat, "-e", "/bin/cat", "127.0.0.1", "{port}"), forks=True),
        ]
    )


def tls_idle(setup):
    return [subject for subject in tls_echo(setup) if subject.name in ("twx", "tls_echo")]


def idle(setup):
    return [subject for subject in echo(setup) if not subject.forks]


def qotd(setup):
    socat = "TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,backlog=1024"
    socat_quote = f"EXEC:/bin/echo '{GREETING}\r'"
    ncat_quote = f"printf '{GREETING}\\r\\n'"
    ncat = ("ncat", "-lk", "-m", "1000", "--sh-exec", ncat_quote, "127.0.0.1", "{port}")
    return installed(
        [
            setup.twx_server("qotd"),
            Subject("epoll_echo", (setup.program("epoll_echo"), "0", "greet")),
            twisted("qotd"),
            Subject("socat", ("socat", "-U", socat, socat_quote), forks=True),
            Subject("ncat", ncat, forks=True),
        ]
    )


def fanout(setup):
    """Only the chat of twx knows lines and names; the others pass on what comes."""
    ncat = ("ncat", "-lk", "-m", "1100", "--broker", "127.0.0.1", "{port}")
    chat = ("ncat", "-lk", "-m", "1100", "--chat", "127.0.0.1", "{port}")
    return installed(
        [
            setup.twx_server("chat"),
            Subject("epoll_broadcast", (setup.program("epoll_broadcast"), "0")),
            twisted("spread"),
            Subject("ncat --broker", ncat),
            Subject("ncat --chat", chat),
        ]
    )


def openbsd_nc():
    return "nc.openbsd" if shutil.which("nc.openbsd") else "nc"


def senders(setup):
    return installed(
        [
            Subject("twx", (setup.twx, "connect", "127.0.0.1", "{port}")),
            Subject("splice_send", (setup.program("splice_send"), "127.0.0.1", "{port}")),
            Subject("nc", (openbsd_nc(), "-N", "127.0.0.1", "{port}")),
            Subject("ncat", ("ncat", "127.0.0.1", "{port}")),
            Subject("socat", ("socat", "-b", "65536", "-", "TCP:127.0.0.1:{port}")),
        ]
    )


def line_splitters(setup):
    program = setup.program("line_receiver")
    return [Subject("twx", (program, "twx")), Subject("memchr", (program, "memchr"))]


def starters(setup):
    return installed(
        [
            Subject("twx", (setup.twx, "--version")),
            Subject("empty", (setup.program("empty"),)),
            Subject("nc", (openbsd_nc(), "-h")),
            Subject("ncat", ("ncat", "--version")),
            Subject("socat", ("socat", "-V")),
            Subject("curl", ("curl", "--version")),
        ]
    )


def explainers(setup):
    return installed(
        [
            Subject("twx", (setup.twx, "--help")),
            Subject("empty", (setup.program("empty"),)),
            Subject("ncat", ("ncat", "--help")),
            Subject("socat", ("socat", "-h")),
            Subject("curl", ("curl", "--help")),
        ]
    )


def parts(setup, program):
    """A part of the library and what one would write without it; both in one program."""
    return [Subject(name, (setup.program(program), name)) for name in ("twx", "by_hand")]
