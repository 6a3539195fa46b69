"""What twx says about itself, and to who mistyped a command line."""

import os
import re
import signal
import subprocess
import sys

from harness import SOON, TWX, Case, read_descriptor

COMMANDS = ("serve echo", "serve qotd", "connect")
ENDPOINTS = (
    "use 9000, host:9000, [::1]:9000, /path/to.sock, tcp://host:port, tls://host:port, "
    "udp://host:port, unix:///path or fd:3"
)
TIMES = "is not a time; use 500ms, 2s, 1.5m or 1h"


class Errors(Case):
    """A line on what was wrong and what would be right, and one on where to look."""

    def assert_usage(self, args, message, command):
        with self.subTest(args):
            result = self.run_twx(*args)
            self.assertEqual((result.status, result.out), (2, b""), result)
            name = f"twx {command}".rstrip()
            self.assertEqual(result.err, f"twx: {message}\nTry '{name} --help'.\n")

    def test_commands(self):
        """Did you mean."""
        check = self.assert_usage
        check(["sreve"], "there is no command 'sreve'; did you mean 'serve'?", "")
        check(["conect", "a", "1"], "there is no command 'conect'; did you mean 'connect'?", "")
        check(["echo"], "there is no command 'echo'; did you mean 'serve echo'?", "")
        check(["xyzzy"], "there is no command 'xyzzy'", "")
        for words in (["endpoints"], ["help", "endpoint"]):
            message = f"there is no command '{words[-1]}'; did you mean 'help endpoints'?"
            check(words, message, "")
        check(
            ["serve", "ecko", "0"],
            "there is no command 'serve ecko'; did you mean 'serve echo'?",
            "serve",
        )
        check(["serve", "xyzzy"], "there is no command 'serve xyzzy'", "serve")
        check(["--foo"], "there is no option '--foo' here; options follow the command", "")

    def test_options(self):
        """Did you mean, and what about a value."""
        check = self.assert_usage
        check(
            ["serve", "echo", "0", "--welcom"],
            "there is no option '--welcom'; did you mean '--welcome'?",
            "serve echo",
        )
        check(
            ["connect", "a", "1", "--recieve"], "there is no option '--recieve'", "connect"
        )
        check(["connect", "a", "1", "-Z"], "there is no option '-Z'", "connect")
        check(
            ["serve", "echo", "0", "--welcome=yes"], "'--welcome' takes no value", "serve echo"
        )
        check(
            ["serve", "echo", "0", "--idle-timeout"],
            "'--idle-timeout' needs a value: --idle-timeout TIME",
            "serve echo",
        )

    def test_positionals(self):
        """What is missing is named with its forms, what is too much with the usage."""
        check = self.assert_usage
        check(
            ["serve", "echo"],
            "ENDPOINT is missing: where to listen: 9000, host:9000, [::1]:9000, "
            "tcp://host:9000, tls://host:9000, unix:///path, fd:3, udp://host:9000, "
            "unix-dgram:///path",
            "serve echo",
        )
        check(
            ["connect"],
            "HOST is missing: host to connect to, or an endpoint: host:port, [::1]:port, "
            "tcp://host:port, tls://host:port, udp://host:port, unix:///path, /path, "
            "unix-dgram:///path or fd:3",
            "connect",
        )
        check(
            ["connect", "a", "1", "b"],
            "'b' is one argument too many; the usage is: twx connect HOST [PORT] [OPTION]...",
            "connect",
        )

    def test_endpoints(self):
        """An unknown scheme or key names the ones there are."""
        for text, message in {
            "foo": ENDPOINTS,
            "": ENDPOINTS,
            "tcq://x:1": "there is no scheme 'tcq'; there are: tcp, tls, udp, unix, unix-dgram, fd",
            "x:1?backlok=3": "there is no setting 'backlok'; there is: backlog",
            "x:1?backlog=0": "backlog: '0' is not a whole number from 1 on",
            "x:1?backlog=many": "backlog: 'many' is not a whole number from 1 on",
            "x:65536": "'65536' is no port; use 0 to 65535",
            "x:-1": "'-1' is no port; use 0 to 65535",
            "x:": "'' is no port; use 0 to 65535",
            "::1:80": "write an IPv6 address in brackets: [::1]:80",
            "[::1]": "the port is missing",
            "[zz]:80": "'zz' is no IPv6 address",
            "tcp://host": "the port is missing",
            "unix:path": "a unix socket is unix:///path or unix:@abstract",
            "fd:": "an inherited socket is fd:NUMBER",
            "fd:x": "an inherited socket is fd:NUMBER",
        }.items():
            self.assert_usage(
                ["serve", "echo", text],
                f"ENDPOINT: '{text}' is no endpoint: {message}",
                "serve echo",
            )

    def test_values(self):
        """What was given is quoted, and what may be given is told."""
        check = self.assert_usage
        for text in ("abc", "", "1x", "-1", "nan", "1 s"):
            check(
                ["serve", "echo", "0", f"--idle-timeout={text}"],
                f"--idle-timeout: '{text}' {TIMES}",
                "serve echo",
            )
        for text in ("0", "-1", "1025", "two", "1.5"):
            check(
                ["serve", "echo", "0", f"--threads={text}"],
                f"--threads: '{text}' is not a whole number from 1 to 1024",
                "serve echo",
            )
        check(["connect", "a", "99999"], "'99999' is no port; use 0 to 65535", "connect")
        check(["connect", "a", "no-such"], "'no-such' is no port; use 0 to 65535 or the name of a service", "connect")

    def test_options_that_exclude_each_other(self):
        """Both are named."""
        check = self.assert_usage
        check(["connect", "-4", "-6", "a", "1"], "-4 and -6 exclude each other", "connect")
        check(["serve", "echo", "-4", "-6", "0"], "-4 and -6 exclude each other", "serve echo")
        check(
            ["connect", "a", "1", "--send-only", "--recv-only"],
            "--send-only and --recv-only exclude each other",
            "connect",
        )
        check(
            ["serve", "qotd", "0", "--quote", "x", "--fortune", "y"],
            "--quote and --fortune exclude each other",
            "serve qotd",
        )
        check(
            ["serve", "echo", "0", "-q", "-v"],
            "--quiet and --verbose exclude each other",
            "serve echo",
        )

    def test_control_characters_are_made_visible(self):
        """What is quoted cannot control a terminal either."""
        result = self.run_twx("serve", "echo", "\x1b[31m\nx\x9b")
        self.assertEqual(result.status, 2)
        self.assertNotRegex(result.err, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")
        self.assertEqual(result.err.count("\n"), 2)
        self.assertIn(r"\x1b[31m\x0ax", result.err)

    def test_nothing_is_done_before_all_is_right(self):
        """A wrong option behind a good endpoint leaves no socket behind."""
        path = self.path("s")
        self.assertEqual(self.run_twx("serve", "echo", path, "--nonsense").status, 2)
        self.assertFalse(os.path.exists(path))


class Help(Case):
    def test_goes_to_stdout_with_status_0(self):
        """Who asked for it gets it as a result, not as an error."""
        for command in ("", "serve", *COMMANDS):
            for words in ([*command.split(), "--help"], ["help", *command.split()]):
                with self.subTest(words):
                    result = self.run_twx(*words)
                    self.assertEqual((result.status, result.err), (0, ""))
                    self.assertRegex(result.out.decode(), rf"\AUsage: twx {command}")
            if command != "serve":
                self.assertEqual(self.run_twx(*command.split(), "-h").out, result.out)

    def test_all_three_ways_say_the_same(self):
        """twx help serve echo = twx serve echo --help = twx serve echo -h."""
        for command in COMMANDS:
            words = command.split()
            texts = {
                self.run_twx(*args).out
                for args in ([*words, "--help"], [*words, "-h"], ["help", *words])
            }
            self.assertEqual(len(texts), 1, command)

    def test_is_80_columns_wide(self):
        """No line is broken by a terminal of the usual width."""
        for command in ("", "serve", *COMMANDS):
            with self.subTest(command):
                text = self.run_twx(*command.split(), "--help").out.decode()
                self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_shows_usage_purpose_examples_options_and_statuses(self):
        """In this order, for each command."""
        for command in COMMANDS:
            with self.subTest(command):
                text = self.run_twx(*command.split(), "--help").out.decode()
                parts = ["Usage: ", "Examples:", "Common options:", "Exit status:", "See also:"]
                places = [text.find(part) for part in parts]
                self.assertNotIn(-1, places)
                self.assertEqual(places, sorted(places))

    def test_endpoints_are_a_topic(self):
        """All forms and all settings, and the way there from each command that has endpoints."""
        result = self.run_twx("help", "endpoints")
        self.assertEqual((result.status, result.err), (0, ""))
        text = result.out.decode()
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        for part in (
            *("9000", "host:9000", "[::1]:9000", "tcp://", "tls://", "udp://", "unix:///path"),
            *("unix:@", "unix-dgram:", "fd:3", "backlog=", "cert=", "key=", "cacert=", "pin="),
            *("servername=", "alpn=", "client-ca=", "insecure"),
        ):
            self.assertRegex(text, rf"(?m)^  {re.escape(part)}")
        for command in COMMANDS:
            text = self.run_twx("help", *command.split()).out.decode()
            self.assertIn("See also: twx help endpoints", text)
        self.assertRegex(self.run_twx("help").out.decode(), r"(?m)^  endpoints  ")

    def test_is_what_a_terminal_shows_where_man_is_missing(self):
        """A page of the manual says the same as help; a pipe gets the page's source."""
        ours, theirs = self.terminal()
        result = self.run_twx("man", "serve", stdout=theirs, env={"PATH": "/nonexistent"})
        self.assertEqual((result.status, result.err), (0, ""))
        text = self.run_twx("help", "serve").out
        self.assertEqual(os.read(ours, len(text)), text)
        self.assertIn(b"\n.Nm twx-serve\n", self.run_twx("man", "serve").out)

    def test_wins_over_mistakes(self):
        """Who asks for help gets it, whatever else is wrong."""
        for args in (["connect", "--help"], ["serve", "echo", "nonsense", "--help"]):
            with self.subTest(args):
                self.assertEqual(self.run_twx(*args).status, 0)

    def test_without_a_command_is_a_usage_error(self):
        """The usage on stderr and status 2, for nobody has asked for help."""
        for words in ([], ["serve"]):
            with self.subTest(words):
                result = self.run_twx(*words)
                self.assertEqual((result.status, result.out), (2, b""))
                self.assertRegex(result.err, r"\AUsage: twx ")

    def test_full_device_is_an_error(self):
        """Status 23: a help text that is cut off is not the whole text."""
        for args in (["--help"], ["--version"], ["serve", "echo", "--help"]):
            with self.subTest(args), open("/dev/full", "wb") as full:
                result = self.run_twx(*args, stdout=full)
                self.assertFails(
                    result, 23, "cannot write to standard output: No space left on device"
                )

    def test_closed_stdout_is_an_error(self):
        """Status 23: there is nowhere to write."""
        closed = ("sh", "-c", 'exec "$@" >&-', "sh", TWX)
        result = self.run_twx("--help", command=closed)
        self.assertFails(result, 23, "cannot write to standard output: Bad file descriptor")

    def test_reader_that_has_gone_is_no_news(self):
        """SIGPIPE, silent, status as by signal."""
        reader, writer = self.pipe()
        os.close(reader)
        result = self.run_twx("serve", "echo", "--help", stdout=writer)
        self.assertEqual((result.status, result.err), (-signal.SIGPIPE, ""))

    def test_reader_that_has_gone_while_sigpipe_is_ignored(self):
        """Who started it has ignored SIGPIPE; the end is the same."""
        reader, writer = self.pipe()
        os.close(reader)
        result = self.run_twx("--help", stdout=writer, restore_signals=False)
        self.assertEqual((result.status, result.err), (-signal.SIGPIPE, ""))

    def test_blocked_stdout_is_waited_for(self):
        """Nothing is lost on a pipe that does not block, as Node makes them."""
        reader, writer = self.pipe()
        os.set_blocking(writer, False)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(writer, b"x")
        program = self.start("serve", "echo", "--help", stdout=writer)
        os.close(writer)
        text = read_descriptor(reader).lstrip(b"x")
        self.assertEqual(program.wait(), 0)
        self.assertIn(b"Usage: twx serve echo", text)
        self.assertTrue(text.endswith(b"\n"))


class Version(Case):
    def test_names_itself_and_its_libraries(self):
        """--version and -V; its own version stands in the first line."""
        for option in ("--version", "-V"):
            with self.subTest(option):
                result = self.run_twx(option)
                self.assertEqual((result.status, result.err), (0, ""))
                lines = result.out.decode().splitlines()
                self.assertRegex(lines[0], r"^twx \d+\.\d+\.\d+([-+]\S+)?$")
                self.assertRegex(lines[1], r"\bBoost \d+\.\d+\.\d+\b")

    def test_starts_quickly(self):
        """The best of ten starts is far from noticeable."""
        best = min(self.run_twx("--version").seconds for _ in range(10))
        self.assertLess(best, 1)


class CommandLine(Case):
    def test_double_dash_ends_the_options(self):
        """What follows is no option, even if it looks like --help."""
        result = self.run_twx("connect", "--", "--help", "9")
        self.assertNotEqual(result.status, 0)
        self.assertNotIn(b"Usage", result.out)

    def test_values_in_both_spellings(self):
        """--name VALUE and --name=VALUE, -n VALUE and -nVALUE."""
        listener = self.listener()
        for args in (
            ["--max-time", "300ms"],
            ["--max-time=300ms"],
        ):
            with self.subTest(args):
                self.assertEqual(self.run_connect(listener, *args).status, 28)
        for args in (["-q", "100ms"], ["-q100ms"]):
            with self.subTest(args):
                self.assertEqual(self.run_connect(listener, *args).status, 0)

    def test_empty_argument_vector(self):
        """exec(2) allows it; a usage error like any other"""
        script = (
            "import ctypes, sys\n"
            "libc = ctypes.CDLL(None)\n"
            "libc.execv(sys.argv[1].encode(), (ctypes.c_char_p * 1)(None))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, TWX], capture_output=True, timeout=SOON
        )
        self.assertEqual(done.returncode, 2)
        self.assertTrue(re.match(b"Usage: twx ", done.stderr), done.stderr)
