"""README's figures are those of other pages: figures.py writes its rows again from there.

A row under "Beside others" is known by its first cell. The pages are written by measurements.
"""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEGIN, END = "\n## Beside others\n", "\n## The library\n"
SOURCES = ("docs/traps.md", "docs/performance.md")


def first_cell(line):
    return line.split("|")[1].strip()


def is_row(line):
    return line.startswith("| ") and first_cell(line) not in ("", "benchmark")


def known():
    """{first cell: its row}"""
    lines = [line for path in SOURCES for line in (ROOT / path).read_text("utf-8").splitlines()]
    return {first_cell(line): line for line in lines if is_row(line)}


def renewed(readme):
    """The text of README with the rows as they are now; KeyError for one that is no more."""
    before, begin, rest = readme.partition(BEGIN)
    section, end, after = rest.partition(END)
    rows = known()
    lines = [rows[first_cell(line)] if is_row(line) else line for line in section.split("\n")]
    return before + begin + "\n".join(lines) + end + after


def main():
    path = ROOT / "README.md"
    path.write_text(renewed(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
