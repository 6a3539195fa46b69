"""What the documents say about the tree is so: tests, constants, links, and figures of other pages.

Environment: TWX_BUILD is the folder of the build, whose tests are meant.
"""

import os
import pathlib
import re
import subprocess
import unittest

import figures

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def unescaped(text):
    """As it stands outside of a table."""
    return text.replace(r"\|", "|")


class Documents(unittest.TestCase):
    maxDiff = None

    def names_of_tests(self):
        done = subprocess.run(
            ["ctest", "-N", "--test-dir", os.environ["TWX_BUILD"]],
            stdout=subprocess.PIPE,
            check=True,
            text=True,
            timeout=120,
        )
        return re.findall(r"^ *Test +#\d+: (.*)$", done.stdout, re.M)

    def test_each_test_that_is_named_exists(self):
        """`./dev test -R NAME` runs one test at least."""
        tests, count = self.names_of_tests(), 0
        for page in PAGES:
            for quoted in re.findall(r"`\./dev test -R ([^`]+)`", page.read_text("utf-8")):
                pattern, count = unescaped(quoted).strip("'"), count + 1
                for part in pattern.split("|") if "(" not in pattern else [pattern]:
                    with self.subTest(page=page.name, pattern=part):
                        self.assertTrue(any(re.search(part, test) for test in tests))
        self.assertGreaterEqual(count, 8)

    def test_each_constant_that_is_named_stands_in_its_file(self):
        """A row of docs/limits.md names what holds it: `NAME = VALUE` in `FILE`."""
        page = (ROOT / "docs/limits.md").read_text("utf-8")
        named = re.findall(r"`([^`\n]+)` in `([\w./]+)`", page)
        self.assertGreater(len(named), 40)
        for text, path in named:
            with self.subTest(path=path, text=text):
                source = re.sub(r"\s+", " ", (ROOT / path).read_text("utf-8"))
                self.assertIn(unescaped(text), source)

    def test_figures_of_the_readme_are_those_of_their_pages(self):
        """./dev docs writes them again."""
        readme = (ROOT / "README.md").read_text("utf-8")
        self.assertEqual(figures.renewed(readme), readme)

    def test_the_readme_can_be_read(self):
        """Before one is tired."""
        self.assertLess(len((ROOT / "README.md").read_text("utf-8").splitlines()), 300)

    def test_each_link_leads_somewhere(self):
        """Files and headings."""
        for page in PAGES:
            text = re.sub(r"^```.*?^```$|`[^`]*`", "", page.read_text("utf-8"), flags=re.M | re.S)
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                if "://" in target:
                    continue
                with self.subTest(page=page.name, target=target):
                    self.assertTrue((page.parent / target.partition("#")[0]).exists())


if __name__ == "__main__":
    unittest.main()
