"""What who mistypes twx itself, or a command about it, is told."""

from mistakes import USAGE, MistakeCase

NAMES = "echo, discard, chargen, daytime, time, qotd, finger, answer, chat, spread, log"
CONNECT_OR_SERVE = "use 'connect HOST PORT' or 'serve NAME ENDPOINT'"

TOP = [
    ("serv echo 0", "there is no command 'serv'; did you mean 'serve'?"),
    ("server echo 0", "there is no command 'server'; did you mean 'serve'?"),
    ("SERVE echo 0", "there is no command 'SERVE'; did you mean 'serve'?"),
    ("echo 9000", "there is no command 'echo'; did you mean 'serve echo'?"),
    ("ecoh 9000", "there is no command 'ecoh'; did you mean 'serve echo'?"),
    ("irclog '#chan' x", "there is no command 'irclog'; did you mean 'irc-log'?"),
    ("ftech http://localhost/", "there is no command 'ftech'; did you mean 'fetch'?"),
    ("completions bash", "there is no command 'completions'; did you mean 'completion'?"),
    ("endpoint", "there is no command 'endpoint'; did you mean 'help endpoints'?"),
    ("nothing", "there is no command 'nothing'"),
    ("''", "there is no command ''"),
    ("'serve echo 9000'", "there is no command 'serve echo 9000'"),
    ("9000", "there is no command '9000'; a port follows 'serve NAME', or 'connect HOST'"),
    ("localhost 80", "there is no command 'localhost'; did you mean 'connect localhost 80'?"),
    ("localhost:80", "there is no command 'localhost:80'; did you mean 'connect localhost:80'?"),
    (
        "http://localhost/",
        "there is no command 'http://localhost/'; did you mean 'fetch http://localhost/'?",
    ),
    ("TCP-LISTEN:9000 -", f"there is no command 'TCP-LISTEN:9000'; {CONNECT_OR_SERVE}"),
    ("nc localhost 80", f"there is no command 'nc'; {CONNECT_OR_SERVE}"),
    ("listen 9000", "there is no command 'listen'; servers are 'serve NAME ENDPOINT'"),
    ("curl http://localhost/", "there is no command 'curl'; use 'fetch URL'"),
    ("version", "there is no command 'version'; use '--version'"),
    ("-l 9000", "there is no option '-l' here; servers are 'twx serve NAME ENDPOINT'"),
    ("--hlep", "there is no option '--hlep' here; did you mean '--help'?"),
    ("-help", "there is no option '-help' here; did you mean '--help'?"),
    ("-version", "there is no option '-version' here; did you mean '--version'?"),
    ("-v serve echo 0", "there is no option '-v' here; options follow the command"),
    ("--color=never help", "there is no option '--color' here; options follow the command"),
    ("-- serve echo 0", "there is no option '--' here; options follow the command"),
]

SERVE = [
    ("ecko 0", "there is no command 'serve ecko'; did you mean 'serve echo'?"),
    ("ECHO 0", "there is no command 'serve ECHO'; did you mean 'serve echo'?"),
    ("help", "there is no command 'serve help'; did you mean 'help serve'?"),
    ("http 8080", "there is no command 'serve http'"),
    ("9000", f"after 'serve' and before '9000' must stand one of {NAMES}"),
    ("9000 echo", f"after 'serve' and before '9000' must stand one of {NAMES}"),
    ("tcp://:0 echo", f"after 'serve' and before 'tcp://:0' must stand one of {NAMES}"),
    ("--port 9000 echo", f"after 'serve' and before '--port' must stand one of {NAMES}"),
]

