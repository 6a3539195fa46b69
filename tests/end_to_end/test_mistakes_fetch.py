"""What who mistypes twx fetch is told."""

from mistakes import CANNOT_CONNECT, CANNOT_READ, CANNOT_WRITE, NO_KEY, TIME, USAGE, MistakeCase

MALFORMED = 3
HTTP = "http://127.0.0.1:<port>/"
HTTPS = "https://127.0.0.1:<port>/"
MISSING = "URL is missing: what to fetch"
BRACKETS = "write an IPv6 address in brackets: http://[::1]:80/"
SLASHES = "write two slashes behind the scheme"
SCHEMES = "is not a scheme that can be fetched; http and https are"
RATE = "is not a rate; use 200k or 1.5M"
ONLY_HTTP = "only http:// and https:// are fetched"

URLS = [
    ("", USAGE, MISSING),
    ("''", MALFORMED, "fetch: the URL is empty"),
    ("127.0.0.1 80", USAGE, "'80' is a port and no URL; write 127.0.0.1:80"),
    ("http://localhost 80", USAGE, "'80' is a port and no URL; write http://localhost:80"),
    ("80", USAGE, "'80' is a port and no URL; write HOST:80"),
    ("http:localhost", MALFORMED, f"fetch http:localhost: {SLASHES}"),
    ("http:/localhost", MALFORMED, f"fetch http:/localhost: {SLASHES}"),
    ("http//localhost", MALFORMED, "fetch http//localhost: write a colon behind the scheme"),
    ("htp://localhost", MALFORMED, f"fetch htp://localhost: 'htp' {SCHEMES}"),
    ("ftp://localhost", MALFORMED, f"fetch ftp://localhost: 'ftp' {SCHEMES}"),
    ("tcp://localhost:80", MALFORMED, f"fetch tcp://localhost:80: 'tcp' {SCHEMES}"),
    ("/etc/passwd", MALFORMED, "fetch /etc/passwd: it has no host"),
    ("http:///x", MALFORMED, "fetch http:///x: it has no host"),
    ("http://x:0/", MALFORMED, "fetch http://x:0/: the port is from 1 to 65535"),
    ("http://x:http/", MALFORMED, "fetch http://x:http/: the port is no number"),
    ("::1", MALFORMED, f"fetch ::1: {BRACKETS}"),
    ("http://::1:80/", MALFORMED, f"fetch http://::1:80/: {BRACKETS}"),
    ("'http://x/a b'", MALFORMED, "fetch http://x/a b: a space; write it as %20"),
    ("' http://x/'", MALFORMED, "fetch  http://x/: a space; write it as %20"),
    ("http://x/[1-3]", MALFORMED, "fetch http://x/[1-3]: a bracket; write it as %5B or %5D, ..."),
    (HTTP, CANNOT_CONNECT, f"fetch {HTTP}: Connection refused"),
    ("--input-file none", CANNOT_READ, "fetch: none: No such file or directory"),
    (f"{HTTP} --next", USAGE, MISSING),
]

# A value that was forgotten makes the URL one.
FORGOTTEN = [
    (f"-o {HTTP}", USAGE, f"{MISSING}; '{HTTP}' is the value of --output"),
    (f"-X {HTTP}", USAGE, f"{MISSING}; '{HTTP}' is the value of --request"),
    (f"--json {HTTP}", USAGE, f"{MISSING}; '{HTTP}' is the value of --json"),
    (f"-nc {HTTP}", USAGE, f"{MISSING}; '{HTTP}' is the value of --cookie-jar"),
    (f"-m {HTTP}", USAGE, f"--max-time: '{HTTP}' {TIME}"),
    (f"--report {HTTP}", USAGE, f"--report: '{HTTP}' is none of json"),
    (f"{HTTP} -o", USAGE, "'--output' needs a value: --output FILE"),
    (f"{HTTP} -d", USAGE, "'--data' needs a value: --data DATA"),
    ("--url", USAGE, "'--url' needs a value: --url URL"),
]

VALUES = [
    (f"{HTTP} -m 5sec", USAGE, f"--max-time: '5sec' {TIME}"),
    (f"{HTTP} -m -1", USAGE, f"--max-time: '-1' {TIME}"),
    (f"{HTTP} --limit-rate 10kb", USAGE, f"--limit-rate: '10kb' {RATE}"),
    (f"{HTTP} --max-filesize 1MB", USAGE, "... '1MB' is not a size; use 4096, 64k, 1M or 2G"),
    (f"{HTTP} --retry many", USAGE, "--retry: 'many' is not a whole number from 0 to 1000000"),
    (f"{HTTP} --parallel-max 0", USAGE, "... '0' is not a whole number from 1 to 300"),
    (f"{HTTP} -r abc", USAGE, "--range: 'abc' is no range; use FROM-TO, FROM- or -COUNT"),
    (f"{HTTP} --max-redirs x", USAGE, "--max-redirs: 'x' is not a whole number, or -1"),
    (f"{HTTP} -C x", USAGE, "--continue-at: 'x' is not a number of bytes, or -"),
    (f"{HTTP} -H field", USAGE, "--header: 'field' is no field; write NAME: VALUE, ..."),
    (f"{HTTP} -F file.txt", USAGE, "--form: 'file.txt' is not NAME=CONTENT; a file is NAME=@FILE"),
    (f"{HTTP} --checksum abc", USAGE, "--checksum: 'abc' is no checksum; write sha256:HEX; ..."),
    (f"{HTTP} --checksum md5:1", USAGE, "--checksum: a md5 has 32 hexadecimal digits"),
    (f"{HTTP} --resolve x", USAGE, "--resolve: 'x' is not HOST:PORT:ADDRESS[,ADDRESS] or -HOST:PORT"),
    (f"{HTTP} --connect-to x", USAGE, "--connect-to: 'x' is not HOST1:PORT1:HOST2:PORT2"),
    (f"{HTTPS} --pin abc", USAGE, "--pin: 'abc' is no SHA-256; it has 64 hex digits"),
    (f"{HTTP} -o ''", USAGE, "--output: the value is empty; it must be a file"),
    (f"{HTTP} -o x -o y", USAGE, "there are more --output than URLs"),
    (f"{HTTP} -d a -T file.txt", USAGE, "--data, --form and --upload-file exclude each other"),
    (f"{HTTP} -4 -6", USAGE, "-4 and -6 exclude each other"),
    (f"{HTTP} -v -q", USAGE, "--quiet and --verbose exclude each other"),
    (f"{HTTP} --compressed=yes", USAGE, "'--compressed' takes no value"),
    (f"{HTTPS} --key a.key", USAGE, "--key 'a.key' is without its certificate; give --cert too"),
]

