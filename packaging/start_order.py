"""The functions that a start of the program runs, for the linker to lay them together.

    packaging/start_order.py build/package/packaging/twx >packaging/start_order.txt

The program must have its symbols. A name that is missing later costs nothing but its place.
"""

import re
import subprocess
import sys
import tempfile

STARTS = (("--version",), ("--help",))
FUNCTION = re.compile(r"^c?fn=\(\d+\) ([^\s'(]+)(?:'\d+)?$", re.MULTILINE)


def functions_of(program, args):
    with tempfile.NamedTemporaryFile("r", encoding="ascii") as profile:
        command = ["valgrind", "--tool=callgrind", "--demangle=no", "-q"]
        command += [f"--callgrind-out-file={profile.name}", program, *args]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        return FUNCTION.findall(profile.read())


def main(program):
    print("# Made by packaging/start_order.py.")
    found = {name for args in STARTS for name in functions_of(program, args)}
    for name in sorted(found):
        if not name.startswith("0x"):
            print(name)


main(sys.argv[1])
