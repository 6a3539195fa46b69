"""The pages of the manual are without mistakes, as mandoc sees it."""

import pathlib
import subprocess
import unittest

MAN = pathlib.Path(__file__).resolve().parents[2] / "man"


class Manual(unittest.TestCase):
    def mandoc(self, *arguments):
        return subprocess.run(
            ["mandoc", *map(str, arguments)], stdout=subprocess.PIPE, text=True, timeout=60
        )

    def test_mandoc_finds_nothing(self):
        pages = sorted(MAN.iterdir())
        self.assertGreater(len(pages), 10)
        done = self.mandoc("-Tlint", "-W", "warning", *pages)
        self.assertEqual((done.stdout, done.returncode), ("", 0))

    def test_options_and_quotes_are_printed_as_they_are_typed(self):
        """A page in UTF-8 has none of the signs that look like those of ASCII."""
        for page in MAN.iterdir():
            with self.subTest(page.name):
                shown = self.mandoc("-Tutf8", page).stdout
                body = "".join(shown.splitlines(keepends=True)[1:-1])
                self.assertEqual([each for each in "‘’‐−" if each in body], [])


if __name__ == "__main__":
    unittest.main()
