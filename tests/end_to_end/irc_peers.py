"""A server of IRC that a test plays itself, line by line, and a person for real servers."""

import base64
import hashlib
import hmac
import os
import re
import socket
import ssl

from harness import MIB, SOON, Listener
from tls import server_context

SERVER = "irc.test.example"


class Lines:
    """A connection on which lines are read and written. What was read stays in `seen`."""

    def __init__(self, sock):
        self.sock, self.seen, self.nick = sock, [], None
        self._pending = bytearray()
        self._syncs = 0

    def read(self):
        """The next line, without its end; None at the end of the connection."""
        while b"\n" not in self._pending:
            try:
                piece = self.sock.recv(MIB)
            except TimeoutError:
                raise AssertionError(f"no more comes; seen: {self.seen}") from None
            except (ConnectionError, ssl.SSLError):
                return None
            if not piece:
                return None
            self._pending += piece
        line, _, self._pending = self._pending.partition(b"\n")
        self.seen.append(line.decode(errors="surrogateescape").removesuffix("\r"))
        return self.seen[-1]

    def until(self, pattern):
        """Reads to the first line that the regular expression matches as a whole; the match."""
        while (line := self.read()) is not None:
            if found := re.fullmatch(pattern, line):
                return found
        raise AssertionError(f"it ended before {pattern!r}; seen: {self.seen}")

    def rest(self):
        """The lines to the end of the connection."""
        before = len(self.seen)
        while self.read() is not None:
            pass
        return self.seen[before:]

    def send(self, *lines):
        """Text or bytes; each gets its end."""
        coded = (line.encode() if isinstance(line, str) else line for line in lines)
        self.sock.sendall(b"".join(line + b"\r\n" for line in coded))

    def sync(self):
        """Waits until the other side has taken all that was sent; what it said meanwhile."""
        before, self._syncs = len(self.seen), self._syncs + 1
        mark = f"sync-{self._syncs}"
        self.send(f"PING :{mark}")
        self.until(f"(:\\S+ )?PONG (\\S+ )?:?{mark}")
        return self.seen[before:-1]

    def close(self):
        self.sock.close()


class Session(Lines):
    """A connection of the program under test, seen from the server."""

    def number(self, number, text):
        """A numeric reply to whoever it is."""
        self.send(f":{SERVER} {number} {self.nick or '*'} {text}")

    def capabilities(self, offered):
        """Reads the first lines, and answers requests for what is offered until CAP END."""
        self.until("CAP LS 302")
        self.nick = self.until(r"NICK (\S+)")[1]
        self.until(r"USER .*")
        self.offer(offered)
        self.agree({name.partition("=")[0] for name in offered.split()})

    def offer(self, offered):
        self.send(f":{SERVER} CAP * LS :{offered}")

    def agree(self, names, stop="CAP END"):
        """Answers CAP REQ until `stop`; the match of it."""
        while True:
            found = self.until(f"CAP REQ :?(.*)|{stop}")
            if not found[0].startswith("CAP REQ"):
                return found
            wanted = found[1].strip()
            answer = "ACK" if {n.lstrip("-") for n in wanted.split()} <= names else "NAK"
            self.send(f":{SERVER} CAP * {answer} :{wanted}")

    def welcome(self, supports="CHANTYPES=# PREFIX=(ov)@+ NETWORK=Test"):
        """The greeting, after CAP END."""
        self.number("001", f":Welcome, {self.nick}")
        self.number("005", f"{supports} :are supported by this server")
        self.number("422", ":MOTD File is missing")

    def register(self, offered="", **options):
        self.capabilities(offered)
        self.welcome(**options)
        return self

    def own(self):
        return f"{self.nick}!{self.nick}@host.example"

    def joining(self):
        """The channels of the next JOIN, and its keys."""
        words = self.until(r"JOIN (\S+)(?: :?(\S+))?")
        return words[1].split(","), (words[2] or "").split(",")

    def joined(self, *channels):
        """Says that it is in there now."""
        for channel in channels:
            self.send(f":{self.own()} JOIN {channel}")
            self.number("353", f"= {channel} :{self.nick} @alice bob")
            self.number("366", f"{channel} :End of /NAMES list.")

    def join(self, *channels):
        """Lets it into these, whose JOINs have to come."""
        missing = set(channels)
        while missing:
            wanted, _ = self.joining()
            self.joined(*wanted)
            missing -= set(wanted)
        self.sync()
        return self

    def say(self, text, nick="alice", channel="#chan", tags=""):
        """What somebody says, text or bytes."""
        begin = f"{tags and '@' + tags + ' '}:{nick}!{nick}@host.example PRIVMSG {channel} :"
        text = text.encode() if isinstance(text, str) else text
        self.send(begin.encode() + text)


