"""What is measured of twx irc-log: a server that talks without a pause, and one that is silent.

The server is here. It lets everybody into all channels and answers nothing else; the limit is ZNC
with its log module, which writes a file for each channel as well.
"""

import os
import pwd
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time

import measure
from subjects import Subject, installed

CHANNELS = tuple(f"#channel{number}" for number in range(100))
WORDS = "the quick brown fox jumps over the lazy dog and says what people say on IRC: "
QUIET = 3  # seconds in which an idle program is watched

ZNC = """
Version = 1.8.2
<Listener own>
  Port = {listen}
  Host = 127.0.0.1
  IPv4 = true
  IPv6 = false
  SSL = false
</Listener>
<User logger>
  Pass = plain#none#
  Nick = logger
  Ident = logger
  RealName = logger
  MaxJoins = 0
  <Network test>
    LoadModule = log
    Server = 127.0.0.1 {port}
    FloodBurst = 100
{channels}
  </Network>
</User>
"""


def loggers(setup):
    joined = ",".join(CHANNELS)
    server = ("--server", "127.0.0.1:{port}", "--no-tls", "--nick", "logger")
    return installed(
        [
            Subject("twx", (setup.twx, "irc-log", joined, "{folder}/{{channel}}.log", *server)),
            Subject("twx, one file", (setup.twx, "irc-log", joined, "{folder}/all.log", *server)),
            Subject("znc", ("znc", "--foreground", "--datadir", "{folder}")),
        ]
    )


def idle_loggers(setup):
    """In clear, and by TLS."""
    joined = ",".join(CHANNELS)
    place = ("{folder}/{{channel}}.log", "--server", "127.0.0.1:{port}", "--nick", "logger")
    secured = (setup.twx, "irc-log", joined, *place, "--tls", "--insecure")
    return [*loggers(setup), Subject("twx, TLS", secured)]


class Logger:
    """A subject that runs, and the connection of it, once it is in all channels."""

    def __init__(self, subject, certificate=None):
        self.folder = tempfile.mkdtemp(prefix="twx-bench-")
        self.pending, self.process = b"", None
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(measure.PATIENCE)
            try:
                self.start(subject, listener.getsockname()[1])
                self.sock = listener.accept()[0]
                self.sock.settimeout(measure.PATIENCE)
                if certificate:
                    self.secure(certificate)
                self.welcome()
            except BaseException:
                self.__exit__()
                raise

    def start(self, subject, port):
        values = {"port": port, "folder": self.folder}
        options = {}
        if subject.name == "znc":
            options = self.configure(port)
        with open(os.path.join(self.folder, "says"), "wb") as says:
            self.process = subprocess.Popen(
                [word.format_map(values) for word in subject.command],
                stdin=subprocess.DEVNULL,
                stdout=says,
                stderr=says,
                **options,
            )

    def secure(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def configure(self, port):
        """ZNC's settings; it does not want to be root."""
        channels = "".join(f"    <Chan {name}>\n    </Chan>\n" for name in CHANNELS)
        text = ZNC.format(listen=measure.free_port(), port=port, channels=channels)
        os.mkdir(os.path.join(self.folder, "configs"))
        with open(os.path.join(self.folder, "configs", "znc.conf"), "w", encoding="ascii") as file:
            file.write(text)
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        for place, _, files in os.walk(self.folder):
            for name in (place, *(os.path.join(place, file) for file in files)):
                os.chown(name, nobody.pw_uid, nobody.pw_gid)
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            measure.end_process(self.process)
        shutil.rmtree(self.folder)

    def line(self):
        while b"\n" not in self.pending:
            try:
                piece = self.sock.recv(65536)
            except TimeoutError:
                piece = b""
            if not piece:
                raise measure.BenchError("it says no more: " + self.said())
            self.pending += piece
        line, _, self.pending = self.pending.partition(b"\n")
        return line.decode().strip()

    def said(self):
        with open(os.path.join(self.folder, "says"), encoding="utf-8") as file:
            return file.read()[-300:]

    def send(self, *lines):
        self.sock.sendall("".join(f":irc.example {line}\r\n" for line in lines).encode())

    def welcome(self):
        """Until it has joined all channels."""
        missing, nick = set(CHANNELS), "logger"
        while missing:
            words = self.line().split()
            if words[:2] == ["CAP", "LS"]:
                self.send("CAP * LS :")
            elif words[0] == "USER":
                self.send(f"001 {nick} :Welcome", f"005 {nick} NETWORK=test :are supported")
                self.send(f"422 {nick} :no message of the day")
            elif words[0] == "PING":
                self.send(f"PONG irc.example {words[1]}")
            elif words[0] == "JOIN":
                for name in words[1].split(","):
                    own = f":{nick}!l@host.example JOIN {name}\r\n"
                    self.sock.sendall(own.encode())
                    self.send(f"353 {nick} = {name} :{nick} alice", f"366 {nick} {name} :End")
                    missing.discard(name)
        self.sync("joined")

    def sync(self, mark):
        """Until it has taken all that was sent."""
        self.sock.sendall(f"PING :{mark}\r\n".encode())
        while True:
            words = self.line().split()
            if words[0] == "PONG" and words[-1].lstrip(":") == mark:
                return

    def logged(self):
        """How many lines its logs have of what was said."""
        count = 0
        for place, _, files in os.walk(self.folder):
            for name in files:
                with open(os.path.join(place, name), "rb") as file:
                    if name.endswith(".log"):
                        count += sum(b"<alice> " in line for line in file)
        return count

    def peak(self):
        status = measure.read_proc(self.process.pid, "status")
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024

    def resident(self):
        status = measure.read_proc(self.process.pid, "status")
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def wake_ups(self):
        """How often one of its threads has waited and gone on."""
        pid, count = self.process.pid, 0
        for task in os.listdir(f"/proc/{pid}/task"):
            status = measure.read_proc(pid, f"task/{task}/status")
            count += int(re.search(r"voluntary_ctxt_switches:\s+(\d+)", status)[1])
        return count


def talk(count):
    """So many lines, to all channels in turn."""
    return b"".join(
        f":alice!a@host.example PRIVMSG {CHANNELS[n % len(CHANNELS)]} :{n:07d} {WORDS}\r\n".encode()
        for n in range(count)
    )


def burst(setup, subject):
    total = 100_000 if setup.quick else 1_000_000
    block = talk(total // 10)
    with Logger(subject) as logger:
        before = measure.tree_cpu_ns(logger.process.pid)
        begin = time.monotonic()
        for _ in range(10):
            logger.sock.sendall(block)
        logger.sync("all")
        seconds = time.monotonic() - begin
        cpu = (measure.tree_cpu_ns(logger.process.pid) - before) / 1e9
        peak = logger.peak()
        if logger.logged() != total:
            raise measure.BenchError(f"{logger.logged()} lines of {total} were logged")
    return {
        "CPU us/line": cpu * 1e6 / total,
        "lines/CPU s": total / cpu,
        "peak MiB": peak,
        "lines/s": total / seconds,
    }


def idle(setup, subject):
    """In all channels, and nobody says anything."""
    certificate = setup.certificate() if subject.name == "twx, TLS" else None
    with Logger(subject, certificate) as logger:
        time.sleep(0.5)  # what it does after its joins is not idling
        before = logger.wake_ups()
        time.sleep(1 if setup.quick else QUIET)
        return {"resident MiB": logger.resident(), "wake-ups": logger.wake_ups() - before}
