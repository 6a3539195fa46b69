"""Proxies for tests: real ones, each with a configuration of its own, and scripted ones that record."""

import contextlib
import os
import select
import socket
import ssl
import struct
import tempfile
import threading

from harness import SOON, Daemon, Listener, read_exactly


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


class RealProxy(Daemon):
    """A program of Debian's that listens on a port of 127.0.0.1 until the test ends."""

    def __init__(self, case, command, configuration):
        port = free_port()
        directory = tempfile.TemporaryDirectory()
        case.addCleanup(directory.cleanup)
        path = os.path.join(directory.name, "conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(configuration.format(port=port))
        super().__init__(case, [*command, path], port, os.path.join(directory.name, "log"))

    def place(self):
        return f"127.0.0.1:{self.port}"


class Tinyproxy(RealProxy):
    """HTTP, with CONNECT to any port; `login` is ("user", "password")."""

    def __init__(self, case, login=None):
        lines = ["Port {port}", "Listen 127.0.0.1", "Timeout 60", "MaxClients 20"]
        if login:
            lines.append("BasicAuth " + " ".join(login))
        super().__init__(case, ["tinyproxy", "-d", "-c"], "\n".join(lines) + "\n")


class Dante(RealProxy):
    """SOCKS 4 and 5, without a login."""

    def __init__(self, case):
        everybody = "{{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}\n"
        super().__init__(
            case,
            ["danted", "-f"],
            "logoutput: stderr\ninternal: 127.0.0.1 port = {port}\nexternal: 127.0.0.1\n"
            "clientmethod: none\nsocksmethod: none\n"
            f"client pass {everybody}socks pass {everybody}",
        )


def pass_on(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:  # one side is gone: the other one is told, or both would wait for each other
        for sock in (source, sink):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def relay_secured(tls, other):
    """In one thread: OpenSSL cannot read and write one connection at the same time."""
    while True:
        ready = [tls] if tls.pending() else select.select([tls, other], [], [], SOON)[0]
        if not ready:
            return
        for source, sink in ((tls, other), (other, tls)):
            if source not in ready:
                continue
            source.setblocking(False)
            try:
                data = source.recv(65536)
            except ssl.SSLWantReadError:
                continue
            finally:
                source.settimeout(SOON)
            if not data:
                return
            sink.sendall(data)


def relay(one, other):
    if isinstance(one, ssl.SSLSocket):
        relay_secured(one, other)
        return
    back = threading.Thread(target=pass_on, args=(other, one), daemon=True)
    back.start()
    pass_on(one, other)
    back.join(SOON)


class ScriptedProxy(Listener):
    """Whatever it is asked for, it connects to `to`, an (address, port); if that is None, to what it
    was asked for. `refusal`, if any, is its answer instead."""

    def __init__(self, case, to=None, refusal=None):
        super().__init__(case)
        self._to, self._refusal = to, refusal
        self.serve_all(self._talk)
        case.addCleanup(self.close)

    def place(self):
        return f"127.0.0.1:{self.port}"

    def talk(self, sock):
        """What is said on one connection."""
        raise NotImplementedError

    def _connect(self, host, port):
        return socket.create_connection(self._to or (host, port), SOON)

    def _talk(self, sock):
        with sock:
            sock.settimeout(SOON)
            try:
                self.talk(sock)
            except (OSError, EOFError, AssertionError):
                pass  # the client has seen enough


def read_head(sock):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise EOFError
        head += byte
    return head


class HttpProxy(ScriptedProxy):
    """CONNECT, and requests that name a whole URL, one a connection.

    `requests` has the head of each as it came. `refusal`: the bytes of an answer.
    """

    def __init__(self, case, to=None, refusal=None):
        self.requests = []
        super().__init__(case, to, refusal)

    def lines(self, number=-1):
        return self.requests[number].decode().split("\r\n")[:-2]

    def talk(self, sock):
        head = read_head(sock)
        self.requests.append(head)
        if self._refusal is not None:
            sock.sendall(self._refusal)
            return
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        place = target if method == "CONNECT" else target.split("/")[2]
        host, colon, port = place.rpartition(":")
        if not colon or port.endswith("]"):
            host, port = place, "80"
        with self._connect(host.strip("[]"), int(port)) as server:
            if method == "CONNECT":
                sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(self._for_server(head, target))
            relay(sock, server)

    @staticmethod
    def _for_server(head, target):
        first, *fields = head.split(b"\r\n")
        path = "/" + target.split("/", 3)[3]
        first = first.replace(target.encode(), path.encode())
        return b"\r\n".join([first, *(f for f in fields if not f.lower().startswith(b"proxy-"))])


class SocksProxy(ScriptedProxy):
    """SOCKS 4, 4a and 5; with `login`, a pair, nothing but that login of version 5.

    `requests` has (version, host, port, user, password) of each; the host is as it was asked for.
    `refusal`: the code of its reply.
    """

    def __init__(self, case, to=None, refusal=None, login=None):
        self.requests, self._login = [], login
        super().__init__(case, to, refusal)

    def talk(self, sock):
        version = read_exactly(sock, 1)[0]
        request = self._talk4(sock) if version == 4 else self._talk5(sock)
        if request is None:
            return
        self.requests.append((version, *request))
        code = self._refusal if self._refusal is not None else (90 if version == 4 else 0)
        reply = bytes([0, code]) + bytes(6) if version == 4 else bytes([5, code, 0, 1]) + bytes(6)
        if self._refusal is not None:
            sock.sendall(reply)
            return
        with self._connect(*request[:2]) as server:
            sock.sendall(reply)
            relay(sock, server)

    @staticmethod
    def _until_nul(sock):
        text = b""
        while (byte := read_exactly(sock, 1)) != b"\0":
            text += byte
        return text.decode()

    def _talk4(self, sock):
        _, port = struct.unpack("!BH", read_exactly(sock, 3))
        address = read_exactly(sock, 4)
        user = self._until_nul(sock)
        named = address[:3] == bytes(3) and address[3] != 0
        host = self._until_nul(sock) if named else socket.inet_ntoa(address)
        return host, port, user, ""

    def _talk5(self, sock):
        methods = read_exactly(sock, read_exactly(sock, 1)[0])
        method = 2 if self._login else 0
        if method not in methods:
            sock.sendall(b"\5\xff")
            return None
        sock.sendall(bytes([5, method]))
        user, password = self._log_in(sock) if method == 2 else ("", "")
        if self._login and (user, password) != tuple(self._login):
            return None
        kind = read_exactly(sock, 4)[3]
        if kind == 3:
            host = self._counted(sock)
        else:
            family, size = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
            host = socket.inet_ntop(family, read_exactly(sock, size))
        (port,) = struct.unpack("!H", read_exactly(sock, 2))
        return host, port, user, password

    @staticmethod
    def _counted(sock):
        return read_exactly(sock, read_exactly(sock, 1)[0]).decode()

    def _log_in(self, sock):
        read_exactly(sock, 1)
        given = self._counted(sock), self._counted(sock)
        sock.sendall(b"\1\0" if given == tuple(self._login) else b"\1\1")
        return given
