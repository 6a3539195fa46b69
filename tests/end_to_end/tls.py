"""TLS peers for the end-to-end tests: Python's ssl module over the sockets of harness.py."""

import contextlib
import re
import shutil
import socket
import ssl
import time
import warnings

import certificates
from harness import MIB, Case, poll_until, read_all


def server_context(identity=None, **settings):
    """Of a server that shows `identity`, certificates.good() by default."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    return configured(context, identity or certificates.good(), **settings)


def client_context(identity=None, trusted=None, **settings):
    """Of a client that verifies its server; the CA is certificates.ca() by default."""
    context = ssl.create_default_context(cafile=(trusted or certificates.ca()).cert)
    return configured(context, identity, **settings)


def configured(context, identity, version=None, level=None, alpn=None, client_ca=None):
    """`version` is the only one spoken; `level` is OpenSSL's security level."""
    if level is not None:
        context.set_ciphers(f"DEFAULT:@SECLEVEL={level}")
    if identity:
        context.load_cert_chain(identity.cert, identity.key)
    if version:
        with warnings.catch_warnings():  # old ones are deprecated, which is why they are tested
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(alpn)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca.cert)
    return context


def secured(sock, context, **options):
    """The server's side of a connection, after its handshake."""
    return context.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False, **options)


def over_tls(talk, context=None):
    """A talk for a peer that first secures the connection and at last says good bye."""
    context = context or server_context()

    def wrapped(sock):
        with secured(sock, context) as tls:
            talk(tls)
            with contextlib.suppress(OSError):  # the other side may be gone
                tls.unwrap()

    return wrapped


class Wire:
    """One side, whose records the test sends itself: when it likes, cut, or spoilt.

    The server's side, or that of a client of a server called `name`.
    """

    def __init__(self, sock, context=None, name=None):
        self.sock = sock
        if sock.family != socket.AF_UNIX:  # a reset must not overtake what was sent
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = context or server_context()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=name is None, server_hostname=name
        )

    def step(self):
        """What the handshake sends now, and whether it is done."""
        done = True
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            done = False
        return self._outgoing.read(), done

    def take(self):
        """What the other side has sent by now; waits for something."""
        if piece := self.sock.recv(MIB):
            self._incoming.write(piece)
        else:
            self._incoming.write_eof()

    def handshake(self):
        flight, done = self.step()
        while not done:
            self.sock.sendall(flight)
            self.take()
            flight, done = self.step()
        self.sock.sendall(flight)
        return self

    def records(self, data):
        """`data`, encrypted."""
        self._tls.write(data)
        return self._outgoing.read()

    def close_notify(self):
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        return self._outgoing.read()

    def fatal_alert(self):
        """bad_record_mac, as if the other side, which has not ended, had sent nonsense."""
        self._incoming.write(b"\x17\x03\x03\x00\x20" + bytes(32))
        with contextlib.suppress(ssl.SSLError):
            self._tls.read()
        alert = self._outgoing.read()
        assert alert, "the other side has ended"
        return alert

    def receive(self, count):
        """`count` bytes of what the other side says."""
        data = b""
        while len(data) < count:
            try:
                data += self._tls.read(count - len(data))
            except ssl.SSLWantReadError:
                self.take()
        return data


def client_flights(sock, context=None):
    """What a client sends in its handshake; the caller sends each before it asks for the next."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = context or client_context()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    done = False
    while not done:
        try:
            tls.do_handshake()
            done = True
        except ssl.SSLWantReadError:
            pass
        if flight := outgoing.read():
            yield flight
        if done:
            return
        piece = sock.recv(MIB)
        if not piece:
            raise ConnectionError("the server has closed")
        incoming.write(piece)


def spoilt(flight, numbers):
    """With one byte changed."""
    place, change = numbers.randrange(len(flight)), numbers.randrange(1, 256)
    return flight[:place] + bytes([flight[place] ^ change]) + flight[place + 1 :]


def has_closed(sock):
    try:
        return sock.recv(MIB) == b""
    except ConnectionError:
        return True


def expect_refusal(context, seen):
    """A talk for a peer whose handshake ought to fail; what comes after all goes to `seen`."""

    def talk(sock):
        with contextlib.suppress(OSError), secured(sock, context) as tls:
            seen.append(tls.recv(1))

    return talk


class TlsCase(Case):
    @property
    def ca_file(self):
        return certificates.ca().cert

    def trusting(self, *args):
        """The arguments of a client that trusts certificates.ca()."""
        return ("--tls", "--cacert", self.ca_file, *args)

    def serve_tls(self, name="echo", *args, identity=None, **options):
        return self.serve(name, "--tls", *(identity or certificates.good()).args, *args, **options)

    def connect_tls(self, server, place=None, context=None, name="localhost", **options):
        """A Python client, after its handshake."""
        sock = server.connect(place, **options)
        context = context or client_context()
        return self.keep(
            context.wrap_socket(sock, server_hostname=name, suppress_ragged_eofs=False)
        )

    def place(self, server):
        """Of a twx server, for connect."""
        return (server.place[0], str(server.port))

    def wired(self, talk, context=None):
        """A peer that sends its records itself, ends, and takes what comes until the end."""

        def wired(sock):
            talk(Wire(sock, context).handshake())
            with contextlib.suppress(OSError):  # the test may be over
                sock.shutdown(socket.SHUT_WR)
                read_all(sock)

        return self.peer(wired)

    def shown(self, server, place=None):
        """The certificate that a server shows now."""
        context = client_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with self.connect_tls(server, place, context) as tls:
            return tls.getpeercert(True)

    def copy(self, source, name):
        shutil.copy(source, self.path(name))
        return self.path(name)

    def answer_times(self, tls, count):
        """How long an echo server takes to send a byte back, sorted."""
        times = []
        for _ in range(count):
            started = time.monotonic()
            tls.sendall(b"x")
            self.assertEqual(read_tls(tls, 1), b"x")
            times.append(time.monotonic() - started)
        return sorted(times)

    def s_server(self, *args):
        """openssl s_server, listening at its `where`."""
        good = certificates.good()
        shown = ("-cert", good.cert, "-key", good.key, "-accept", "127.0.0.1:0")
        program = self.start("s_server", *shown, *args, command=["openssl"])
        said = poll_until(
            lambda: re.search(rb"ACCEPT 127\.0\.0\.1:(\d+)", program.out), "it listens"
        )
        program.where = ("127.0.0.1", said[1].decode())
        return program

    def assertServesTls(self, server, place=None, context=None):
        with self.connect_tls(server, place, context) as tls:
            tls.sendall(b"still there?")
            self.assertEqual(read_tls(tls, 12), b"still there?")


def read_tls(tls, count):
    data = b""
    while len(data) < count:
        piece = tls.recv(count - len(data))
        if not piece:
            break
        data += piece
    return data


