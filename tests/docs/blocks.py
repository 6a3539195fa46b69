"""Writes each C++ block of a Markdown file to a file of its own: blocks.py FILE.md PREFIX.

Prints their names. A file that is as it should be is left alone, so that it is not compiled again.
"""

import pathlib
import re
import sys


def main(source, prefix):
    blocks = re.findall(r"^```cpp\n(.*?)^```$", pathlib.Path(source).read_text("utf-8"), re.M | re.S)
    for number, block in enumerate(blocks, 1):
        path = pathlib.Path(f"{prefix}_{number}.cc")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != block:
            path.write_text(block, "utf-8")
        print(path)


main(*sys.argv[1:])
