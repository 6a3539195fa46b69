"""What who mistypes twx serve is told: of every server the same, and of each its own."""

from mistakes import (
    CANNOT_CONNECT,
    CANNOT_READ,
    CANNOT_WRITE,
    ENDPOINTS,
    NO_KEY,
    ONE_WORD,
    PORT,
    SERVICE,
    TIME,
    USAGE,
    WITHOUT_TLS,
    MistakeCase,
)

ALONE = "where to listen stands alone: 9000 or 127.0.0.1:9000"
NUMBER = "is not a whole number from 1 to"

# Made with every server.
COMMON = [
    ("", USAGE, "ENDPOINT is missing: where to listen: 9000, host:9000, ..."),
    ("''", USAGE, f"ENDPOINT: '' is no endpoint: {ENDPOINTS}"),
    ("localhost", USAGE, f"ENDPOINT: 'localhost' is no endpoint: {ENDPOINTS}"),
    ("127.0.0.1", USAGE, "ENDPOINT: '127.0.0.1' is no endpoint: the port is missing: 127.0.0.1:9000"),
    ("::1", USAGE, "ENDPOINT: '::1' is no endpoint: write an IPv6 address in brackets: [::1]:9000"),
    ("65536", USAGE, f"ENDPOINT: '65536' is no endpoint: '65536' is no port; {PORT}"),
    ("x:htpp", USAGE, f"ENDPOINT: 'x:htpp' is no endpoint: 'htpp' is no port; {SERVICE}"),
    ("http://:0", USAGE, "ENDPOINT: 'http://:0' is no endpoint: that is a URL; write 9000 or host:9000"),
    ("TCP-LISTEN:80,fork", USAGE, "ENDPOINT: 'TCP-LISTEN:80,fork' is no endpoint: write tcp://:80"),
    ("--port 9000", USAGE, f"there is no option '--port'; {ALONE}"),
    ("-timeout 5 0", USAGE, "there is no option '-timeout'; use --idle-timeout"),
    ("0 --idle-timout 5", USAGE, "there is no option '--idle-timout'; did you mean '--idle-timeout'?"),
    ("0 --idle-timeout 5sec", USAGE, f"--idle-timeout: '5sec' {TIME}"),
    ("0 --max-connections 0", USAGE, f"--max-connections: '0' {NUMBER} 1000000000"),
    ("0 --cert a.pem", USAGE, f"--cert: {WITHOUT_TLS}"),
    ("127.0.0.1:<used>", CANNOT_CONNECT, "listen 127.0.0.1:<used>: Address already in use"),
]

NO_DATAGRAMS = "is for datagrams, and this server has no form for them; use tcp:// or unix://"
NO_LINE = "is none of crlf, lf, any"

