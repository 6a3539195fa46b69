"""What the tests of HTTP share: a server that knows nothing but the bytes that a test gives it."""

import contextlib

from harness import SOON, Case, Listener


def answer(body=b"", status="200 OK", *fields):
    head = [f"HTTP/1.1 {status}", *fields]
    if not any(field.lower().startswith(("content-length", "transfer-encoding")) for field in fields):
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def moved(to, status="302 Found"):
    return answer(b"moved", status, f"Location: {to}")


class Site(Listener):
    """Answers each target with its bytes; a connection ends after `close` of them, or by its client.

    `requests` has each request as it came: head and body.
    """

    def __init__(self, case, pages, close=1):
        super().__init__(case)
        self.pages, self.requests, self._close = pages, [], close
        self.serve_all(self._talk)
        case.addCleanup(self.close)

    def url(self, target="/"):
        return f"http://127.0.0.1:{self.port}{target}"

    def head(self, number=-1):
        """The lines of a request's head."""
        return self.requests[number].split(b"\r\n\r\n")[0].decode().split("\r\n")

    def body(self, number=-1):
        return self.requests[number].split(b"\r\n\r\n", 1)[1]

    def fields(self, number=-1):
        return dict(line.split(": ", 1) for line in self.head(number)[1:] if ": " in line)

    def _talk(self, sock):
        # OSError: a client that has seen enough, or a test that is over.
        with sock, contextlib.suppress(OSError):
            sock.settimeout(SOON)
            for _ in range(self._close):
                request = self._read(sock)
                if not request:
                    return
                self.requests.append(request)
                sock.sendall(self.pages[request.split()[1].decode()])

    @staticmethod
    def _read(sock):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = sock.recv(65536)
            if not piece:
                return b""
            data += piece
        head = data.split(b"\r\n\r\n")[0].lower()
        size = 0
        if b"\r\ncontent-length: " in head:
            size = int(head.split(b"\r\ncontent-length: ")[1].split(b"\r\n")[0])
        while len(data) < len(head) + 4 + size:
            data += sock.recv(65536)
        return data


class FetchCase(Case):
    def site(self, pages, **options):
        return Site(self, pages, **options)

    def fetch(self, *args, **options):
        return self.run_twx("fetch", *args, **options)
