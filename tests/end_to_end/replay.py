"""Sessions that documents show, replayed: console blocks, in a real shell, with the real binary."""

import contextlib
import os
import pathlib
import random
import re
import signal
import socket
import subprocess

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What the documents call ports; each becomes a free one. 9, which nobody listens on, stays.
PORTS = ("9000", "9443", "8007", "8080", "8123", "1079", "5140", "3128")
PIN = r"--pin ([0-9a-f]{64})\n"


def sessions(text):
    """Each console block as a list of [command, lines that it prints]."""
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.M | re.S):
        steps = []
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append([line[2:], []])
            else:
                steps[-1][1].append(line)
        yield steps


_reserved = []


def free_port():
    """A port that nobody has, nor gets: the system chooses higher ones, and each test reserves its.

    A reservation is the name of a socket, which no two can have; it ends with the process. The port
    is not listened on to see whether it is free: a child that another thread starts just now would
    have that socket for a moment, and the port with it.
    """
    for port in random.sample(range(15000, 32000), 1000):
        reservation = socket.socket(socket.AF_UNIX)
        try:
            reservation.bind(f"\0twx-test-port-{port}")
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            reservation.close()
        else:
            _reserved.append(reservation)
            return str(port)
    raise AssertionError("no port is free")


def free_ports():
    return {port: free_port() for port in PORTS}


def with_ports(text, ports):
    return re.sub(rf"\b({'|'.join(ports)})\b", lambda found: ports[found[1]], text)


class SessionCase(harness.Case):
    """One document. Its sessions share a folder, in which each has a shell of its own."""

    @contextlib.contextmanager
    def shell(self):
        """A shell that finds twx. What it starts ends with it, whatever becomes of the test."""
        path = f"{os.path.dirname(harness.TWX)}:{os.environ['PATH']}"
        shell = self.start(
            "--norc",
            command=["bash"],
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=self.folder,
            env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"},
        )
        try:
            yield shell
        finally:
            # Nobody has waited for the shell yet, so no other group can have its number.
            os.killpg(shell.pid, signal.SIGKILL)

    def replay(self, shell, steps):
        shown = ""
        as_it_is = {}  # pins of certificates that are made in the session, by those shown
        for command, printed in steps:
            for pin, made in as_it_is.items():
                command = command.replace(pin, made)
            shell.send(f"{command}\n".encode())
            text = "".join(f"{line}\n" for line in printed)
            if pin := re.search(PIN, text):
                made = harness.poll_until(lambda: re.search(PIN, shell.out.decode()), "a pin")
                as_it_is[pin[1]] = made[1]
                text = text.replace(pin[1], made[1])
            shown += text
            shell.wait_shown(shown)
        shell.send(b"wait; echo nothing else\n")
        shell.end_input()
        shell.wait_shown(shown + "nothing else\n")

    def replay_all(self, document, ports=None, at_least=3):
        """Every session of a file of the tree happens as it shows it."""
        text = with_ports((ROOT / document).read_text(), ports or free_ports())
        found = list(sessions(text))
        self.assertGreaterEqual(len(found), at_least)
        for steps in found:
            with self.subTest(steps[0][0]), self.shell() as shell:
                self.replay(shell, steps)
