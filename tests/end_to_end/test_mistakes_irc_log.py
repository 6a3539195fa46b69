"""What who mistypes twx irc-log is told."""

from mistakes import (
    CANNOT_READ,
    CANNOT_WRITE,
    ENDPOINTS,
    NO_KEY,
    ONE_WORD,
    PORT,
    SERVICE,
    TIME,
    USAGE,
    MistakeCase,
)

IRC_LOG = "twx irc-log CHANNEL[,CHANNEL...] LOGFILE [OPTION]..."
NO_CHANNEL = "is not the name of a channel; use '#name'"
NICK = "cannot be a nick; it is one word without , ! @ * ? and with no # in front"
PASSWORDS = "passwords are in files: --sasl-password-file, --nickserv-password-file"
LOG = "'#chan' x.log"

# The shell takes what follows a # for a comment where it is not quoted.
WHAT = [
    ("", USAGE, "CHANNEL[,CHANNEL...] is missing: channels to log, in quotes for the shell: '#one,#two'"),
    ("x.log", USAGE, "LOGFILE is missing: file to append to, or a template ..."),
    ("'#chan'", USAGE, "LOGFILE is missing: file to append to, or a template ..."),
    ("x.log '#chan'", USAGE, "CHANNEL comes first: twx irc-log '#chan' x.log"),
    ("chan x.log", USAGE, f"'chan' {NO_CHANNEL}: '#chan'"),
    ("'#one' '#two' x.log", USAGE, f"'x.log' is one argument too many; the usage is: {IRC_LOG}"),
    (
        "'#one' '#two'",
        USAGE,
        "LOGFILE: '#two' is the name of a channel; several are one word, '#one,#two', and a file is ./NAME",
    ),
    ("'#one, #two' x.log", USAGE, f"' #two' {NO_CHANNEL}, without blanks around it"),
    ("'#one #two' x.log", USAGE, f"'#one #two' {NO_CHANNEL}"),
    ("'#one,,#two' x.log", USAGE, f"'' {NO_CHANNEL}"),
    ("'' x.log", USAGE, "CHANNEL needs the name of a channel, such as '#name'"),
    ("'#chan' ''", USAGE, "LOGFILE: the value is empty; it must be a file"),
    ("irc://irc.test/chan x.log", USAGE, f"'irc://irc.test/chan' {NO_CHANNEL}, and --server for a host"),
    ("'#chan' '{chan}.log'", USAGE, "there is no {chan}, only {network} and {channel}; ..."),
    ("'#chan' '%Q.log'", USAGE, "there is no %Q, only strftime's %Y %m %d %F %H %M %S and the like; ..."),
    (f"--channel {LOG}", USAGE, f"there is no option '--channel'; CHANNEL stands alone: {IRC_LOG}"),
    ("'#chan' --logfile x", USAGE, f"there is no option '--logfile'; LOGFILE stands alone: {IRC_LOG}"),
    ("'#chan' -o x", USAGE, "there is no option '-o'; LOGFILE stands alone: twx irc-log '#chan' log.txt"),
    (f"-c {LOG}", USAGE, "there is no option '-c'; channels stand alone: '#one,#two'"),
    (f"{LOG} --channel-key x", USAGE, "... 'x' is no key of a channel; use '#channel=key'"),
    (f"{LOG} --channel-key '#x=y'", USAGE, "... '#x' is none of the channels to be logged"),
    ("'#chan' dir --no-tls", CANNOT_WRITE, "dir: Is a directory"),
    ("'#chan' none/x --no-tls", CANNOT_WRITE, "none/x: No such file or directory"),
]

