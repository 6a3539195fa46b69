"""Tries the traps of trials.py with twx and its neighbours, and writes the table of docs/traps.md.

traps.py [--twx PATH] [--markdown FILE] [--jobs N] [--times N] [PROGRAM...]

The status is 1 if twx falls into one.
"""

import argparse
import concurrent.futures
import os
import sys

from tools import TOOLS
from trial import Trial, Wrong, certificates
from trials import TRAPS

HEAD = """# Traps

What is easily got wrong between a shell and a socket, tried with five programs on loopback. `./dev
traps` runs it and writes this page; nothing in it is written by hand. "yes" is what one would hope
for, each of five times; "—" that a program has no such thing. What is behind "no" is what it did
instead.

The programs: {versions}.

nc is called with `-N`, for otherwise it tells the peer no end of input; socat without `-t`, so it
waits 0.5 s for an answer; curl as a client of telnet, but for https. The command lines are in
`tests/traps/tools.py`, the trials in `tests/traps/trials.py`.

"""


def attempt(tool, trial, twx):
    with Trial(tool, twx) as running:
        try:
            trial(running)
        except Wrong as wrong:
            return f"no: {wrong}"
    return "yes"


def cell(tool, trial, form, twx, times):
    """Of the table. What a program does now and then is not what it does."""
    if getattr(tool, form) is None:
        return "—"
    found = [attempt(tool, trial, twx) for _ in range(times)]
    failed = [each for each in found if each != "yes"]
    if not failed or len(failed) == times:
        return found[0]
    return failed[0].replace("no:", "not always:")


def results(tools, twx, jobs, times=1):
    """{trap: {tool's name: cell}}"""
    certificates.ca(), certificates.good()  # before there are threads
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        cells = {
            text: {each.name: pool.submit(cell, each, trial, form, twx, times) for each in tools}
            for text, (trial, form) in TRAPS.items()
        }
        return {
            text: {name: each.result() for name, each in row.items()} for text, row in cells.items()
        }


def table(found, tools):
    names = [each.name for each in tools]
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for text, row in found.items():
        lines.append("| " + " | ".join([text, *(row[name] for name in names)]) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--twx", default="twx")
    parser.add_argument("--markdown")
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("programs", nargs="*")
    arguments = parser.parse_args()
    wanted = [each for each in TOOLS if not arguments.programs or each.name in arguments.programs]
    tools = [each for each in wanted if each.name == "twx" or each.installed()]
    found = results(tools, os.path.abspath(arguments.twx), arguments.jobs, arguments.times)
    lines = table(found, tools)
    print(*lines, sep="\n")
    if arguments.markdown:
        versions = ", ".join(each.version() for each in tools if each.name != "twx")
        with open(arguments.markdown, "w", encoding="utf-8") as file:
            file.write(HEAD.format(versions=f"twx, {versions}") + "\n".join(lines) + "\n")
    return int(any(row["twx"].startswith("no") for row in found.values() if "twx" in row))


if __name__ == "__main__":
    sys.exit(main())
