"""The sessions that README.md shows happen as shown."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import unittest

import harness

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
SERVER_PORTS = ("9000", "8007", "1079")
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


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def with_free_ports(text):
    for port in SERVER_PORTS:
        text = re.sub(rf"\b{port}\b", free_port(), text)
    return text


@unittest.skipUnless(harness.has_ipv6(), "the sessions show servers on IPv6")
class Readme(harness.Case):
    @contextlib.contextmanager
    def shell(self):
        """A shell that finds twx. What it starts ends with it, whatever becomes of the test."""
        shell = self.start(
            "--norc",
            command=["bash"],
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PATH": f"{os.path.dirname(harness.TWX)}:{os.environ['PATH']}"},
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

    def test_each_session_of_the_readme_happens_as_shown(self):
        """README shows real sessions, and they happen as shown."""
        found = list(sessions(with_free_ports(README.read_text())))
        self.assertGreater(len(found), 2)
        for steps in found:
            with self.subTest(steps[0][0]), self.shell() as shell:
                self.replay(shell, steps)


if __name__ == "__main__":
    unittest.main()
