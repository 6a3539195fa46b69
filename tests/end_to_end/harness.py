"""What the end-to-end tests share: the real binary, peers on loopback, and waits with a deadline.

Nothing here sleeps to synchronise. A test waits for an event (a line, a byte, an exit), or for a
state of the system that cannot be waited for, which poll_until asks for until a deadline.

Environment: TWX is the binary. TWX_SANITIZED=1 says that it is instrumented, so slow and fat.
TWX_TEST_SLOW is the factor by which limits of time grow on a slow machine.
"""

import array
import contextlib
import errno
import fcntl
import os
import random
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

TWX = os.environ.get("TWX")
if not TWX:
    raise SystemExit("TWX must name the twx binary to test")
SANITIZED = os.environ.get("TWX_SANITIZED", "0") not in ("", "0")
SLOW = float(os.environ.get("TWX_TEST_SLOW", "5" if SANITIZED else "1"))

# How long anything may take that ought to happen soon: long enough for a busy machine.
SOON = 10 * SLOW
KIB, MIB = 1024, 1024 * 1024

# A shell may have started the tests in the background, with SIGINT ignored; twx would respect that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The limit that twx raises as well. Many tests hold more descriptors than a shell's default.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (_hard, _hard))
MOST_DESCRIPTORS = _hard


def random_bytes(count, seed=1):
    return random.Random(seed).randbytes(count)


def memory_limit(count):
    """A limit for resident memory or its growth; shadow memory and quarantine are not counted."""
    return count * 8 + 256 * MIB if SANITIZED else count


def poll_until(condition, what, timeout=None):
    """Asks until `condition` is true, and returns what it said. The only wait without an event."""
    deadline = time.monotonic() + (timeout or SOON)
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain until {what}")
        time.sleep(0.005)


def pass_time(seconds):
    """Time that is part of what is tested: a late answer, a pause, a stretch that is measured."""
    time.sleep(seconds)


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


# --- sockets ---


def read_exactly(sock, count):
    data = bytearray()
    while len(data) < count:
        piece = sock.recv(min(count - len(data), MIB))
        if not piece:
            raise AssertionError(f"the peer closed after {len(data)} of {count} bytes")
        data += piece
    return bytes(data)


def read_all(sock):
    """All bytes to the end; ConnectionResetError if there is no orderly one."""
    data = bytearray()
    while piece := sock.recv(MIB):
        data += piece
    return bytes(data)


def read_some(fd, most=MIB):
    """What a pipe, file or terminal has to give, at the latest SOON; b"" at its end."""
    if not select.select([fd], [], [], SOON)[0]:
        raise AssertionError("nothing came")
    return os.read(fd, most)


def read_descriptor(fd, count=None):
    """`count` bytes of a pipe or file, or all to its end."""
    data = bytearray()
    while count is None or len(data) < count:
        piece = read_some(fd, MIB if count is None else count - len(data))
        if not piece:
            break
        data += piece
    return bytes(data)


def waiting_bytes(fd):
    """How many bytes a read would find."""
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


def until_quiet(measure, seconds=0.3):
    """Waits until `measure` has not changed for a while, and returns it."""
    before = object()
    while before != (before := measure()):
        pass_time(seconds * SLOW)
    return before


def has_ended(sock):
    """True once there is nothing more to come: an orderly end or a reset."""
    if not select.select([sock], [], [], 0)[0]:
        return False
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except ConnectionError:
        return True


def reset(sock):
    """Closes so that the other side gets RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def offer(sock, most, quiet=0.3):
    """Sends zeros until the other side has taken none for `quiet` seconds; says how many went."""
    block = bytes(64 * KIB)
    sent = 0
    sock.setblocking(False)
    while sent < most and select.select([], [sock], [], quiet * SLOW)[1]:
        with contextlib.suppress(BlockingIOError):
            sent += sock.send(block)
    sock.setblocking(True)
    sock.settimeout(SOON)
    return sent


def flags(fd):
    return fcntl.fcntl(fd, fcntl.F_GETFL)


def full_backlog(case, address):
    """A listener on `address` that answers no further connection: its queue is full."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = case.keep(socket.socket(family))
    listener.bind((address, 0))
    listener.listen(0)
    fillers = []
    for _ in range(64):
        filler = case.keep(socket.socket(family))
        filler.setblocking(False)
        if filler.connect_ex(listener.getsockname()[:2]) not in (0, errno.EINPROGRESS):
            raise AssertionError("cannot fill the backlog")
        if not select.select([], [filler], [], 0.2)[1]:
            return listener.getsockname()[1]
        fillers.append(filler)
    raise unittest.SkipTest("a full backlog does not hold connections back on this system")