WHERE = [
    (f"irc.test {LOG}", USAGE, f"'x.log' is one argument too many; the usage is: {IRC_LOG}"),
    (f"{LOG} --server ''", USAGE, "--server: the value is empty; it must be a name"),
    (f"{LOG} --server x:", USAGE, f"--server: 'x:' is no endpoint: '' is no port; {PORT}"),
    (f"{LOG} --server x:icr", USAGE, f"--server: 'x:icr' is no endpoint: 'icr' is no port; {SERVICE}"),
    (f"{LOG} --server x:0", USAGE, "--server: port 0 cannot be connected to; use 1 to 65535"),
    (f"{LOG} --server x/6667", USAGE, f"--server: 'x/6667' is no endpoint: {ENDPOINTS}"),
    (f"{LOG} --server x 6667", USAGE, f"'6667' is one argument too many; the usage is: {IRC_LOG}"),
    (f"{LOG} --server 'a b'", USAGE, "--server: 'a b' is no host, for it has a blank"),
    (f"{LOG} --server irc://x/y", USAGE, "--server: 'irc://x/y' is no endpoint: write tcp://x:PORT"),
    (f"{LOG} --server ircs://x:1", USAGE, "--server: 'ircs://x:1' is no endpoint: write tls://x:1"),
    (f"{LOG} --server udp://x:1", USAGE, "--server: 'udp://x:1' is for datagrams; IRC needs a connection: ..."),
    (f"{LOG} --server x:1 --port 2", USAGE, "--server 'x:1' says where already; leave --port out"),
    (f"{LOG} --port irc", USAGE, "--port: 'irc' is not a whole number from 1 to 65535"),
    (f"{LOG} --port 0", USAGE, "--port: '0' is not a whole number from 1 to 65535"),
    (f"{LOG} --srever x", USAGE, "there is no option '--srever'; did you mean '--server'?"),
    (f"{LOG} --host x", USAGE, "there is no option '--host'; use --server"),
    (f"{LOG} --ssl", USAGE, "there is no option '--ssl'; TLS is used unless --no-tls is given"),
    (f"{LOG} --tls --no-tls", USAGE, "--tls and --no-tls exclude each other"),
    (f"{LOG} --no-tls --insecure", USAGE, "--insecure: settings of TLS without TLS; leave --no-tls out"),
    (f"{LOG} --key a.key", USAGE, "--key 'a.key' is without its certificate; give --cert too"),
    (f"{LOG} --cert a.pem", CANNOT_READ, f"a.pem: {NO_KEY}; name the file that does as well"),
]

HOW = [
    (f"{LOG} -n bot", USAGE, "there is no option '-n'; use --nick"),
    (f"{LOG} --nickname bot", USAGE, "there is no option '--nickname'; use --nick"),
    (f"{LOG} --nick 'a b'", USAGE, f"--nick: 'a b' {NICK}"),
    (f"{LOG} --nick '#a'", USAGE, f"--nick: '#a' {NICK}"),
    (f"{LOG} --nick a --nick b", USAGE, "--nick is given twice, 'a' and 'b'; give it once"),
    (f"{LOG} --password x", USAGE, f"there is no option '--password'; {PASSWORDS}"),
    (
        f"{LOG} --sasl-password x",
        USAGE,
        "there is no option '--sasl-password'; did you mean '--sasl-password-file'?",
    ),
    (f"{LOG} --sasl", USAGE, "'--sasl' needs a value: --sasl plain|external|scram-sha-256"),
    (f"{LOG} --sasl PLAIN", USAGE, "... is none of plain, external, scram-sha-256; did you mean 'plain'?"),
    (f"{LOG} --sasl external", USAGE, "--sasl external shows a certificate; give it with --cert"),
    (f"{LOG} --sasl-user me", USAGE, "a user or password for SASL, but no --sasl; give --sasl plain"),
    (f"{LOG} --format json", USAGE, "... is none of text, jsonl, irssi, weechat; did you mean 'jsonl'?"),
    (f"{LOG} --time gmt", USAGE, "--time: 'gmt' is none of local, utc, server"),
    (f"{LOG} --encoding utf8", USAGE, "... is none of auto, utf-8, latin1; did you mean 'utf-8'?"),
    (f"{LOG} --fsync yes", USAGE, "--fsync: 'yes' is none of line, interval, none"),
    (f"{LOG} --reconnect", USAGE, "there is no option '--reconnect'; it always connects again"),
    (f"{LOG} --reconnect-min 1h", USAGE, "--reconnect-max is less than --reconnect-min"),
    (f"{LOG} --rejoin-delay 5sec", USAGE, f"--rejoin-delay: '5sec' {TIME}"),
    (f"{LOG} --rejoin-delay 5 s", USAGE, f"--rejoin-delay: {ONE_WORD}"),
    (f"{LOG} --timeout 5", USAGE, "... there are --connect-timeout and --lag-timeout"),
    (f"{LOG} --max-time 5", USAGE, "... timeout(1) ends it: timeout 1h twx irc-log"),
    (
        f"{LOG} --sasl plain",
        CANNOT_READ,
        "--sasl needs a password: --sasl-password-file FILE, or TWX_SASL_PASSWORD",
    ),
    (f"{LOG} --sasl plain --sasl-password-file none", CANNOT_READ, "none: No such file or directory"),
    (
        f"{LOG} --sasl plain --sasl-password-file /dev/null",
        CANNOT_READ,
        "/dev/null: there is no password in its first line",
    ),
]


class IrcLog(MistakeCase):
    def test_what(self):
        """Channels and the file."""
        self.mistakes("irc-log", WHAT)

    def test_where(self):
        """The server."""
        self.mistakes("irc-log", WHERE)

    def test_how(self):
        """All the rest."""
        self.mistakes("irc-log", HOW)
