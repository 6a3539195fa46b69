"""Processes and what they cost: CPU time, memory, system calls, instructions.

Every process is ended by its own pid and every wait is bounded.
"""

import contextlib
import json
import os
import re
import select
import socket
import subprocess
import tempfile
import time

PATIENCE = 30  # seconds; nothing here should need as many


class BenchError(Exception):
    """A subject could not be measured; the others still can."""


def wait_until(condition, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise BenchError(f"waited {seconds} s for {what}")
        time.sleep(0.005)


@contextlib.contextmanager
def on_cpu(place):
    """Keeps this program and what it starts meanwhile on one CPU, by its place in the list.

    Where the scheduler puts a server and its client is worth a factor of four in CPU time (waking
    a sleeping CPU is dear in a virtual machine) and changes from run to run. Pinned, the noise is
    a few per cent, on a busy machine too."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[place]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def read_proc(pid, name):
    with open(f"/proc/{pid}/{name}", encoding="ascii", errors="replace") as file:
        return file.read()


def tree(pid):
    """The process and its living descendants, parents first."""
    pids = [pid]
    for parent in pids:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{parent}/task"):
                pids += map(int, read_proc(parent, f"task/{task}/children").split())
    return pids


def own_cpu_ns(pid):
    """All threads of one process, ended ones too; the clock that clock_getcpuclockid(3) names."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def reaped_cpu_ns(pid):
    """Children that have ended and been waited for; exact to a tick of 10 ms."""
    fields = read_proc(pid, "stat").rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def tree_cpu_ns(pid):
    total = 0
    for member in tree(pid):
        with contextlib.suppress(OSError):
            total += own_cpu_ns(member) + reaped_cpu_ns(member)
    return total


def private_bytes(pid):
    """Memory that would be free without this process; the kernel's own is not in it."""
    match = re.search(r"Private_Dirty:\s+(\d+) kB", read_proc(pid, "smaps_rollup"))
    return int(match[1]) * 1024


def is_listening(port):
    wanted = f":{port:04X} "
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), open(table, encoding="ascii") as file:
            if any(wanted in line and line.split()[3] == "0A" for line in file):
                return True
    return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_process(process, pid=None):
    """Ends a Popen child. `pid` is the one to signal if a tracer stands in between."""
    if process.poll() is None:
        members = tree(process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid or process.pid, 15)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            for member in reversed(members):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member, 9)
            process.wait(5)


class Server:
    """A subject that runs and listens. Its stderr goes to a file, which cannot block it."""

    def __init__(self, command, wrapper=(), backend=()):
        self.backend = Server(backend) if backend else None
        if backend:
            command = [word.replace("{backend}", str(self.backend.port)) for word in command]
        picked = free_port() if any("{port}" in word for word in command) else None
        command = [word.replace("{port}", str(picked)) for word in command]
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [*wrapper, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.log,
        )
        self.pid = self.process.pid
        try:
            self.port = picked or self.announced_port()
            self.wait(lambda: is_listening(self.port), "the server to listen")
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_process(self.process, self.pid)
        if self.backend:
            self.backend.__exit__()

    def wait(self, condition, what, seconds=PATIENCE):
        def reached():
            if self.process.poll() is not None:
                raise BenchError(f"ended with {self.process.returncode}: {self.said()[-300:]!r}")
            return condition()

        wait_until(reached, what, seconds)

    def said(self):
        # By pread: the file offset is the child's, moving it would make it overwrite itself.
        return os.pread(self.log.fileno(), 1 << 20, 0).decode(errors="replace")

    def announced_port(self):
        pattern = re.compile(r"listening on .*?(\d+)\s*$", re.MULTILINE)
        self.wait(lambda: pattern.search(self.said()), "the announcement of a port")
        return int(pattern.search(self.said())[1])

    def cpu_ns(self):
        return tree_cpu_ns(self.pid)

    def wait_childless(self):
        """Only then is the CPU time of forked children counted, and only once."""
        with contextlib.suppress(BenchError):
            self.wait(lambda: len(tree(self.pid)) == 1, "children", 2)

    def wait_descriptors(self, count):
        self.wait(lambda: len(os.listdir(f"/proc/{self.pid}/fd")) >= count, "accept")


class Load:
    """A running load generator that stops at gates; see load.h."""

    def __init__(self, command):
        self.pending = b""
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_process(self.process)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def line(self):
        end = time.monotonic() + PATIENCE * 2
        while b"\n" not in self.pending:
            left = end - time.monotonic()
            ready = left > 0 and select.select([self.process.stdout], [], [], left)[0]
            data = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not data:
                raise BenchError("load: " + (self.complaint() if ready else "no report in time"))
            self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        return line.decode()

    def complaint(self):
        return os.read(self.process.stderr.fileno(), 4096).decode().strip() or "ended early"

    def report(self):
        return json.loads(self.line())

    def wait_gate(self):
        if self.line() != "ready":
            raise BenchError("load: no gate")

    def pass_gate(self):
        self.process.stdin.write(b"\n")

    def finish(self):
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise BenchError("load: does not end") from None
        if status != 0:
            raise BenchError("load: " + self.complaint())


def ends_within(pid, seconds):
    pidfd = os.pidfd_open(pid)
    try:
        return bool(select.select([pidfd], [], [], seconds)[0])
    finally:
        os.close(pidfd)


def run(command, stdin_fd=None, seconds=60):
    """Runs to the end. Returns wall and CPU seconds and the exit status."""
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    stdio = (null if stdin_fd is None else stdin_fd, null, null)
    actions = [(os.POSIX_SPAWN_DUP2, fd, place) for place, fd in enumerate(stdio)]
    in_time = False
    begin = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    try:
        in_time = ends_within(pid, seconds)
        wall = time.perf_counter() - begin
    finally:
        if not in_time:
            os.kill(pid, 9)
        _, status, usage = os.wait4(pid, 0)
        os.close(null)
    if not in_time:
        raise BenchError(f"{command[0]} did not end in {seconds} s")
    return wall, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status)


CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]


def collected(text):
    match = re.search(r"Collected : (\d+)", text)
    if not match:
        raise BenchError(f"callgrind counted nothing: {text[-300:]!r}")
    return int(match[1])


def program_instructions(command):
    """User instructions of a whole run."""
    done = subprocess.run(
        [*CALLGRIND, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE * 2,
        check=False,
    )
    return collected(done.stderr.decode(errors="replace"))


def server_instructions(command, work):
    """User instructions of a server's whole life while `work(server)` is done on it."""
    with Server(command, CALLGRIND) as server:
        work(server)
    return collected(server.said())


def server_syscalls(command, work):
    """The same for system calls, forked children included."""
    with tempfile.NamedTemporaryFile("r") as counts:
        wrapper = ["strace", "-f", "-c", "-o", counts.name]
        with Server(command, wrapper) as server:
            server.pid = tree(server.process.pid)[1]  # strace must live on to write its table
            work(server)
            server.wait_childless()
        total = re.search(r"^\s*100\.00\s+\S+\s+\S+\s+(\d+)\s.*total$", counts.read(), re.MULTILINE)
    if not total:
        raise BenchError("strace counted nothing")
    return int(total[1])
