"""twx falls into none of the traps of docs/traps.md, and the page is about those that are tried."""

import sys
import unittest

import harness
from replay import ROOT

sys.path.insert(0, str(ROOT / "tests/traps"))
import traps  # noqa: E402


def page():
    """{trap: twx's cell}"""
    rows = [line.split("|") for line in (ROOT / "docs/traps.md").read_text("utf-8").splitlines()]
    return {row[1].strip(): row[2].strip() for row in rows[2:] if len(row) > 3 and row[1].strip()}


class Traps(harness.Case):
    def test_twx_does_what_the_page_says(self):
        """./dev traps makes it; here twx is tried alone."""
        tools = [each for each in traps.TOOLS if each.name == "twx"]
        found = traps.results(tools, harness.TWX, jobs=len(traps.TRAPS))
        said = {text: row["twx"] for text, row in found.items()}
        self.assertEqual(said, {text: cell for text, cell in page().items() if text != "---"})
        self.assertEqual([text for text, cell in said.items() if cell.startswith("no")], [])


if __name__ == "__main__":
    unittest.main()
