"""What the tests of datagrams share."""

import socket

from harness import MIB, SOON, Case


class DatagramCase(Case):
    def udp(self, address="127.0.0.1", port=0):
        sock = self.keep(
            socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        )
        sock.settimeout(SOON)
        sock.bind((address, port))
        return sock

    def free_port(self):
        with self.udp() as sock:
            return sock.getsockname()[1]

    def unix_datagrams(self, path):
        sock = self.keep(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        sock.settimeout(SOON)
        sock.bind(path)
        return sock

    def serve_datagrams(self, *endpoints, server="echo", args=()):
        return self.serve(server, *args, endpoints=endpoints or ("udp://127.0.0.1:0",))

    def ask(self, sock, place, data):
        sock.sendto(data, place)
        return sock.recvfrom(MIB)

    def ask_server(self, name, data):
        """What a new server of that name answers."""
        return self.ask(self.udp(), self.serve_datagrams(server=name).place, data)[0]

    def assertAnswers(self, place, sock=None):
        sock = sock or self.udp("::1" if ":" in place[0] else "127.0.0.1")
        self.assertEqual(self.ask(sock, place, b"still there?")[0], b"still there?")

    def connect_udp(self, sock, *args, **options):
        """twx connect to a socket of ours, running."""
        return self.start("connect", uri(sock), *args, **options)

    def run_udp(self, sock, *args, **options):
        return self.run_twx("connect", uri(sock), *args, **options)

    def assertNothingWaits(self, sock):
        sock.setblocking(False)
        with self.assertRaises(BlockingIOError):
            sock.recv(1)
        sock.settimeout(SOON)


def uri(sock):
    name = sock.getsockname()
    if isinstance(name, str):
        return f"unix-dgram://{name}"
    return f"udp://[{name[0]}]:{name[1]}" if ":" in name[0] else f"udp://{name[0]}:{name[1]}"
