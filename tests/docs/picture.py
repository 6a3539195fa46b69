"""Draws docs/session.svg: picture.py TWX FILE. What it shows is a real session on a real terminal.

A shell runs the commands; what they write to a terminal of 80 columns, in its colours, becomes text
in the picture. Ports are free ones while it runs, and those that the commands show in the picture.
"""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
from html import escape

# Each with what a command in the background says once it is ready.
SESSION = (
    ("twx serve echo 9000 &", "listening on .*\n"),
    ("echo hello | twx connect localhost 9000", ""),
    ("head -c 100000000 /dev/zero | twx connect localhost 9000 | wc -c", ""),
    ("echo hello | twx connect localhost 9000 >/dev/full; echo status $?", ""),
    ("twx connect 127.0.0.1 9 </dev/null; echo status $?", ""),
    ("twx serve ecko 9000", ""),
    ("""twx fetch --dry-run --json '{"name": "twx"}' localhost:8080/api; echo""", ""),
)
PORTS = ("9000", "8080")
COLUMNS, ROWS = 80, 40
LIMIT = 60  # seconds for a command, with a sanitized twx on a busy machine

END = "\x1e"
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#d29922", "36": "#79c0ff"}
SIZE, ADVANCE, LINE, MARGIN = 14, 8.43, 20, 18


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def plain(shown):
    return shown.replace(END, "").replace("\r", "")


class Terminal:
    """A shell whose output is a terminal; `run` gives it a command, and returns what was shown."""

    def __init__(self, twx, folder):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.symlink(os.path.abspath(twx), os.path.join(folder, "twx"))
        kept = {name: text for name, text in os.environ.items() if name.endswith("SAN_OPTIONS")}
        self._shell = subprocess.Popen(
            ["bash", "--norc"],
            stdin=subprocess.PIPE,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={
                **kept,
                "PATH": f"{folder}:/usr/bin:/bin",
                "TERM": "xterm-256color",
                "LC_ALL": "C.UTF-8",
                "HOME": folder,
            },
        )
        os.close(theirs)
        self._output = ours

    def run(self, command, ready):
        self._shell.stdin.write(f"{command}\nprintf '\\036'\n".encode())
        self._shell.stdin.flush()
        shown, deadline = "", time.monotonic() + LIMIT
        while END not in shown or not re.search(ready, plain(shown)):
            if not select.select([self._output], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"{command!r} showed {shown!r}, and no more")
            shown += os.read(self._output, 65536).decode()
        return plain(shown)

    def close(self):
        """Ends the shell and all that it has started."""
        os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.stdin.close()
        self._shell.wait()
        os.close(self._output)


def session(twx):
    """What the terminal showed, prompts and colours included."""
    ports = {port: free_port() for port in PORTS}
    folder = tempfile.mkdtemp(prefix="twx-picture-")
    terminal = Terminal(twx, folder)
    text = ""
    try:
        for command, ready in SESSION:
            real = command
            for shown, used in ports.items():
                real = real.replace(shown, used)
            text += f"\033[32m$\033[0m \033[1m{command}\033[0m\n"
            output = terminal.run(real, ready)
            for shown, used in ports.items():
                output = output.replace(used, shown)
            text += output
    finally:
        terminal.close()
        shutil.rmtree(folder)
    return text.rstrip("\n")


def styled(codes):
    """SVG's attributes for the codes that are in force."""
    bold = ' font-weight="bold"' if "1" in codes else ""
    colour = next((COLOURS[code] for code in codes if code in COLOURS), "")
    return bold + (f' fill="{colour}"' if colour else "")


def spans(line, codes):
    """One line as text spans. `codes` are those in force, and are changed."""
    drawn = ""
    for piece in re.split(r"(\033\[[\d;]*m)", line):
        if piece.startswith("\033["):
            for code in piece[2:-1].split(";"):
                if code in ("", "0"):
                    codes.clear()
                else:
                    codes.append(code)
        elif piece:
            if "\033" in piece:
                raise ValueError(f"a picture cannot show {piece!r}")
            drawn += f"<tspan{styled(codes)}>{escape(piece, quote=False)}</tspan>"
    return drawn


def wrapped(text):
    """The lines of the terminal; none of those that are wrapped has colours."""
    for line in text.split("\n"):
        while "\033" not in line and len(line) > COLUMNS:
            yield line[:COLUMNS]
            line = line[COLUMNS:]
        yield line


def svg(text):
    lines, codes = list(wrapped(text)), []
    width, height = round(COLUMNS * ADVANCE + 2 * MARGIN), len(lines) * LINE + 2 * MARGIN
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="A session with twx">',
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
        '<g font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" '
        f'font-size="{SIZE}" fill="#e6edf3" xml:space="preserve">',
    ]
    for number, line in enumerate(lines, 1):
        content = spans(line, codes)
        if content:
            y = MARGIN + number * LINE - LINE // 4
            drawn.append(f'<text x="{MARGIN}" y="{y}">{content}</text>')
    return "\n".join([*drawn, "</g>", "</svg>", ""])


def main(twx, path):
    with open(path, "w", encoding="utf-8") as file:
        file.write(svg(session(twx)))


if __name__ == "__main__":
    main(*sys.argv[1:])