# --- processes ---


class Process:
    """A program that runs. Its stderr is collected; so is its stdout, unless a test passes one."""

    def __init__(self, case, args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options):
        self.args = args
        self.err = bytearray()
        self.out = bytearray()
        self._changed = threading.Condition()
        self._readers = []
        # A test that reads stdout itself says so by taking it before anything is written.
        collect = options.pop("collect", True)
        options.setdefault("stderr", subprocess.PIPE)
        self._popen = subprocess.Popen(args, stdin=stdin, stdout=stdout, bufsize=0, **options)
        self.pid = self._popen.pid
        self.stdin, self.stdout = self._popen.stdin, self._popen.stdout
        case.addCleanup(self._clean_up)
        if self._popen.stderr:
            self._collect(self.err, self._popen.stderr)
        if self.stdout and collect:
            self._collect(self.out, self.stdout)

    def _collect(self, into, stream):
        def read():
            while piece := stream.read(MIB):
                with self._changed:
                    into.extend(piece)
                    self._changed.notify_all()

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        self._readers.append(thread)

    def _clean_up(self):
        if self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait()
        for thread in self._readers:
            thread.join(SOON)
        for stream in (self.stdin, self.stdout, self._popen.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        check_health(self._popen.returncode, self.err)

    def send(self, data):
        """Writes all to stdin."""
        view = memoryview(data)
        while view:
            view = view[self.stdin.write(view) :]

    def end_input(self):
        self.stdin.close()

    def signal(self, number):
        self._popen.send_signal(number)

    def running(self):
        return self._popen.poll() is None

    def wait(self, timeout=None):
        """The exit status; -N after signal N. Its output is then complete."""
        try:
            status = self._popen.wait(timeout or SOON)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.args} does not end; stderr: {self.err!r}") from None
        for thread in self._readers:
            thread.join(SOON)
        return status

    def _wait_for(self, condition, what, timeout):
        with self._changed:
            if not self._changed.wait_for(condition, timeout or SOON):
                raise AssertionError(f"{what} did not come; out {self.out!r}, err {self.err!r}")

    def wait_out(self, data, timeout=None):
        """Until stdout is, or begins with, `data`."""
        self._wait_for(lambda: self.out.startswith(data), repr(data), timeout)

    def wait_shown(self, text, timeout=None):
        """The same, but for how lines end: CR LF is LF on a terminal."""

        def shown():
            return self.out.replace(b"\r\n", b"\n").startswith(text.encode())

        self._wait_for(shown, repr(text), timeout)

    def wait_err(self, pattern, count=1, timeout=None):
        """Until stderr has `count` matches of a regular expression; the last of them."""
        regex = re.compile(pattern.encode(), re.MULTILINE)
        self._wait_for(lambda: len(regex.findall(self.err)) >= count, pattern, timeout)
        return list(regex.finditer(bytes(self.err)))[count - 1]

    def lines(self):
        """stderr, line by line, without the program's name in front."""
        return [line.removeprefix("twx: ") for line in self.err.decode().splitlines()]

    # What the kernel knows about it.

    def _proc(self, name):
        with open(f"/proc/{self.pid}/{name}") as file:
            return file.read()

    def rss(self):
        return int(re.search(r"VmRSS:\s+(\d+) kB", self._proc("status"))[1]) * KIB

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def descriptor(self, number):
        return os.readlink(f"/proc/{self.pid}/fd/{number}")

    def cpu_seconds(self):
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def catches(self, number):
        """True once it has a handler for the signal, so that one sent now is not too early."""
        caught = int(re.search(r"SigCgt:\s+(\w+)", self._proc("status"))[1], 16)
        return bool(caught >> (number - 1) & 1)


