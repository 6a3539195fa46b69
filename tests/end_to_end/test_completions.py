"""What bash, zsh and fish offer, asked as people ask them: in a terminal, fish by its own command."""

import os
import pathlib
import pty
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from harness import SANITIZED, SOON, TWX, Case, read_some

COMPLETIONS = pathlib.Path(__file__).resolve().parents[2] / "completions"
FILES = {"bash": "twx.bash", "zsh": "_twx", "fish": "twx.fish"}
KNOWN_HOSTS = """\
known.example.org,192.0.2.7 ssh-ed25519 AAAA
[port.example.org]:2222 ssh-ed25519 AAAA
|1|c2FsdA==|aGFzaA== ssh-ed25519 AAAA
@cert-authority *.known.example.org ssh-ed25519 AAAA
# known.remark.org
"""


class Printed(Case):
    def test_what_is_checked_in_is_what_the_program_prints(self):
        """If not: ./dev docs."""
        for shell, file in FILES.items():
            result = self.run_twx("completion", shell)
            self.assertQuiet(result)
            self.assertSame(result.out, (COMPLETIONS / file).read_bytes(), f"completions/{file}")

    def test_there_are_three_shells(self):
        result = self.run_twx("completion", "zhs")
        self.assertEqual(result.status, 2)
        self.assertIn("'zhs' is none of bash, zsh, fish; did you mean 'zsh'?", result.err)


class ShellCase(Case):
    """The same questions to each shell: `offered` answers, for a line that is not complete yet."""

    shell = ""

    @classmethod
    def setUpClass(cls):
        if SANITIZED:
            raise unittest.SkipTest("nothing of twx runs here")
        if not shutil.which(cls.shell):
            raise unittest.SkipTest(f"there is no {cls.shell}")
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="twx-home-"))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        (cls.home / ".ssh").mkdir()
        (cls.home / ".ssh/known_hosts").write_text(KNOWN_HOSTS)
        for name in ("one.pem", "two words.pem"):
            (cls.home / name).touch()
        (cls.home / "folder").mkdir()
        cls.environment = {"HOME": str(cls.home), "PATH": os.environ["PATH"], "TERM": "dumb"}

    def assertOffers(self, line, *wanted):
        self.assertEqual(sorted(set(self.offered(line))), sorted(wanted), line)

    def assertOffersAmongOthers(self, line, *wanted):
        offered = self.offered(line)
        for each in wanted:
            self.assertIn(each, offered, line)

    def test_commands(self):
        self.assertOffers("twx serv", "serve")
        self.assertOffersAmongOthers("twx ", "connect", "fetch", "serve", "help")
        self.assertOffersAmongOthers("twx serve ", "echo", "chat", "qotd")
        self.assertOffersAmongOthers("twx --", "--help", "--version")

    def test_help_is_for_commands_and_topics(self):
        self.assertOffers("twx help end", "endpoints")
        self.assertOffers("twx help serve ec", "echo")
        self.assertOffers("twx help serve echo --ver")

    def test_options_of_the_command(self):
        self.assertOffers("twx serve echo --wel", "--welcome")
        self.assertOffers("twx serve chat --wel")
        self.assertOffers("twx connect --idle", "--idle-timeout")
        self.assertOffers("twx serve echo 9000 --verb", "--verbose")
        self.assertOffers("twx serve echo -- --verb")

    def test_flags_are_taken_back_where_that_is_allowed(self):
        self.assertOffers("twx fetch --no-loca", "--no-location", "--no-location-trusted")
        self.assertOffers("twx connect --no-r")

    def test_choices(self):
        self.assertOffers("twx serve echo --log-format ", "text", "json")
        self.assertOffers("twx serve echo --log-format=", "text", "json")
        self.assertOffers("twx completion ", "bash", "zsh", "fish")

    def test_files_and_folders(self):
        self.assertOffers("twx serve echo --cert o", "one.pem")
        self.assertOffers("twx serve echo --cert=o", "one.pem")
        self.assertOffers("twx serve echo --cert tw", "two words.pem")
        self.assertOffers("twx serve log 9000 o", "one.pem")
        folders = [each.rstrip("/") for each in self.offered("twx fetch --output-dir fo")]
        self.assertEqual(folders, ["folder"])
        self.assertOffers("twx fetch --output-dir on")
        self.assertOffers("twx fetch --data @o", "@one.pem")
        self.assertOffers("twx fetch --data=name@tw", "name@two words.pem")
        self.assertOffers("twx fetch --data o")

    def test_a_letter_with_its_value_behind_other_letters(self):
        self.assertOffers("twx fetch -vo o", "one.pem")

    def test_hosts(self):
        self.assertOffers("twx connect known", "known.example.org")
        self.assertOffers("twx connect port.", "port.example.org")
        self.assertOffers("twx connect --servername=known", "known.example.org")
        self.assertOffersAmongOthers("twx connect local", "localhost")
        self.assertOffers("twx fetch https://known", "https://known.example.org")

    def test_ports(self):
        self.assertOffersAmongOthers("twx connect known.example.org htt", "http", "https")
        self.assertOffers("twx connect -v --max-time 5 known.example.org gophe", "gopher")
        self.assertOffers("twx connect known.example.org gopher goph")
        self.assertOffers("twx connect known.example.org:gophe", "known.example.org:gopher")

    def test_interfaces(self):
        self.assertOffersAmongOthers("twx fetch --interface l", "lo")

    def test_units(self):
        self.assertOffers("twx connect --max-time 5", "5ms", "5s", "5m", "5h")
        self.assertOffers("twx fetch --max-filesize 64", "64k", "64M", "64G")

    def test_endpoints(self):
        self.assertOffers("twx serve echo tls", "tls://")


