"""The sessions that README.md shows happen as shown."""

import os
import pathlib
import re
import socket
import subprocess
import unittest

import harness

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
SERVER_PORTS = ("9000", "8007")


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
class Readme(unittest.TestCase):
    def replay(self, steps):
        shell = subprocess.Popen(
            ["bash", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": f"{os.path.dirname(harness.TWX)}:{os.environ['PATH']}"},
            text=True,
            bufsize=1,
        )
        with shell:
            for command, printed in steps:
                shell.stdin.write(command + "\n")
                shell.stdin.flush()
                for expected in printed:
                    self.assertEqual(shell.stdout.readline(), expected + "\n", command)
            shell.stdin.write("wait; echo nothing else\n")
            shell.stdin.close()
            self.assertEqual(shell.stdout.read(), "nothing else\n", steps)

    def test_each_session_of_the_readme_happens_as_shown(self):
        """README shows real sessions, and they happen as shown."""
        found = list(sessions(with_free_ports(README.read_text())))
        self.assertGreater(len(found), 2)
        for steps in found:
            with self.subTest(steps[0][0]):
                self.replay(steps)


if __name__ == "__main__":
    unittest.main()
