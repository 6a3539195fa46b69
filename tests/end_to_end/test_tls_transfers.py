"""Bytes through TLS: all of them."""

import hashlib
import ssl
import threading

from harness import (
    KIB,
    MIB,
    SANITIZED,
    SLOW,
    SOON,
    memory_limit,
    poll_until,
    random_bytes,
    waiting_bytes,
)
from tls import TlsCase, Wire, client_context, over_tls, read_tls, server_context

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


class Transfers(TlsCase):
    COUNT = (30 if SANITIZED else 300) * MIB

    def pump(self, program):
        """Sends COUNT bytes and reads as many at once; both ways must be the same."""
        block = random_bytes(MIB)
        digests = [hashlib.sha256(), hashlib.sha256()]

        def send():
            for number in range(self.COUNT // MIB):
                piece = number.to_bytes(8, "big") + block[8:]
                digests[0].update(piece)
                program.send(piece)
            program.end_input()

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        while piece := program.stdout.read(MIB):
            digests[1].update(piece)
        thread.join(SOON)
        self.assertEqual((program.wait(), program.err), (0, b""))
        self.assertEqual(*(digest.hexdigest() for digest in digests))

    def test_300_mib_there_and_back(self):
        """Through the client and the echo server, every byte."""
        server = self.serve_tls()
        self.pump(self.connect(self.place(server), *self.trusting(), collect=False))

    def test_300_mib_with_threads_and_a_unix_socket(self):
        """The same over the other kind of socket."""
        path = self.path("socket")
        server = self.serve_tls("echo", "--threads", "4", endpoints=(f"unix://{path}",))
        arguments = self.trusting("--servername", "localhost")
        self.pump(self.start("connect", path, *arguments, collect=False))
        self.assertEqual(server.stop(), 0)

    def test_sizes_around_those_of_a_record(self):
        """16 KiB is the most that one holds."""
        server = self.serve_tls()
        for size in (1, 16383, 16384, 16385, 32768, 65535, 65536, 65537, 131073):
            data = random_bytes(size)
            result = self.run_connect(self.place(server), *self.trusting(), input=data)
            self.assertQuiet(result, data)

    def test_records_of_any_size_and_cut(self):
        """Records of 1 to 1000 bytes, sent in pieces that do not fit them."""
        data = random_bytes(50_000)

        def talk(wire):
            records, start = b"", 0
            for size in range(1, 1000):
                records += wire.records(data[start : start + size])
                start += size
                if start >= len(data):
                    break
            records += wire.close_notify()
            for start in range(0, len(records), 777):
                wire.sock.sendall(records[start : start + 777])

        self.assertQuiet(self.run_connect(self.wired(talk), *self.trusting()), data)

    def test_data_that_comes_with_the_end_of_the_handshake(self):
        """In one piece with the client's last words, and with the server's of TLS 1.2."""
        server = self.serve_tls()
        for version in VERSIONS:
            with self.subTest(version):
                wire = Wire(server.connect(), client_context(version=version), "localhost")
                flight, done = wire.step()
                while not done:
                    wire.sock.sendall(flight)
                    wire.take()
                    flight, done = wire.step()
                wire.sock.sendall(flight + wire.records(b"hello") + wire.close_notify())
                self.assertEqual(wire.receive(5), b"hello")

        def talk(sock):
            wire = Wire(sock, server_context(version=ssl.TLSVersion.TLSv1_2))
            flight, done = wire.step()
            while not done:
                sock.sendall(flight)
                wire.take()
                flight, done = wire.step()
            sock.sendall(flight + wire.records(b"hello"))
            wire.take()
            sock.sendall(wire.close_notify())

        program = self.connect(self.peer(talk), *self.trusting())
        program.wait_out(b"hello")
        program.end_input()
        self.assertEqual(program.wait(), 0)

    def test_peers_that_are_not_twx(self):
        """Each version; openssl s_server and s_client are below."""
        data = random_bytes(MIB)
        for version in VERSIONS:
            with self.subTest(version):
                got = []
                context = server_context(version=version)

                def talk(tls):
                    got.append(read_tls(tls, len(data)))
                    tls.sendall(data)

                result = self.run_connect(
                    self.peer(over_tls(talk, context)), *self.trusting(), input=data
                )
                self.assertQuiet(result, data)
                self.assertSame(got[0], data)
                server = self.serve_tls()
                with self.connect_tls(server, context=client_context(version=version)) as tls:
                    for start in range(0, len(data), 30_000):  # what the buffers hold
                        piece = data[start : start + 30_000]
                        tls.sendall(piece)
                        self.assertSame(read_tls(tls, len(piece)), piece)

    def test_peer_that_does_not_read_costs_little(self):
        """Back-pressure goes through TLS."""
        server = self.serve_tls()
        for _ in range(10):
            self.assertServesTls(server)
        before = server.rss()
        stuck = self.connect_tls(server)
        stuck.settimeout(0.3 * SLOW)
        sent, block = 0, bytes(64 * KIB)
        try:
            while sent < 64 * MIB:
                sent += stuck.send(block)
        except (TimeoutError, ssl.SSLWantWriteError):
            pass
        self.assertLess(sent, 64 * MIB, "it took what nobody reads")
        self.assertLess(server.rss() - before, memory_limit(16 * MIB))
        self.assertServesTls(server)


class Keys(TlsCase):
    """What the openssl command does to the keys of a connection that lives."""

    def s_client(self, server, *args):
        where = f"127.0.0.1:{server.port}"
        return self.start("s_client", "-connect", where, *args, command=["openssl"])

    def echoed(self, program, word):
        program.send(word)
        poll_until(lambda: word in program.out, "the echo is printed")

    def test_new_keys_of_a_client(self):
        """RFC 8446, section 4.6.3, with an answer and without."""
        server = self.serve_tls()
        program = self.s_client(server, "-tls1_3")
        for number in range(20):
            self.echoed(program, b"word %d.\n" % number)
            program.send(b"Kk"[number % 2 :][:1] + b"\n")
            program.wait_err("^KEYUPDATE$", number + 1)
        self.echoed(program, b"the last word.\n")

    def test_new_keys_of_a_server(self):
        """The same for connect."""
        s_server = self.s_server("-tls1_3")
        program = self.connect(s_server.where, *self.trusting())
        for number in range(10):
            word = b"word %d.\n" % number
            s_server.send(word)
            poll_until(lambda: program.out.endswith(word), "it is printed")
            self.echoed_by(s_server, program, word)
            s_server.send(b"Kk"[number % 2 :][:1] + b"\n")
            poll_until(lambda: not waiting_bytes(s_server.stdin.fileno()), "it is read")
        program.end_input()
        self.assertEqual(program.wait(), 0, program.err)

    def echoed_by(self, s_server, program, word):
        program.send(b"to " + word)
        poll_until(lambda: b"to " + word in s_server.out, "the peer has it")

    def test_renegotiation_is_refused(self):
        """TLS 1.2: it would let a client make a server work for it (RFC 5746 aside)."""
        server = self.serve_tls()
        program = self.s_client(server, "-tls1_2")
        self.echoed(program, b"word.\n")
        program.send(b"R\n")
        program.wait_err("no renegotiation")
        self.assertServesTls(server)
