#!/usr/bin/env python3
"""The vectors of github.com/ircdocs/parser-tests, which are not in this tree, against our parser.

    ninja -C build/release irc_vectors
    tests/protocols/irc_vectors.py build/release/tests/irc_vectors FOLDER

FOLDER holds msg-split.yaml, msg-join.yaml, userhost-split.yaml and mask-match.yaml. Needs
python3-yaml. Says what differs and how many agree; the status is 1 if any differs.
"""

import subprocess
import sys
from pathlib import Path

import yaml


def to_hex(text):
    return "x" + text.encode("latin-1").hex()


def from_hex(word):
    return bytes.fromhex(word[1:]).decode("latin-1")


class Parser:
    """The program, one question and one answer at a time."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()


def items(word):
    return [item for item in word.split("=", 1)[1].split(",") if item]


def split_message(parser, line):
    source, command, parameters, tags = parser.ask("split", to_hex(line))
    atoms = {"source": from_hex(source), "verb": from_hex(command)}
    atoms["params"] = [from_hex(word) for word in items(parameters)]
    atoms["tags"] = dict(map(from_hex, tag.split(":")) for tag in items(tags))
    return {key: value for key, value in atoms.items() if value}


def join_message(parser, atoms):
    parameters = ",".join(map(to_hex, atoms.get("params", [])))
    tags = ",".join(f"{to_hex(k)}:{to_hex(v)}" for k, v in atoms.get("tags", {}).items())
    words = to_hex(atoms.get("source", "")), to_hex(atoms["verb"])
    return from_hex(parser.ask("join", *words, "parameters=" + parameters, "tags=" + tags)[0])


def split_source(parser, source):
    parts = map(from_hex, parser.ask("userhost", to_hex(source)))
    return {key: value for key, value in zip(("nick", "user", "host"), parts) if value}


def matches(parser, mask, text):
    return parser.ask("mask", to_hex(mask), to_hex(text)) == ["yes"]


def checks(parser, folder):
    """(what, got, whether that is right) of each vector."""

    def tests(name):
        return yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))["tests"]

    for test in tests("msg-split"):
        got = split_message(parser, test["input"])
        yield test["input"], got, got == test["atoms"]
    for test in tests("msg-join"):
        got = join_message(parser, test["atoms"])
        yield test["desc"], got, got in test["matches"]
    for test in tests("userhost-split"):
        got = split_source(parser, test["source"])
        yield test["source"], got, got == test["atoms"]
    for test in tests("mask-match"):
        right = [text for text in test["matches"] if matches(parser, test["mask"], text)]
        wrong = [text for text in test["fails"] if matches(parser, test["mask"], text)]
        yield test["mask"], (right, wrong), right == test["matches"] and not wrong


def main(program, folder):
    agreed = differed = 0
    for what, got, right in checks(Parser(program), Path(folder)):
        if right:
            agreed += 1
        else:
            differed += 1
            print(f"{what!r}: {got!r}")
    print(f"{agreed} agree, {differed} differ")
    return 1 if differed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