OWN = {
    "echo": [
        ("localhost 9000", USAGE, "ENDPOINT: a host and its port are one word: localhost:9000"),
        ("http", USAGE, "ENDPOINT: 'http' is no endpoint: write :http for the port of that service"),
        ("tcp://9000", USAGE, "... the port is missing; if 9000 is one, write a colon before it"),
        ("x://:0", USAGE, "... there is no scheme 'x'; there are: tcp, tls, udp, unix, unix-dgram, fd"),
        ("tcp:9000:interface=::1", USAGE, "... is no endpoint: write tcp://:9000"),
        ("0?backlog=0", USAGE, "... backlog: '0' is not a whole number from 1 on"),
        ("tls://:0?cret=a.pem", USAGE, "... there is no setting 'cret'; there are: backlog, cacert, ..."),
        ("tls://:0?cacert=a.pem", USAGE, "*:0: a server has no use for the setting cacert; ..."),
        ("'0 0'", USAGE, "... it has a blank; are two words quoted as one?"),
        ("-l 9000", USAGE, f"there is no option '-l'; {ALONE}"),
        ("-u 9000", USAGE, "there is no option '-u'; write udp://:9000"),
        ("-e cat 0", USAGE, "there is no option '-e'; no programs are started"),
        ("-k 0", USAGE, "there is no option '-k'; it serves until it is stopped"),
        ("-d 0", USAGE, "there is no option '-d'; it stays in the foreground; put & behind it, ..."),
        ("0 --ssl", USAGE, "there is no option '--ssl'; use --tls"),
        ("0 --tls --cacert a.pem", USAGE, "there is no option '--cacert'; servers have --client-ca"),
        ("0 --reconnect", USAGE, "there is no option '--reconnect'; only 'connect' has it"),
        ("0 --quote x", USAGE, "there is no option '--quote'; only 'serve qotd' has it"),
        ("0 --welcome=yes", USAGE, "'--welcome' takes no value"),
        ("0 --drain", USAGE, "'--drain' needs a value: --drain TIME"),
        ("0 --drain --tls", USAGE, "'--drain' needs a value before '--tls': --drain TIME"),
        ("--drain 0", USAGE, "ENDPOINT is missing: ...; '0' is the value of --drain"),
        ("0 --idle-timeout 5 s", USAGE, f"--idle-timeout: {ONE_WORD}"),
        ("0 --idle-timeout=", USAGE, f"--idle-timeout: '' {TIME}"),
        ("0 --threads auto", USAGE, f"--threads: 'auto' {NUMBER} 1024"),
        ("0 --threads 2 --threads 3", USAGE, "--threads is given twice, '2' and '3'; give it once"),
        ("0 -4 -6", USAGE, "-4 and -6 exclude each other"),
        ("0 -q -v", USAGE, "--quiet and --verbose exclude each other"),
        ("0 --color blue", USAGE, "--color: 'blue' is none of auto, always, never"),
        ("0 --log-format jsn", USAGE, "... is none of text, json; did you mean 'json'?"),
        ("0 --tls --key a.key", USAGE, "--key 'a.key' is without its certificate; give --cert too"),
        ("udp://:0 --tls", USAGE, "--tls is for connections, not for datagrams"),
        ("udp://:0 --threads 2", USAGE, "--threads has no meaning for datagrams"),
        ("0 --tls --cert a.pem", CANNOT_READ, f"a.pem: {NO_KEY}; name the file that does as well"),
        ("0 --tls --cert a.pem --key a.pem", CANNOT_READ, f"a.pem: {NO_KEY}..."),
        (
            "0 --tls --cert a.pem --key b.key",
            CANNOT_READ,
            "b.key: is not the key of the certificate in a.pem",
        ),
        ("0 --tls --cert none", CANNOT_READ, "none: No such file or directory"),
        ("0 --tls --client-ca dir", CANNOT_READ, "dir: is a directory"),
        ("./none/s", CANNOT_CONNECT, "listen ./none/s: No such file or directory"),
        ("198.51.100.1:0", CANNOT_CONNECT, "listen 198.51.100.1:0: Cannot assign requested address"),
        ("fd:99", CANNOT_CONNECT, "listen fd:99: Bad file descriptor"),
        ("127.0.0.1:0 -6", 6, "listen 127.0.0.1:0: Name not found; with -6 it must be an IPv6 address"),
    ],
    "discard": [
        ("0 --welcome", USAGE, "there is no option '--welcome'; only 'serve echo' has it"),
        ("/dev/null/x", CANNOT_CONNECT, "listen /dev/null/x: Not a directory"),
        ("0 file.txt", USAGE, f"ENDPOINT: 'file.txt' is no endpoint: {ENDPOINTS}"),
        ("0 --output x", USAGE, "there is no option '--output'; only 'fetch' has it"),
    ],
    "chargen": [
        ("0 --rate 5", USAGE, "there is no option '--rate'"),
        ("0 --limit-rate 5k", USAGE, "there is no option '--limit-rate'; only 'fetch' has it"),
        ("0 --length 72", USAGE, "there is no option '--length'"),
        ("0 72x", USAGE, f"ENDPOINT: '72x' is no endpoint: {ENDPOINTS}"),
    ],
    "daytime": [
        ("0 --utc", USAGE, "there is no option '--utc'"),
        ("0 --format %H", USAGE, "there is no option '--format'; only 'irc-log' has it"),
        ("0 +%H", USAGE, f"ENDPOINT: '+%H' is no endpoint: {ENDPOINTS}"),
        ("0 --max-time 5", USAGE, "there is no option '--max-time'; timeout(1) ends it: timeout 1m ..."),
    ],
    "time": [
        ("0 --utc", USAGE, "there is no option '--utc'"),
        ("0 now", USAGE, f"ENDPOINT: 'now' is no endpoint: {ENDPOINTS}"),
        ("0 --daytime", USAGE, "there is no option '--daytime'"),
        ("0 --max-tiem 5", USAGE, "there is no option '--max-tiem'"),
    ],
    "qotd": [
        ("0 --quote", USAGE, "'--quote' needs a value: --quote TEXT"),
        ("0 --quote a --quote b", USAGE, "--quote is given twice, 'a' and 'b'; give it once"),
        (
            "0 --quote hello world",
            USAGE,
            f"ENDPOINT: 'world' is no endpoint: {ENDPOINTS}; put a value of several words in quotes: "
            "--quote 'hello world'",
        ),
        ("0 --text x", USAGE, "there is no option '--text'; use --quote TEXT"),
        ("0 --file x", USAGE, "there is no option '--file'; use --fortune FILE"),
        ("0 --quote a --fortune file.txt", USAGE, "--quote and --fortune exclude each other"),
        ("0 --fortune ''", USAGE, "--fortune: the value is empty; it must be a file"),
        ("udp://:0", USAGE, f"ENDPOINT: 'udp://:0' {NO_DATAGRAMS}"),
        ("0 --fortune none", CANNOT_READ, "none: No such file or directory"),
        ("0 --fortune dir", CANNOT_READ, "dir: Is a directory"),
        ("0 --fortune /dev/null", CANNOT_READ, "/dev/null: not a regular file"),
    ],
    "finger": [
        ("0 --user", USAGE, "'--user' needs a value: --user NAME=TEXT"),
        ("0 --user me", USAGE, "--user: 'me' is no user; use NAME=TEXT"),
        ("0 --user =x", USAGE, "--user: '=x' is no user; use NAME=TEXT"),
        ("0 --user a@b=x", USAGE, "--user: nobody can ask for 'a@b': it has an '@', which ..."),
        (
            "0 --user me=Happy and well",
            USAGE,
            f"ENDPOINT: 'and' is no endpoint: {ENDPOINTS}; put a value of several words in quotes: "
            "--user 'me=Happy and'",
        ),
        ("0 --file x", USAGE, "there is no option '--file'; use --users FILE"),
        ("0 --reload 5", USAGE, "--reload is for --users; give its file"),
        ("0 --users file.txt --reload never", USAGE, f"--reload: 'never' {TIME}"),
        ("0 --line CR", USAGE, f"--line: 'CR' {NO_LINE}"),
        ("unix-dgram:@x", USAGE, f"ENDPOINT: 'unix-dgram:@x' {NO_DATAGRAMS}"),
        ("0 --users none", CANNOT_READ, "none: No such file or directory"),
        ("0 --users dir", CANNOT_READ, "dir: Is a directory"),
    ],
    "answer": [
        ("0 --line", USAGE, "'--line' needs a value: --line crlf|lf|any"),
        ("0 --line CRLF", USAGE, f"--line: 'CRLF' {NO_LINE}; did you mean 'crlf'?"),
        ("0 --line lf --line any", USAGE, "--line is given twice, 'lf' and 'any'; give it once"),
        ("0 --lines lf", USAGE, "there is no option '--lines'; did you mean '--line'?"),
        ("udp://:0", USAGE, f"ENDPOINT: 'udp://:0' {NO_DATAGRAMS}"),
    ],
    "chat": [
        ("0 --backlog 10kb", USAGE, "--backlog: '10kb' is not a size; use 4096, 64k, 1M or 2G"),
        ("0 --backlog 10", USAGE, "--backlog: '10' is not a size from 4096 to 1099511627776 bytes"),
        ("0 --backlog 1 MB", USAGE, "--backlog: a size is one word, number and unit: 4096, 64k, ..."),
        ("0 --backlog -1", USAGE, "--backlog: '-1' is not a size; use 4096, 64k, 1M or 2G"),
        ("0 --threads 2", USAGE, "there is no option '--threads'; 'serve echo' and others have it"),
        ("0 --line cr", USAGE, f"--line: 'cr' {NO_LINE}"),
        ("udp://:0", USAGE, f"ENDPOINT: 'udp://:0' {NO_DATAGRAMS}"),
    ],
    "spread": [
        ("0 --backlog lots", USAGE, "--backlog: 'lots' is not a size; use 4096, 64k, 1M or 2G"),
        ("0 --backlog 1.5M", USAGE, "--backlog: '1.5M' is not a size; use 4096, 64k, 1M or 2G"),
        ("0 --threads 2", USAGE, "there is no option '--threads'; 'serve echo' and others have it"),
        ("0 --line lf", USAGE, "there is no option '--line'; 'serve finger' and others have it"),
        ("udp://:0", USAGE, f"ENDPOINT: 'udp://:0' {NO_DATAGRAMS}"),
    ],
}

