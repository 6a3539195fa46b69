"""What the trials share: a program that runs, a peer that is scripted, and a verdict."""

import contextlib
import os
import pathlib
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
import certificates  # noqa: E402

# How long a program may take for what it does at once. A slow one, under a sanitizer, gets more.
_SLOW = "5" if os.environ.get("TWX_SANITIZED") else "1"
PATIENCE = 4 * float(os.environ.get("TWX_TEST_SLOW", _SLOW))


class Wrong(Exception):
    """The program has fallen into the trap; the text says how."""


class Program:
    """One command line. Its output is collected, unless the trial passes a stdout."""

    def __init__(self, trial, command, shell_suffix="", **streams):
        self.out, self.err = bytearray(), bytearray()
        streams.setdefault("stdin", subprocess.PIPE)
        streams.setdefault("stdout", subprocess.PIPE)
        self.process = subprocess.Popen(
            ["bash", "-c", f"exec {command} {shell_suffix}"],
            stderr=subprocess.PIPE,
            bufsize=0,
            env=trial.environment,
            cwd=trial.folder,
            **streams,
        )
        trial.later(self._end)
        self._readers = []
        for into, stream in ((self.out, self.process.stdout), (self.err, self.process.stderr)):
            if stream:
                reader = threading.Thread(target=self._read, args=(into, stream), daemon=True)
                reader.start()
                self._readers.append(reader)

    @staticmethod
    def _read(into, stream):
        with contextlib.suppress(ValueError, OSError):
            while piece := stream.read(65536):
                into.extend(piece)

    def _end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()

    def send(self, data):
        """Behind the trial's back, since the program may take its time."""

        def write():
            with contextlib.suppress(OSError, ValueError):
                view = memoryview(data)
                while view:
                    view = view[self.process.stdin.write(view) :]
                self.process.stdin.close()

        threading.Thread(target=write, daemon=True).start()

    def write(self, data):
        self.process.stdin.write(data)

    def end_input(self):
        self.process.stdin.close()

    def wait(self, seconds=PATIENCE):
        """Its status, once it has ended by itself."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Wrong("does not end") from None
        for reader in self._readers:
            reader.join(PATIENCE)
        return status

    def shows(self, data, seconds=PATIENCE):
        return self.until(lambda: data in self.out, seconds)

    def until(self, condition, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def listening_port(self):
        """That of TCP on which it listens, or None."""
        folder, inodes = f"/proc/{self.process.pid}/fd", set()
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                inodes.add(os.readlink(f"{folder}/{name}"))
        with open("/proc/net/tcp", encoding="ascii") as file:
            for line in file:
                fields = line.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                    return int(fields[1].rpartition(":")[2], 16)
        return None

    def memory(self):
        """Resident, in bytes."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Trial:
    """One program in one trap. Everything that it starts or opens ends with it."""

    def __init__(self, tool, twx):
        self.tool = tool
        self.slow = PATIENCE > 4
        self._cleanups = contextlib.ExitStack()
        self.folder = self._cleanups.enter_context(tempfile.TemporaryDirectory(prefix="traps-"))
        os.symlink(twx, os.path.join(self.folder, "twx"))
        clean = {n: text for n, text in os.environ.items() if not n.lower().endswith("_proxy")}
        self.environment = {**clean, "PATH": f"{self.folder}:{os.environ['PATH']}"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._cleanups.close()

    def later(self, call, *arguments):
        self._cleanups.callback(call, *arguments)

    def run(self, command, port=0, suffix="", **streams):
        path = os.path.join(self.folder, "socket")
        text = command.format(port=port, ca=certificates.ca().cert, path=path)
        return Program(self, text, suffix, **streams)

    def peer(self, talk, address="127.0.0.1", kind=socket.SOCK_STREAM):
        """The port at which `talk(socket)` serves one connection, or all datagrams.

        The connection is closed when it returns.
        """
        sock = socket.socket(socket.AF_INET, kind)
        self.later(sock.close)
        sock.settimeout(3 * PATIENCE)
        sock.bind((address, 0))

        def serve():
            with contextlib.suppress(OSError):
                if kind == socket.SOCK_DGRAM:
                    talk(sock)
                    return
                accepted = sock.accept()[0]
                self.later(accepted.close)
                accepted.settimeout(3 * PATIENCE)
                with accepted:
                    talk(accepted)

        if kind == socket.SOCK_STREAM:
            sock.listen()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        return sock.getsockname()[1]

    def closed_port(self, kind=socket.SOCK_STREAM):
        sock = socket.socket(socket.AF_INET, kind)
        self.later(sock.close)
        sock.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            return sock.getsockname()[1]
        port = sock.getsockname()[1]
        sock.close()
        return port


def read_all(sock):
    data = bytearray()
    while piece := sock.recv(65536):
        data += piece
    return bytes(data)


def over_tls(talk):
    """The same over TLS. The end of the talk is an end without close_notify."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.good().cert, certificates.good().key)

    def secured(sock):
        with context.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False) as tls:
            talk(tls)

    return secured


def expect(condition, otherwise):
    if not condition:
        raise Wrong(otherwise)


def signal_of(status):
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def readable(fd, seconds):
    return bool(select.select([fd], [], [], seconds)[0])
