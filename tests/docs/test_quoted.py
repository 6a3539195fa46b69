"""What a document shows as a file is that file: a block right after a paragraph that ends `PATH`:."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUOTED = re.compile(r"`([\w./]+)`:\n\n```\w*\n(.*?)^```$", re.M | re.S)


class Quoted(unittest.TestCase):
    maxDiff = None

    def test_files_are_as_they_are_shown(self):
        shown = QUOTED.findall((ROOT / "CONTRIBUTING.md").read_text())
        self.assertGreaterEqual(len(shown), 2)
        for path, text in shown:
            with self.subTest(path):
                self.assertEqual(text, (ROOT / path).read_text())


if __name__ == "__main__":
    unittest.main()