# FILE stands behind ENDPOINT, so where one of the two is missing is another matter.
LOG_USAGE = "twx serve log ENDPOINT FILE [OPTION]..."
LOG = [
    ("0", USAGE, "FILE is missing: file to append to"),
    ("x.log", USAGE, "FILE is missing: file to append to"),
    ("x.log 0", USAGE, f"ENDPOINT comes first, and '0' is one; the usage is: {LOG_USAGE}"),
    ("0 ''", USAGE, "FILE: the value is empty; it must be a file"),
    ("0 -", USAGE, "FILE: '-' is no file here; write /dev/stdout, or ./- for one"),
    ("0 x.log y.log", USAGE, f"'y.log' is one argument too many; the usage is: {LOG_USAGE}"),
    ("0 --file x.log", USAGE, f"there is no option '--file'; FILE stands alone: {LOG_USAGE}"),
    ("0 -o x.log", USAGE, "there is no option '-o'; FILE stands alone and is always appended to"),
    ("0 x.log --append", USAGE, "there is no option '--append'; FILE stands alone and is ..."),
    ("0 x.log --raw=1", USAGE, "'--raw' takes no value"),
    ("0 x.log --line cr", USAGE, f"--line: 'cr' {NO_LINE}"),
    ("0 dir", CANNOT_WRITE, "dir: Is a directory"),
    ("0 none/x.log", CANNOT_WRITE, "none/x.log: No such file or directory"),
    ("0 file.txt/x", CANNOT_WRITE, "file.txt/x: Not a directory"),
]