HELP = [
    ("help ecoh", "there is no command 'ecoh'; did you mean 'serve echo'?", ""),
    ("help conect", "there is no command 'conect'; did you mean 'connect'?", ""),
    ("help nothing", "there is no command 'nothing'", ""),
    ("help ''", "there is no command ''", ""),
    ("help serve ecoh", "there is no command 'serve ecoh'; did you mean 'serve echo'?", "serve"),
    ("help serve nothing", "there is no command 'serve nothing'", "serve"),
    ("help endpoint", "there is no command 'endpoint'; did you mean 'help endpoints'?", ""),
    ("help topics", "there is no command 'topics'; use 'help'", ""),
    ("help curl", "there is no command 'curl'; use 'fetch URL'", ""),
    ("help -v", "there is no option '-v' here; options follow the command", ""),
    ("help --nothing", "there is no option '--nothing' here; options follow the command", ""),
    ("hlep serve", "there is no command 'hlep'; did you mean 'help'?", ""),
    ("man ecoh", "there is no command 'ecoh'; did you mean 'serve echo'?", ""),
    ("man nothing", "there is no command 'nothing'", ""),
    ("man ''", "there is no command ''", ""),
    ("man serve nothing", "there is no command 'serve nothing'", "serve"),
    ("man serve ecoh", "there is no command 'serve ecoh'; did you mean 'serve echo'?", "serve"),
    ("man -k echo", "there is no option '-k' here; options follow the command", ""),
    ("man connect 80", "'man' takes a command and nothing else: man connect", ""),
    ("man serve echo -v", "'man' takes a command and nothing else: man serve echo", ""),
    ("man 1 twx", "there is no command '1'; a port follows 'serve NAME', or 'connect HOST'", ""),
]

NO_SHELL = "is none of bash, zsh, fish"
SHELL_USAGE = "twx completion SHELL [OPTION]..."

COMPLETION = [
    ("", USAGE, "SHELL is missing: bash, zsh or fish"),
    ("''", USAGE, f"SHELL: '' {NO_SHELL}"),
    ("tcsh", USAGE, f"SHELL: 'tcsh' {NO_SHELL}"),
    ("sh", USAGE, f"SHELL: 'sh' {NO_SHELL}"),
    ("pwsh", USAGE, f"SHELL: 'pwsh' {NO_SHELL}"),
    ("BASH", USAGE, f"SHELL: 'BASH' {NO_SHELL}; did you mean 'bash'?"),
    ("bsh", USAGE, f"SHELL: 'bsh' {NO_SHELL}; did you mean 'bash'?"),
    ("fihs", USAGE, f"SHELL: 'fihs' {NO_SHELL}; did you mean 'fish'?"),
    ("/bin/bash", USAGE, f"SHELL: '/bin/bash' {NO_SHELL}"),
    ("'bash '", USAGE, f"SHELL: 'bash ' {NO_SHELL}; did you mean 'bash'?"),
    ("help", USAGE, f"SHELL: 'help' {NO_SHELL}"),
    ("bash zsh", USAGE, f"'zsh' is one argument too many; the usage is: {SHELL_USAGE}"),
    ("bash twx.bash", USAGE, f"'twx.bash' is one argument too many; the usage is: {SHELL_USAGE}"),
    ("--bash", USAGE, f"there is no option '--bash'; bash stands alone: {SHELL_USAGE}"),
    ("--shell zsh", USAGE, "there is no option '--shell'; SHELL stands alone: twx completion bash"),
    ("-s bash", USAGE, "there is no option '-s'"),
    ("bash --output x", USAGE, "there is no option '--output'; only 'fetch' has it"),
    ("bash --hepl", USAGE, "there is no option '--hepl'; did you mean '--help'?"),
    ("bash --version", USAGE, "there is no option '--version'; 'twx --version' tells it"),
    ("bash --colour=never", USAGE, "there is no option '--colour'; did you mean '--color'?"),
    ("bash --color", USAGE, "'--color' needs a value: --color auto|always|never"),
    ("bash --color=no", USAGE, "--color: 'no' is none of auto, always, never"),
    ("bash -vq", USAGE, "--quiet and --verbose exclude each other"),
]


class Commands(MistakeCase):
    """Names of commands."""

    def test_program(self):
        """Neither help nor a command."""
        self.mistakes("", [(line, USAGE, message) for line, message in TOP])

    def test_group(self):
        """serve and no server."""
        for line, message in SERVE:
            with self.subTest(line):
                self.mistake(f"serve {line}", USAGE, message, "serve")

    def test_help_and_manual(self):
        """Of what there is not."""
        self.assertGreaterEqual(len(HELP), 20)
        for line, message, path in HELP:
            with self.subTest(line):
                self.mistake(line, USAGE, message, path)

    def test_completion(self):
        """Of an unknown shell."""
        self.mistakes("completion", COMPLETION)
