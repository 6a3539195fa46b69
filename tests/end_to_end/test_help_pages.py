"""What every page of help has, and colour."""

import os
import re

from harness import Case, read_some

RED = b"\x1b[1;31mtwx:\x1b[0m "


class Pages(Case):
    """All that the list of commands names, on all kinds of output."""

    def pages(self):
        text = self.run_twx("help").out.decode()
        names = re.findall(r"(?m)^  ([a-z][a-z -]+?)  ", text.partition("Exit status")[0])
        self.assertGreater(len(names), 15)
        return ["", "serve", *names]

    def text(self, page, **environment):
        result = self.run_twx("help", *page.split(), env={**os.environ, **environment})
        self.assertEqual((result.status, result.err), (0, ""))
        return result.out.decode()

    def test_eighty_columns(self):
        """However wide the terminal is, so that the page is the same in a pipe and in a paste."""
        for page in self.pages():
            with self.subTest(page):
                text = self.text(page)
                self.assertLessEqual(max(map(len, text.splitlines())), 80)
                self.assertNotIn("\t", text)
                for columns in ("40", "200", "none"):
                    self.assertEqual(self.text(page, COLUMNS=columns), text)

    def test_no_colour(self):
        """Help is text: nothing forces escape sequences into it."""
        for page in ("", "serve", "serve echo", "endpoints"):
            text = self.text(page, CLICOLOR_FORCE="1", TERM="xterm-256color")
            self.assertNotIn("\x1b", text)

    def test_order(self):
        """Usage, purpose, examples, and only then what takes longer to read; options are grouped."""
        for page in self.pages():
            with self.subTest(page):
                lines = self.text(page).splitlines()
                if page == "endpoints":
                    continue
                start = lines.index("")
                self.assertTrue(all(line.startswith(("Usage: twx", "  ")) for line in lines[:start]))
                self.assertEqual([lines[start + 2], lines[start + 3]], ["", "Examples:"])
                self.assertTrue(lines[start + 4].startswith("  twx "), lines[start + 4])
                if page not in ("", "serve"):
                    self.assertIn("Common options:", lines)
                    self.assertIn("Arguments:", lines)

    def test_terminal(self):
        """The same text as in a pipe."""
        ours, theirs = self.terminal()
        result = self.run_twx("help", "completion", stdout=theirs)
        self.assertEqual(result.status, 0)
        text = self.text("completion").encode()
        shown = b""
        while len(shown) < len(text):
            shown += read_some(ours)
        self.assertEqual(shown, text)


class Colour(Case):
    """--color, NO_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM, terminal: the first that speaks decides."""

    USAGE = ("serve", "nothing")
    OPTION = ("connect", "--nonsense")
    FAILURE = ("connect", "fd:99")

    def is_coloured(self, *args, terminal=False, **environment):
        names = ("NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR")
        env = {name: value for name, value in os.environ.items() if name not in names}
        env.update({"TERM": "xterm", **environment})
        if not terminal:
            error = self.run_twx(*args, env=env).err.encode()
        else:
            ours, theirs = self.terminal()
            self.run_twx(*args, env=env, stderr=theirs)
            error = read_some(ours)
        self.assertTrue(error.startswith((RED, b"twx: ")), error)
        self.assertEqual(error.count(b"\x1b"), 2 if error.startswith(RED) else 0)
        return error.startswith(RED)

    def test_terminal_is_coloured(self):
        """And nothing else is."""
        for args in (self.USAGE, self.OPTION, self.FAILURE):
            with self.subTest(args):
                self.assertTrue(self.is_coloured(*args, terminal=True))
                self.assertFalse(self.is_coloured(*args))

    def test_environment(self):
        """Each before what comes behind it."""
        for environment, terminal, wanted in (
            ({"NO_COLOR": "1"}, True, False),
            ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, True, False),
            ({"NO_COLOR": ""}, True, True),
            ({"CLICOLOR_FORCE": "1"}, False, True),
            ({"CLICOLOR_FORCE": "1", "TERM": "dumb", "CLICOLOR": "0"}, False, True),
            ({"CLICOLOR_FORCE": "0"}, False, False),
            ({"CLICOLOR": "0"}, True, False),
            ({"TERM": "dumb"}, True, False),
        ):
            for args in (self.USAGE, self.FAILURE):
                with self.subTest((environment, args)):
                    coloured = self.is_coloured(*args, terminal=terminal, **environment)
                    self.assertEqual(coloured, wanted)

    def test_option(self):
        """It holds for mistakes too, wherever it stands."""
        for args in (self.OPTION, self.FAILURE):
            with self.subTest(args):
                self.assertTrue(self.is_coloured(*args, "--color=always", NO_COLOR="1"))
                self.assertTrue(self.is_coloured(args[0], "--color", "always", *args[1:]))
                self.assertFalse(self.is_coloured(*args, "--color=never", terminal=True))
                self.assertTrue(self.is_coloured(*args, "--color=auto", terminal=True))

    def test_events_in_json_have_none(self):
        """They are for programs."""
        args = (*self.FAILURE, "--log-format", "json", "--color", "always")
        result = self.run_twx(*args)
        self.assertTrue(result.err.startswith('{"time":'), result.err)