class ServeCase(MistakeCase):
    def mistakes_of(self, name):
        self.mistakes(f"serve {name}", COMMON + OWN[name])


class Bytes(ServeCase):
    """Servers that take or send bytes."""

    def test_echo(self):
        self.mistakes_of("echo")

    def test_discard(self):
        self.mistakes_of("discard")

    def test_chargen(self):
        self.mistakes_of("chargen")


class Texts(ServeCase):
    """Servers that say something and close."""

    def test_daytime(self):
        self.mistakes_of("daytime")

    def test_time(self):
        self.mistakes_of("time")

    def test_qotd(self):
        self.mistakes_of("qotd")

    def test_finger(self):
        self.mistakes_of("finger")


class Talks(ServeCase):
    """Servers that go on."""

    def test_answer(self):
        self.mistakes_of("answer")

    def test_chat(self):
        self.mistakes_of("chat")

    def test_spread(self):
        self.mistakes_of("spread")

    def test_log(self):
        """With its file behind what is common."""
        common = [(f"{line} x.log" if line else line, *told) for line, *told in COMMON]
        self.mistakes("serve log", common + LOG)


class Rights(MistakeCase):
    """What only root may."""

    def setUp(self):
        super().setUp()
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as file:
            if int(file.read()) <= 80:
                self.skipTest("everybody may take every port here")

    def test_reserved_ports(self):
        """A line on who may take them, with the statuses of any other port."""
        command = self.as_nobody()
        instead = "ports below 1024 are for root; take another, or give CAP_NET_BIND_SERVICE"
        for place in ("127.0.0.1:80", "udp://127.0.0.1:53"):
            with self.subTest(place):
                message = f"listen {place}: Permission denied; {instead}"
                self.mistake(f"serve echo {place}", CANNOT_CONNECT, message, command=command)
        message = "connect 127.0.0.1:<port>: cannot use local address ...:80: Permission denied"
        self.mistake("connect 127.0.0.1 <port> -p 80", 45, message, command=command)

    def test_files(self):
        """Which nobody may read, or write where it is."""
        command = self.as_nobody()
        for line, status, message in (
            ("serve echo 0 --tls --cert a.pem --key a.key", CANNOT_READ, "a.key: Permission denied"),
            ("connect x 1 --tls --cacert b.key", CANNOT_READ, "b.key: Permission denied"),
            ("serve qotd 0 --fortune a.key", CANNOT_READ, "a.key: Permission denied"),
            ("serve finger 0 --users a.key", CANNOT_READ, "a.key: Permission denied"),
            ("serve log 0 file.txt", CANNOT_WRITE, "file.txt: Permission denied"),
            ("serve log 0 dir/x.log", CANNOT_WRITE, "dir/x.log: Permission denied"),
            ("serve echo ./s", CANNOT_CONNECT, "listen ./s: Permission denied"),
            ("irc-log '#chan' dir/x.log", CANNOT_WRITE, "dir/x.log: Permission denied"),
        ):
            with self.subTest(line):
                self.mistake(line, status, message, command=command)