def check_health(status, err):
    """No test may pass while the program has crashed or a sanitizer has complained."""
    for trace in (b"AddressSanitizer", b"LeakSanitizer", b"ThreadSanitizer", b"runtime error:"):
        if trace in err:
            raise AssertionError(err.decode(errors="replace"))
    if status in (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE):
        raise AssertionError(f"crashed: {status}; {err.decode(errors='replace')}")


class Server(Process):
    """twx serve NAME, listening at `places`: (address, port) or a path, as announced."""

    def __init__(self, case, name, *args, endpoints=("127.0.0.1:0",), **options):
        command = options.pop("command", [TWX])
        command = [*command, "serve", name, *endpoints, *args]
        super().__init__(case, command, subprocess.DEVNULL, **options)
        self.case, self.name = case, name
        self.places = []
        for number in range(len(endpoints)):
            found = self.wait_err(rf"^twx: serve {name}: listening on (\S+)(?: with TLS)?$", number + 1)
            self.places.append(parse_place(found[1].decode()))
        self.place = self.places[0]

    @property
    def port(self):
        return self.place[1]

    def connect(self, place=None, **options):
        return connect_to(self.case, place or self.place, **options)

    def stop(self, number=signal.SIGTERM):
        self.signal(number)
        return self.wait()


def parse_place(uri):
    """What a server announces, as something to connect to."""
    uri = re.sub("^(udp|tls):", "tcp:", uri).replace("unix-dgram:", "unix:")
    if found := re.fullmatch(r"tcp://\[(.*)\]:(\d+)", uri):
        return {"::": "::1"}.get(found[1], found[1]), int(found[2])
    if found := re.fullmatch(r"t(?:cp|ls)://([^:]*):(\d+)", uri):
        return {"0.0.0.0": "127.0.0.1"}.get(found[1], found[1]), int(found[2])
    if found := re.fullmatch(r"unix:(?://(/.*)|@(.*))", uri):
        return found[1] or "\0" + found[2]
    raise AssertionError(f"not an address to connect to: {uri}")


def connect_to(case, place, receive_buffer=None, timeout=None):
    if isinstance(place, str):
        sock = socket.socket(socket.AF_UNIX)
    else:
        sock = socket.socket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET)
    case.keep(sock)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(timeout or SOON)
    sock.connect(place)
    return sock


class Listener:
    """Where a test accepts connections itself, step by step with what the program does."""

    def __init__(self, case, address="127.0.0.1", port=0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._case = case
        self._socket = case.keep(socket.create_server((address, port), family=family))
        self._socket.settimeout(SOON)
        self.port = self._socket.getsockname()[1]
        self.where = (address, str(self.port))

    def accept(self):
        sock = self._case.keep(self._socket.accept()[0])
        sock.settimeout(SOON)
        return sock

    def close(self):
        self._socket.close()

    def serve_all(self, talk):
        """From now on each connection is served by `talk(socket)`, in a thread of its own."""
        self.connections = 0
        threading.Thread(target=self._accept_all, args=(talk,), daemon=True).start()

    def _accept_all(self, talk):
        try:
            while True:
                sock = self.accept()
                self.connections += 1
                threading.Thread(target=talk, args=(sock,), daemon=True).start()
        except OSError:
            pass  # closed


class Daemon:
    """A program of others that listens on `port` of 127.0.0.1 until the test ends.

    `says` is the file for what it has to say.
    """

    def __init__(self, case, command, port, says, **options):
        self.port, self._command, self._says = port, command, says
        with open(says, "ab") as file:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **options
            )
        case.addCleanup(self._stop)
        poll_until(self._listens, f"{command[0]} listens")

    def said(self):
        with open(self._says, encoding="utf-8") as file:
            return file.read()

    def _listens(self):
        if self._process.poll() is not None:
            raise AssertionError(f"{self._command[0]} ended: {self.said()}")
        try:
            socket.create_connection(("127.0.0.1", self.port), SOON).close()
        except ConnectionRefusedError:
            return False
        return True

    def _stop(self):
        self._process.terminate()
        self._process.wait(SOON)


