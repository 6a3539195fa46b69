"""What who mistypes twx connect is told."""

from mistakes import (
    CANNOT_CONNECT,
    CANNOT_READ,
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

CONNECT = "twx connect HOST [PORT] [OPTION]..."
CLOCKS = "there are --connect-timeout, --idle-timeout and --max-time"
COLON = "HOST and PORT are two words without a colon, or one word with it: localhost:80"
URL = "is no endpoint: that is a URL, for 'twx fetch'; write HOST PORT or HOST:PORT"

WHERE = [
    ("", USAGE, "HOST is missing: host to connect to, or an endpoint: host:port, ..."),
    ("localhost", USAGE, "PORT is missing: connect localhost PORT, or localhost:PORT"),
    ("127.0.0.1", USAGE, "PORT is missing: connect 127.0.0.1 PORT, or 127.0.0.1:PORT"),
    ("[::1]", USAGE, "PORT is missing: connect [::1] PORT, or [::1]:PORT"),
    (
        "::1",
        USAGE,
        "'::1' is no endpoint: write an IPv6 address in brackets: [::1]:9000",
    ),
    ("::1:80", USAGE, "'::1:80' is no endpoint: write an IPv6 address in brackets: [::1]:80"),
    ("80 localhost", USAGE, "HOST comes first: connect localhost 80"),
    ("localhost 80 81", USAGE, f"'81' is one argument too many; the usage is: {CONNECT}"),
    ("localhost 0", USAGE, "port 0 cannot be connected to; use 1 to 65535"),
    ("localhost 65536", USAGE, f"'65536' is no port; {PORT}"),
    ("localhost:99999", USAGE, f"'localhost:99999' is no endpoint: '99999' is no port; {PORT}"),
    ("localhost -1", USAGE, "there is no option '-1'"),
    ("localhost htpp", USAGE, f"'htpp' is no port; {SERVICE}"),
    ("localhost 0x50", USAGE, f"'0x50' is no port; {SERVICE}"),
    ("localhost 80-90", USAGE, f"'80-90' is no port; {PORT}"),
    ("localhost: 80", USAGE, COLON),
    ("localhost :80", USAGE, COLON),
    ("localhost/80", USAGE, f"'localhost/80' is no endpoint: {ENDPOINTS}"),
    ("localhost:80:80", USAGE, "'localhost:80:80' is no endpoint: it has more than one colon"),
    (
        "'localhost 80'",
        USAGE,
        "'localhost 80' is no endpoint: it has a blank; are two words quoted as one?",
    ),
    ("' localhost' 80", USAGE, "' localhost' is no host, for it has a blank"),
    ("''", USAGE, f"'' is no endpoint: {ENDPOINTS}"),
    ("'' 80", USAGE, "'' is no endpoint: the host is missing"),
    ("localhost ''", USAGE, "PORT is empty; use 1 to 65535 or the name of a service"),
    ("http://localhost/", USAGE, f"'http://localhost/' {URL}"),
    ("HTTPS://localhost 443", USAGE, f"'HTTPS://localhost' {URL}"),
    (
        "ftp://localhost",
        USAGE,
        "'ftp://localhost' is no endpoint: there is no scheme 'ftp'; there are: tcp, tls, udp, "
        "unix, unix-dgram, fd",
    ),
    ("ssl://localhost:443", USAGE, "'ssl://localhost:443' is no endpoint: write tls://localhost:443"),
    ("TCP://localhost:80", USAGE, "'TCP://localhost:80' is no endpoint: write tcp://localhost:80"),
    ("tcp//localhost:80", USAGE, "... 'tcp//localhost' is no host, for it has a '/'"),
    ("TCP:localhost:80", USAGE, "'TCP:localhost:80' is no endpoint: write tcp://localhost:80"),
    (
        "TCP-LISTEN:9000",
        USAGE,
        "'TCP-LISTEN:9000' is no endpoint: servers are 'twx serve NAME ENDPOINT'",
    ),
    (
        "EXEC:/bin/sh",
        USAGE,
        "'EXEC:/bin/sh' is no endpoint: no programs are started; a pipe of the shell does that",
    ),
    ("- TCP:localhost:80", USAGE, "'-' is no endpoint: standard input and output are connect's ..."),
    ("me@localhost 22", USAGE, "'me@localhost' is no host, for it has a '@'; write what is ..."),
    ("tls://localhost", USAGE, "'tls://localhost' is no endpoint: the port is missing"),
    ("localhost:80 80", USAGE, "the endpoint 'localhost:80' has its port already; leave '80' out"),
    ("unix:path", USAGE, "'unix:path' is no endpoint: a unix socket is unix:///path or ..."),
    ("fd:x", USAGE, "'fd:x' is no endpoint: an inherited socket is fd:NUMBER"),
    ("localhost:80?backlog=5", USAGE, "localhost:80: a client has no use for the setting backlog"),
    (
        "tls://localhost:443?client-ca=a.pem",
        USAGE,
        "localhost:443: a client has no use for the setting client-ca; cacert says who ...",
    ),
    ("127.0.0.1 <port>", CANNOT_CONNECT, "connect 127.0.0.1:<port>: Connection refused"),
    ("./none", CANNOT_CONNECT, "connect ./none: No such file or directory"),
    ("./file.txt", CANNOT_CONNECT, "connect ./file.txt: Connection refused; it is a file, but no socket"),
    ("./dir", CANNOT_CONNECT, "connect ./dir: Connection refused; it is a file, but no socket"),
    ("fd:99", CANNOT_CONNECT, "connect fd:99: Bad file descriptor"),
    ("[::1]:80 -4", 6, "connect [::1]:80: Name not found; with -4 it must be an IPv4 address"),
    ("-- --help 80", 6, "connect --help:80: Name ..."),
]

HOW = [
    ("-l 9000", USAGE, "there is no option '-l'; servers are 'twx serve NAME ENDPOINT'"),
    (
        "-z localhost 80",
        USAGE,
        "there is no option '-z'; to try a port: twx connect --send-only HOST PORT </dev/null",
    ),
    ("-u localhost 53", USAGE, "there is no option '-u'; write udp://HOST:PORT"),
    ("-w5 localhost 80", USAGE, f"there is no option '-w'; {CLOCKS}"),
    ("-k localhost 443", USAGE, "there is no option '-k'; use --insecure"),
    ("-x proxy:3128 localhost 80", USAGE, "there is no option '-x'; only 'twx fetch' knows proxies"),
    ("--ssl localhost 443", USAGE, "there is no option '--ssl'; use --tls"),
    ("--timeout 5 localhost 80", USAGE, f"there is no option '--timeout'; {CLOCKS}"),
    ("-timeout 5 localhost 80", USAGE, f"there is no option '-timeout'; {CLOCKS}"),
    ("--host localhost --port 80", USAGE, f"there is no option '--host'; HOST stands alone: {CONNECT}"),
    ("localhost --port 80", USAGE, f"there is no option '--port'; PORT stands alone: {CONNECT}"),
    (
        "localhost 80 --idle-timout 5",
        USAGE,
        "there is no option '--idle-timout'; did you mean '--idle-timeout'?",
    ),
    ("localhost 80 -tls", USAGE, "there is no option '-tls'; did you mean '--tls'?"),
    ("localhost 80 --TLS", USAGE, "there is no option '--TLS'; did you mean '--tls'?"),
    ("localhost 80 --welcome", USAGE, "there is no option '--welcome'; only 'serve echo' has it"),
    (
        "localhost 80 --threads 2",
        USAGE,
        "there is no option '--threads'; 'serve echo' and others have it",
    ),
    ("localhost 80 --nonsense", USAGE, "there is no option '--nonsense'"),
    ("localhost 80 --max-time", USAGE, "'--max-time' needs a value: --max-time TIME"),
    ("--max-time localhost 80", USAGE, f"--max-time: 'localhost' {TIME}"),
    ("localhost 80 --max-time 5sec", USAGE, f"--max-time: '5sec' {TIME}"),
    ("localhost 80 --max-time 1,5", USAGE, f"--max-time: '1,5' {TIME}"),
    ("localhost 80 --max-time -1", USAGE, f"--max-time: '-1' {TIME}"),
    ("localhost 80 --max-time ''", USAGE, f"--max-time: '' {TIME}"),
    ("localhost 80 --max-time 5 s", USAGE, f"--max-time: {ONE_WORD}"),
    (
        "localhost 80 --max-time 1 --max-time 2",
        USAGE,
        "--max-time is given twice, '1' and '2'; give it once",
    ),
    ("localhost 80 --tls=yes", USAGE, "'--tls' takes no value"),
    ("localhost 80 -4 -6", USAGE, "-4 and -6 exclude each other"),
    ("localhost 80 -q", USAGE, "'-q' needs a value: -q TIME"),
    ("localhost 80 -s eth0", USAGE, "-s: 'eth0' is no IP address; use 127.0.0.1 or ::1"),
    ("localhost 80 -p http", USAGE, "-p: 'http' is not a whole number from 1 to 65535"),
    (
        "localhost 80 --max-retries 3",
        USAGE,
        "--max-retries is for --reconnect; give that too",
    ),
    (
        "localhost 80 --reconnect --reconnect-min 5 --reconnect-max 1",
        USAGE,
        "--reconnect-max is less than --reconnect-min",
    ),
    (
        "localhost 80 --send-only --recv-only",
        USAGE,
        "--send-only and --recv-only exclude each other",
    ),
    (
        "localhost 80 --datagram-size 9",
        USAGE,
        "--datagram-size has no meaning for the connection to localhost:80",
    ),
    ("udp://localhost:53 --tls", USAGE, "--tls is for connections, not for datagrams"),
    ("localhost 80 --insecure", USAGE, f"--insecure: {WITHOUT_TLS}"),
    ("localhost 80 --cacert a.pem", USAGE, f"--cacert: {WITHOUT_TLS}"),
    ("localhost 80 --tls --client-ca x", USAGE, "there is no option '--client-ca'; clients have --cacert"),
    ("localhost 80 --tls --pin abc", USAGE, "--pin: 'abc' is no SHA-256; it has 64 hex digits"),
    ("localhost 80 --tls --key a.key", USAGE, "--key 'a.key' is without its certificate; give --cert too"),
    ("localhost 80 --tls --cert ''", USAGE, "--cert: the value is empty; it must be a file"),
    (
        "localhost 80 --tls --cert a.pem",
        CANNOT_READ,
        f"a.pem: {NO_KEY}; name the file that does as well",
    ),
    (
        "localhost 80 --tls --cert a.pem --key b.key",
        CANNOT_READ,
        "b.key: is not the key of the certificate in a.pem",
    ),
    ("localhost 80 --tls --cert none", CANNOT_READ, "none: No such file or directory"),
    ("localhost 80 --tls --cacert dir", CANNOT_READ, "dir: is a directory"),
    ("localhost 80 --tls --cacert file.txt", CANNOT_READ, "file.txt: holds no certificate in PEM form"),
]


class Connect(MistakeCase):
    def test_where(self):
        """HOST and PORT, and endpoints."""
        self.mistakes("connect", WHERE)

    def test_how(self):
        """Options, ours and those of other tools."""
        self.mistakes("connect", HOW)