class IrcPeer(Listener):
    """Where the program under test connects to. With an identity it speaks TLS."""

    def __init__(self, case, identity=None, client_ca=None):
        super().__init__(case)
        self._context = server_context(identity) if identity else None
        if client_ca:
            self._context.load_verify_locations(client_ca)
            self._context.verify_mode = ssl.CERT_OPTIONAL
        self._case = case

    def args(self):
        tls = () if self._context else ("--no-tls",)
        return ("--server", f"127.0.0.1:{self.port}", *tls)

    def accept(self):
        sock = super().accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context:
            sock = self._case.keep(self._context.wrap_socket(sock, server_side=True))
        return Session(sock)


class ScramServer:
    """The server's half of SCRAM-SHA-256 (RFC 5802, 7677), for one login."""

    def __init__(self, password, iterations=4096, salt=b"salt of a test"):
        self._salt, self._iterations = salt, iterations
        self._salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)

    def _mac(self, key, text):
        return hmac.new(key, text, "sha256").digest()

    def first(self, client_first):
        """What answers the client's first message."""
        self._bare = client_first.split(b",", 2)[2]
        nonce = re.search(rb"r=([^,]+)", self._bare)[1] + base64.b64encode(os.urandom(9))
        salt = base64.b64encode(self._salt)
        self._first = b"r=%s,s=%s,i=%d" % (nonce, salt, self._iterations)
        return self._first

    def final(self, client_final):
        """The server's signature, or None if the proof is wrong."""
        without, _, proof = client_final.rpartition(b",p=")
        said = b",".join((self._bare, self._first, without))
        stored = hashlib.sha256(self._mac(self._salted, b"Client Key")).digest()
        signature = self._mac(stored, said)
        key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature))
        if hashlib.sha256(key).digest() != stored:
            return None
        return b"v=" + base64.b64encode(self._mac(self._mac(self._salted, b"Server Key"), said))


class Person(Lines):
    """Somebody on a real server: what a test has said and done there by another client.

    Whoever makes one closes it.
    """

    def __init__(self, port, nick, identity=None):
        sock = socket.create_connection(("127.0.0.1", port), SOON)
        if identity:
            context = ssl._create_unverified_context()  # the identity is what counts here
            context.load_cert_chain(identity.cert, identity.key)
            sock = context.wrap_socket(sock)
        super().__init__(sock)
        self.nick = nick
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        self.until(r":\S+ (376|422) .*")

    def read(self):
        line = super().read()
        if line and line.startswith("PING "):
            self.send("PONG " + line.removeprefix("PING "))
        return line

    def number(self, number):
        """Waits for a numeric reply."""
        return self.until(rf":\S+ {number} .*")

    def join(self, channel, *modes):
        self.send(f"JOIN {channel}")
        self.number(366)
        for mode in modes:
            self.send(f"MODE {channel} {mode}")
            self.until(rf":{self.nick}!\S+ MODE {channel} .*")
        return self

    def say(self, target, text):
        self.send(f"PRIVMSG {target} :{text}")

    def sees_join(self, nick, channel):
        self.until(rf":{nick}!\S+ JOIN :?{channel}.*")