class Peer(Listener):
    """A listener whose connections are served by `talk(socket)`, one after another.

    `talk` runs in a thread; the connection is closed when it returns. What goes wrong in it fails
    the test when the peer is joined, at the latest at the test's end.
    """

    def __init__(self, case, talk, address="127.0.0.1", connections=1):
        super().__init__(case, address)
        self._talk, self._left, self._failure = talk, connections, None
        self._over = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        case.addCleanup(self.join)

    def _serve(self):
        try:
            for _ in range(self._left):
                with self.accept() as sock:
                    self._talk(sock)
        except Exception as failure:  # handed to the thread of the test
            self._failure = failure
        finally:
            self.close()

    def join(self):
        """Until all connections are over."""
        if self._over:
            return
        self._over = True
        self._thread.join(2 * SOON)
        if self._thread.is_alive():
            raise AssertionError("the peer still waits for its connections")
        if self._failure:
            raise AssertionError(f"the peer failed: {self._failure!r}") from self._failure


def echo_back(sock):
    """Sends everything back until the end, reading and writing at once."""

    def read():
        while piece := sock.recv(MIB):
            pieces.append(piece)
            arrived.release()
        ended.append(True)
        arrived.release()

    pieces, ended, arrived = [], [], threading.Semaphore(0)
    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    while arrived.acquire(timeout=SOON) and pieces:
        sock.sendall(pieces.pop(0))
    thread.join(SOON)
    if not ended:
        raise AssertionError("the end of the input did not come")


def collect_then(answer=b""):
    """A talk that reads to the end, keeps what it read, and then answers; (talk, what it read)."""
    got = bytearray()

    def talk(sock):
        got.extend(read_all(sock))
        sock.sendall(answer)

    return talk, got


# --- the test case ---


class Result:
    def __init__(self, status, out, err, seconds):
        self.status, self.out, self.err, self.seconds = status, out, err.decode(), seconds

    def __repr__(self):
        return f"status {self.status}, out {(self.out or b'')[:200]!r}, err {self.err!r}"