OPTIONS = [
    (f"{HTTP} --max-tmie 5", USAGE, "there is no option '--max-tmie'; did you mean '--max-time'?"),
    (f"{HTTP} -max-time 5", USAGE, "there is no option '-max-time'; did you mean '--max-time'?"),
    (f"{HTTP} --Location", USAGE, "there is no option '--Location'; did you mean '--location'?"),
    (f"{HTTP} --timeout 5", USAGE, "... there are --max-time and --connect-timeout"),
    (f"{HTTP} --tls", USAGE, "there is no option '--tls'; the URL says so: https://"),
    (f"{HTTP} --http2", USAGE, "there is no option '--http2'; HTTP/1.1 is spoken"),
    (f"{HTTPS} --tlsv1.2", USAGE, "there is no option '--tlsv1.2'; TLS 1.2 and 1.3 are spoken, ..."),
    (f"{HTTPS} --pinnedpubkey x", USAGE, "... use --pin with the SHA-256 of the certificate"),
    (f"{HTTPS} --no-check-certificate", USAGE, "... use --insecure"),
    (f"-K conf {HTTP}", USAGE, "there is no option '-K'; options are not read from files"),
    (f"--ftp-pasv {HTTP}", USAGE, f"there is no option '--ftp-pasv'; {ONLY_HTTP}"),
    (f"--method POST {HTTP}", USAGE, "there is no option '--method'; use --request"),
    (f"--post-data x {HTTP}", USAGE, "there is no option '--post-data'; use --data"),
    (f"--follow {HTTP}", USAGE, "there is no option '--follow'; use --location"),
    (f"-P dir {HTTP}", USAGE, "there is no option '-P'; use --output-dir"),
    ("--manual", USAGE, "there is no option '--manual'; 'twx man fetch' shows it"),
    (f"--idle-timeout 5 {HTTP}", USAGE, "... 'serve echo' and others have it"),
    (f"--ciphers x {HTTP}", USAGE, "there is no option '--ciphers'"),
    (f"--version {HTTP}", USAGE, "there is no option '--version'; 'twx --version' tells it"),
    (f"--proggress {HTTP}", USAGE, "there is no option '--proggress'"),
]

FILES = [
    (f"-d @none {HTTP}", CANNOT_READ, "fetch: none: No such file or directory"),
    (f"-d @dir {HTTP}", CANNOT_READ, "fetch: dir: Is a directory"),
    (f"-T none {HTTP}", CANNOT_READ, f"fetch {HTTP}: none: No such file or directory"),
    (f"-F a=@none {HTTP}", CANNOT_READ, f"fetch {HTTP}: none: No such file or directory"),
    (f"-w @none {HTTP}", CANNOT_READ, "fetch: none: No such file or directory"),
    (f"--netrc-file none {HTTP}", CANNOT_READ, "fetch: none: No such file or directory"),
    (f"--cacert none {HTTPS}", CANNOT_READ, f"fetch {HTTPS}: none: No such file or directory"),
    (f"--cert a.pem {HTTPS}", CANNOT_READ, f"fetch {HTTPS}: a.pem: {NO_KEY}; name the file ..."),
    (
        f"--cert a.pem --key b.key {HTTPS}",
        CANNOT_READ,
        f"fetch {HTTPS}: b.key: is not the key of the certificate in a.pem",
    ),
    (f"--trace none/t {HTTP}", CANNOT_WRITE, "fetch: none/t: No such file or directory"),
    (f"-O {HTTP}", CANNOT_WRITE, f"fetch {HTTP}: the URL ends without a file name; say one with -o"),
    (f"-X 'GE T' {HTTP}", MALFORMED, f"fetch {HTTP}: the request cannot be sent: its method is no word"),
    (f"--unix-socket none {HTTP}", CANNOT_CONNECT, f"fetch {HTTP}: No such file or directory"),
    (f"--interface none0 {HTTP}", 45, f"fetch {HTTP}: cannot use local address none0: ..."),
    (f"-x http://127.0.0.1:<port> {HTTP}", CANNOT_CONNECT, "...: proxy 127.0.0.1:<port>: Connection refused"),
]


class Fetch(MistakeCase):
    def test_urls(self):
        """None, or what is none."""
        self.mistakes("fetch", URLS)

    def test_values(self):
        """Of the wrong kind, or forgotten."""
        self.mistakes("fetch", FORGOTTEN + VALUES)

    def test_options(self):
        """Mistyped, or those of other tools."""
        self.mistakes("fetch", OPTIONS)

    def test_files_and_ways(self):
        """That are not there, or not what they should be."""
        for line, status, message in FILES:
            with self.subTest(line):
                self.mistake(f"fetch {line}", status, message, "fetch")