class TerminalCase(ShellCase):
    """A shell in a terminal, where twx is a function that prints its arguments."""

    start = []
    all_matches = b""  # a key that inserts all that is offered

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terminal, inner = pty.openpty()
        cls.addClassCleanup(os.close, cls.terminal)
        shell = subprocess.Popen(
            cls.start, stdin=inner, stdout=inner, stderr=inner, cwd=cls.home,
            env={**cls.environment, **cls.prepare()}, start_new_session=True,
        )  # fmt: skip
        os.close(inner)
        cls.addClassCleanup(shell.wait, SOON)
        cls.addClassCleanup(shell.kill)
        cls.shown(b"(ready> )")

    @classmethod
    def shown(cls, pattern):
        text = b""
        while not (found := re.search(pattern, text, re.DOTALL)):
            text += read_some(cls.terminal)
        return found[1]

    def typed(self, keys):
        """The arguments of twx when these keys and the one for the end of a line were pressed."""
        os.write(self.terminal, keys + b"\r")
        return self.shown(b"\x02(.*?)\x03.*ready> ").decode().split("\x1f")

    def offered(self, line):
        before = shlex.split(line.rpartition(" ")[0])[1:]
        word = line.rpartition(" ")[2]
        words = self.typed(line.encode() + self.all_matches)
        self.assertEqual(words[: len(before)], before)
        words = [each for each in words[len(before) :] if each and each != word]
        return [re.sub("^--[a-z-]*=", "", each) for each in words]


class Bash(TerminalCase):
    shell = "bash"
    start = ["bash", "--noprofile", "--rcfile", "rc", "-i"]
    all_matches = b"\x1b*"

    @classmethod
    def prepare(cls):
        (cls.home / "rc").write_text(
            f". {shlex.quote(str(COMPLETIONS / 'twx.bash'))}\n"
            "twx() { local IFS=$'\\x1f'; printf '\\2%s\\3\\n' \"$*\"; }\n"
            "bind 'set enable-bracketed-paste off'\n"
            "PS1='ready> '\n"
        )
        return {}

    def offered(self, line):
        """The first of several stands behind what divides words, the others do not."""
        words = super().offered(line)
        head = re.sub("[^:=@]*$|@[^:=@]*$", "", re.sub("^--[a-z-]*=", "", line.rpartition(" ")[2]))
        return [each if each.startswith(head) else head + each for each in words]

    def test_a_tab_completes_a_word(self):
        self.assertEqual(self.typed(b"twx serv\tec\t--log-f\tj\t9000"), ["serve", "echo", "--log-format", "json", "9000"])
        self.assertEqual(self.typed(b"twx fetch -o tw\t-vo=o"), ["fetch", "-o", "two words.pem", "-vo=o"])
        self.assertEqual(self.typed(b"twx fetch --output-dir=fo\tx"), ["fetch", "--output-dir=folder/x"])


class Zsh(TerminalCase):
    shell = "zsh"
    start = ["zsh", "-d", "-i"]
    all_matches = b"\x18a"

    @classmethod
    def prepare(cls):
        (cls.home / ".zshrc").write_text(
            f"fpath=({shlex.quote(str(COMPLETIONS))} $fpath)\n"
            "autoload -Uz compinit && compinit -u -D\n"
            "twx() { printf '\\2%s\\3\\n' \"${(pj:\\x1f:)@}\" }\n"
            "zle -C all-matches complete-word _generic\n"
            "bindkey '^Xa' all-matches\n"
            "zstyle ':completion:all-matches:*' completer _all_matches _complete\n"
            "zstyle ':completion:all-matches:*' insert yes\n"
            "unsetopt prompt_cr prompt_sp beep\n"
            "PS1='ready> '\n"
        )
        return {"ZDOTDIR": str(cls.home)}

    def test_a_tab_completes_a_word(self):
        self.assertEqual(self.typed(b"twx serv\tec\t--log-f\tj\t 9000"), ["serve", "echo", "--log-format=json", "9000"])
        self.assertEqual(self.typed(b"twx fetch -o tw\t -v"), ["fetch", "-o", "two words.pem", "-v"])


class Fish(ShellCase):
    shell = "fish"

    def offered(self, line):
        script = f"source {shlex.quote(str(COMPLETIONS / 'twx.fish'))}; complete -C {shlex.quote(line)}"
        done = subprocess.run(
            ["fish", "--no-config", "-c", script], cwd=self.home, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SOON,
        )  # fmt: skip
        self.assertEqual(done.stderr, b"")
        words = [each.partition("\t")[0] for each in done.stdout.decode().splitlines()]
        return [re.sub("^--[a-z-]*=", "", each) for each in words]


if __name__ == "__main__":
    unittest.main()