class Case(unittest.TestCase):
    """Everything that a test starts or opens ends with it."""

    longMessage = True
    maxDiff = 2000

    def setUp(self):
        self._folder = None

    @property
    def folder(self):
        if not self._folder:
            self._folder = tempfile.mkdtemp(prefix="twx-test-")
            self.addCleanup(shutil.rmtree, self._folder)
        return self._folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, data=b""):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def open(self, path, flags):
        fd = os.open(path, flags | os.O_CLOEXEC, 0o600)
        self.addCleanup(self.close_quietly, fd)
        return fd

    def pipe(self):
        reader, writer = os.pipe()
        self.addCleanup(self.close_quietly, reader)
        self.addCleanup(self.close_quietly, writer)
        return reader, writer

    @staticmethod
    def close_quietly(fd):
        with contextlib.suppress(OSError):
            os.close(fd)

    def keep(self, sock):
        self.addCleanup(sock.close)
        return sock

    def send_behind(self, sock, data):
        """Sends while the test reads elsewhere, then closes."""

        def send():
            with sock, contextlib.suppress(OSError):  # the test sees what did not arrive
                sock.sendall(data)

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        self.addCleanup(thread.join, SOON)

    def unused_port(self):
        """A port of 127.0.0.1 that refuses, for as long as the test runs."""
        return self.refusing_socket().getsockname()[1]

    def refusing_socket(self, address="127.0.0.1"):
        sock = self.keep(socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET))
        sock.bind((address, 0))
        return sock

    def terminal(self):
        """(our side, the program's side) of a terminal that changes nothing on the way out."""
        ours, theirs = os.openpty()
        self.addCleanup(self.close_quietly, ours)
        self.addCleanup(self.close_quietly, theirs)
        settings = termios.tcgetattr(theirs)
        settings[1] &= ~termios.OPOST
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(theirs, termios.TCSANOW, settings)
        return ours, theirs

    def listener(self, address="127.0.0.1"):
        return Listener(self, address)

    def peer(self, talk, **options):
        return Peer(self, talk, **options)

    def serve(self, name, *args, **options):
        return Server(self, name, *args, **options)

    def connected(self, *args, **options):
        """twx connect with these arguments, running, and the peer's socket."""
        listener = self.listener()
        program = self.connect(listener, *args, **options)
        sock = listener.accept()
        listener.close()
        return program, sock

    def start(self, *args, **options):
        command = options.pop("command", [TWX])
        return Process(self, [*command, *map(str, args)], **options)

    def connect(self, peer, *args, **options):
        """twx connect to a peer, running."""
        where = peer.where if isinstance(peer, Listener) else peer
        return self.start("connect", *where, *args, **options)

    def run_twx(self, *args, input=b"", timeout=None, command=(TWX,), **options):
        """Runs it to its end. `input` goes to stdin; a stdin in the options is used instead."""
        if "stdin" not in options:
            options["input"] = input
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        started = time.monotonic()
        try:
            done = subprocess.run(
                [*command, *map(str, args)], timeout=timeout or 2 * SOON, **options
            )
        except subprocess.TimeoutExpired as expired:
            raise AssertionError(f"{args} does not end; stderr: {expired.stderr!r}") from None
        seconds = time.monotonic() - started
        err = done.stderr or b""
        check_health(done.returncode, err)
        return Result(done.returncode, done.stdout, err, seconds)

    def run_connect(self, peer, *args, **options):
        where = peer.where if isinstance(peer, Listener) else peer
        return self.run_twx("connect", *where, *args, **options)

    # Assertions.

    def assertSame(self, got, wanted, what="data"):
        """For data too long to be shown."""
        if got != wanted:
            same = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), None)
            at = "" if same is None else f", first different at {same}"
            self.fail(f"{what}: {len(got)} bytes instead of {len(wanted)}{at}")

    def assertQuiet(self, result, out=None):
        """Status 0, and nothing said."""
        self.assertEqual((result.status, result.err), (0, ""), result)
        if out is not None:
            self.assertSame(result.out, out)

    def assertFails(self, result, status, message):
        """One line on stderr, which matches `message`."""
        self.assertEqual(result.status, status, result)
        self.assertRegex(result.err, rf"\Atwx: {message}\n\Z")

    def assertServes(self, server, place=None):
        with server.connect(place) as sock:
            sock.sendall(b"still there?")
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(read_all(sock), b"still there?")


# --- other files in /etc, for names and resolvers ---


def own_hosts(case, *entries):
    """A command prefix with which a program finds these entries, and no others, in /etc/hosts."""
    hosts = case.file("hosts", "".join(entry + "\n" for entry in entries).encode())
    nsswitch = case.file("nsswitch", b"hosts: files\n")
    script = (
        f"mount --bind {hosts} /etc/hosts && mount --bind {nsswitch} /etc/nsswitch.conf && "
        'exec "$@"'
    )
    command = ["unshare", "-rm", "sh", "-c", script, "sh"]
    require(command)
    return command


def own_name_server(case, behaviour):
    """A command prefix with which a program asks a name server of ours; see name_server.py."""
    require(["unshare", "-rnm", "nsenter", "--version"])
    resolv = case.file("resolv", b"nameserver 127.0.0.1\noptions timeout:30 attempts:1\n")
    nsswitch = case.file("nsswitch", b"hosts: files dns\n")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "name_server.py")
    server = Process(
        case,
        ["unshare", "-rnm", sys.executable, "-B", script, behaviour, resolv, nsswitch],
    )
    server.wait_out(b"ready")
    command = ["nsenter", "-t", str(server.pid), "-U", "-n", "-m", "--preserve-credentials"]
    require(command)
    return command


def require(command):
    """Skips the test unless programs can be run behind this prefix."""
    with contextlib.suppress(OSError):
        if subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            return
    raise unittest.SkipTest("no namespaces of our own are permitted here")
