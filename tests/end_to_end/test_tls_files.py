"""TLS and its files: which can be used, when they are read again, and the key log."""

import os
import re
import shutil
import signal
import ssl
import stat

import certificates
from tls import TlsCase, client_context, over_tls, read_tls

UNREADABLE = 26


class Files(TlsCase):
    """26 and a message that names the file and what is wrong with it."""

    def test_unusable_ones(self):
        """Of the client and of the server alike."""
        good, other = certificates.good(), certificates.client()
        weak = certificates.issue("weak", certificates.ca(), kind="weak")
        rsa = certificates.issue("rsa", certificates.ca(), kind="rsa")
        missing = self.path("missing")
        empty = self.file("empty")
        garbage = self.file("garbage", b"\x00\xff" * 500)
        cut = self.file("cut", certificates.read(good.cert)[:300])
        der = self.file("der", good.der)
        locked = self.path("locked.key")
        certificates.openssl(
            *("pkey", "-in", good.key, "-aes256", "-passout", "pass:secret", "-out", locked)
        )
        nothing = "holds no certificate in PEM form that can be used"
        no_key = "holds no private key in PEM form without a password"
        cases = [
            (("--cert", missing), missing, "No such file or directory"),
            (("--cert", self.folder), self.folder, "is a directory"),
            (("--cert", empty, "--key", good.key), empty, nothing),
            (("--cert", garbage, "--key", good.key), garbage, nothing),
            (("--cert", cut, "--key", good.key), cut, nothing),
            (("--cert", der, "--key", good.key), der, nothing),
            (("--cert", good.cert), good.cert, no_key),
            (("--cert", good.cert, "--key", missing), missing, "No such file or directory"),
            (("--cert", good.cert, "--key", garbage), garbage, no_key),
            (("--cert", good.cert, "--key", good.cert), good.cert, no_key),
            (("--cert", good.cert, "--key", locked), locked, no_key),
            (
                ("--cert", good.cert, "--key", other.key),
                other.key,
                f"is not the key of the certificate in {good.cert}",
            ),
            (
                ("--cert", good.cert, "--key", rsa.key),
                rsa.key,
                f"is not the key of the certificate in {good.cert}",
            ),
            (
                ("--cert", rsa.cert, "--key", good.key),
                good.key,
                f"is not the key of the certificate in {rsa.cert}",
            ),
            (weak.args, weak.cert, "is too weak: ee key too small"),
        ]
        for file in (missing, self.folder, empty, garbage, cut):
            cases.append((("--cacert", file), file, ""))
            cases.append((("--client-ca", file), file, ""))
        for options, file, why in cases:
            for command in (("connect", "127.0.0.1:1"), ("serve", "echo", "127.0.0.1:0")):
                if options[0] == ("--client-ca" if command[0] == "connect" else "--cacert"):
                    continue
                with self.subTest((command, options)):
                    result = self.run_twx(*command, "--tls", *options)
                    self.assertFails(result, UNREADABLE, f"{re.escape(file)}: {why}.*")

    def test_password_is_never_asked_for(self):
        """Not even with a terminal at hand."""
        locked = self.path("locked.key")
        good = certificates.good()
        certificates.openssl(
            *("pkey", "-in", good.key, "-aes256", "-passout", "pass:secret", "-out", locked)
        )
        ours, theirs = self.terminal()
        arguments = ("serve", "echo", "127.0.0.1:0", "--tls", "--cert", good.cert, "--key", locked)
        program = self.start(*arguments, stdin=theirs, start_new_session=True)
        self.assertEqual(program.wait(), UNREADABLE)

    def test_unreadable(self):
        """By their permissions; root reads all."""
        good = certificates.good()
        key = self.copy(good.key, "unreadable.key")
        os.chmod(key, 0)
        if os.access(key, os.R_OK):
            self.skipTest("no file is unreadable for this user")
        result = self.run_twx("serve", "echo", "0", "--tls", "--cert", good.cert, "--key", key)
        self.assertFails(result, UNREADABLE, f"{key}: Permission denied")

    def test_certificate_and_key_in_one_file(self):
        """--key is not needed then."""
        good = certificates.good()
        both = self.file("both.pem", certificates.read(good.key) + certificates.read(good.cert))
        os.chmod(both, 0o600)
        server = self.serve("echo", "--tls", "--cert", both)
        self.assertServesTls(server)
        self.assertNotIn(b"private key", server.err)

    def test_key_that_others_may_read_gives_a_warning(self):
        """It works, but is told, by client and server."""
        good = certificates.good()
        key = self.copy(good.key, "open.key")
        warning = f"twx: {key}: others than its owner may read this private key\n"
        for mode in (0o640, 0o604, 0o644):
            with self.subTest(oct(mode)):
                os.chmod(key, mode)
                server = self.serve("echo", "--tls", "--cert", good.cert, "--key", key)
                self.assertIn(warning, server.err.decode())
                self.assertServesTls(server)
                result = self.run_connect(
                    self.place(server), *self.trusting("--cert", good.cert, "--key", key)
                )
                self.assertEqual((result.status, result.err), (0, warning))
        os.chmod(key, 0o400)
        server = self.serve("echo", "--tls", "--cert", good.cert, "--key", key)
        self.assertNotIn(b"private key", server.err)


class Reloading(TlsCase):
    def setUp(self):
        super().setUp()
        self.identities = [certificates.issue(f"age-{n}", certificates.ca()) for n in range(3)]
        self.install(self.identities[0])
        self.server = self.serve(
            "echo", "--tls", "--cert", self.path("cert"), "--key", self.path("key")
        )

    def install(self, identity):
        for source, name in ((identity.cert, "cert"), (identity.key, "key")):
            shutil.copy(source, self.path(name + ".new"))
            os.rename(self.path(name + ".new"), self.path(name))

    def reload(self, message, count=1):
        self.server.signal(signal.SIGHUP)
        return self.server.wait_err(message, count)

    def test_new_certificate_for_new_connections(self):
        """Those that live go on."""
        with self.connect_tls(self.server) as old:
            for count, identity in enumerate(self.identities[1:], 1):
                self.install(identity)
                message = f"^twx: serve echo: certificates read again: {self.path('cert')}$"
                self.reload(message, count)
                self.assertEqual(self.shown(self.server), identity.der)
                old.sendall(b"x")
                self.assertEqual(read_tls(old, 1), b"x")

    def test_bad_file_keeps_the_old_certificate_and_says_so(self):
        """Missing, broken, a key that does not fit; then all is mended."""
        bad = (
            lambda: os.remove(self.path("cert")),
            lambda: self.file("cert", b"nonsense"),
            lambda: shutil.copy(self.identities[1].cert, self.path("cert")),
            lambda: self.file("key", b""),
            lambda: shutil.copy(certificates.key("rsa-alone", "rsa"), self.path("key")),
        )
        for count, spoil in enumerate(bad, 1):
            self.install(self.identities[0])
            spoil()
            self.reload(f"^twx: serve echo: everything stays as it was: {self.folder}", count)
            self.assertEqual(self.shown(self.server), self.identities[0].der)
            self.assertServesTls(self.server)
        self.assertNotIn(b"read again", self.server.err)
        self.install(self.identities[2])
        self.reload("certificates read again")
        self.assertEqual(self.shown(self.server), self.identities[2].der)

    def test_one_line_for_all_endpoints(self):
        """Each file once, and none for what was made in memory."""
        good, ca = certificates.good(), self.ca_file
        server = self.serve(
            "echo",
            endpoints=(
                *(f"tls://127.0.0.1:0?{good.query}&alpn={name}" for name in "ab"),
                f"tls://127.0.0.1:0?client-ca={ca}",
                "tls://127.0.0.1:0",
            ),
        )
        for count in (1, 2):
            server.signal(signal.SIGHUP)
            files = ", ".join(sorted((good.cert, ca)))
            server.wait_err(f"^twx: serve echo: certificates read again: {files}$", count)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.err.count(b"read again"), 2)

    def test_one_line_for_one_bad_file(self):
        """However many endpoints have it; a bad CA is named as well."""
        good, ca = certificates.good(), self.copy(self.ca_file, "ca")
        server = self.serve(
            "echo",
            endpoints=[f"tls://127.0.0.1:0?{good.query}&client-ca={ca}&alpn={a}" for a in "ab"],
        )
        os.remove(ca)
        server.signal(signal.SIGHUP)
        server.wait_err(f"^twx: serve echo: everything stays as it was: {ca}: No such file or dir")
        self.assertServesTls(server, context=client_context(certificates.client()))
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.err.count(b"stays"), 1)

    def test_during_a_handshake(self):
        """What began with the old one ends with it."""
        sock = self.server.connect()
        wire_in, wire_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = client_context().wrap_bio(wire_in, wire_out, server_hostname="localhost")
        with self.assertRaises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = wire_out.read()
        sock.sendall(hello[:50])
        self.install(self.identities[1])
        self.reload("read again")
        sock.sendall(hello[50:])
        done = False
        while not done:
            wire_in.write(sock.recv(65536))
            try:
                tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                pass
        self.assertEqual(tls.getpeercert(True), self.identities[0].der)

    def test_client_ca_is_read_again(self):
        """A CA that is no longer trusted is so from then on, sessions or not."""
        trusted = self.copy(self.ca_file, "clients.pem")
        server = self.serve_tls("echo", "--client-ca", trusted)
        context = client_context(certificates.client())
        with self.connect_tls(server, context=context) as tls:
            tls.sendall(b"x")
            read_tls(tls, 1)
            session = tls.session
        shutil.copy(certificates.other_ca().cert, trusted)
        server.signal(signal.SIGHUP)
        server.wait_err("read again")
        for session in (None, session):
            with self.assertRaises(ssl.SSLError):
                sock = server.connect()
                with context.wrap_socket(sock, server_hostname="localhost", session=session) as tls:
                    tls.recv(1)

    def test_under_load(self):
        """100 reloads while clients come and go; no client notices."""
        server = self.serve(
            *("echo", "--tls", "--cert", self.path("cert"), "--key", self.path("key")),
            *("--threads", "3"),
        )
        for count in range(1, 101):
            server.signal(signal.SIGHUP)
            self.assertServesTls(server)
        server.wait_err("read again")
        self.assertServesTls(server)
        self.assertEqual(server.stop(), 0)


class KeyLog(TlsCase):
    def run_with(self, log, *args, **options):
        peer = self.peer(over_tls(lambda tls: tls.sendall(b"hi")))
        return self.run_connect(peer, *self.trusting("--tls-key-log", log, *args), **options)

    def test_is_made_for_its_owner_alone(self):
        """0600 whatever the umask; in NSS's format, and appended to."""
        log = self.path("keys.log")
        for count in (1, 2):
            self.assertQuiet(self.run_with(log, umask=0), b"hi")
            self.assertEqual(stat.S_IMODE(os.stat(log).st_mode), 0o600)
            lines = certificates.read(log).decode().splitlines()
            secrets = [line for line in lines if line.startswith("CLIENT_TRAFFIC_SECRET_0 ")]
            self.assertEqual(len(secrets), count)
            for line in lines:
                self.assertRegex(line, r"\A[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]{64,96}\Z")

    def test_of_a_server(self):
        """The same secrets as its client's."""
        logs = self.path("server.log"), self.path("client.log")
        server = self.serve_tls("echo", "--tls-key-log", logs[0])
        result = self.run_connect(
            self.place(server), *self.trusting("--tls-key-log", logs[1]), input=b"hello"
        )
        self.assertQuiet(result, b"hello")
        mine, theirs = (sorted(certificates.read(log).splitlines()) for log in logs)
        self.assertEqual(mine, theirs)
        self.assertEqual(stat.S_IMODE(os.stat(logs[0]).st_mode), 0o600)

    def test_is_opened_again_on_reload(self):
        """For logrotate."""
        log = self.path("rotated.log")
        server = self.serve_tls("echo", "--tls-key-log", log)
        self.assertServesTls(server)
        os.rename(log, log + ".1")
        server.signal(signal.SIGHUP)
        server.wait_err("certificates read again")
        before = certificates.read(log + ".1")
        self.assertServesTls(server)
        self.assertIn(b"CLIENT_TRAFFIC_SECRET_0 ", certificates.read(log))
        self.assertEqual(certificates.read(log + ".1"), before)

    def test_pipe_is_refused(self):
        """It would wait for a reader, before any signal is heard."""
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        result = self.run_twx("connect", "127.0.0.1:1", "--tls", "--tls-key-log", pipe)
        self.assertFails(result, UNREADABLE, f"{pipe}: is no regular file")

    def test_symbolic_link_is_refused(self):
        """Who made it might not be who reads it."""
        target = self.file("target")
        os.symlink(target, self.path("link"))
        os.symlink(self.path("nowhere"), self.path("dangling"))
        for name in ("link", "dangling"):
            link = self.path(name)
            result = self.run_twx("connect", "127.0.0.1:1", "--tls", "--tls-key-log", link)
            self.assertFails(result, UNREADABLE, f"{link}: is a symbolic link")
        self.assertEqual(certificates.read(target), b"")
        self.assertFalse(os.path.exists(self.path("nowhere")))

    def test_one_that_others_may_read_gives_a_warning(self):
        """It was there before."""
        log = self.file("open.log")
        os.chmod(log, 0o644)
        result = self.run_with(log)
        self.assertEqual((result.status, result.out), (0, b"hi"))
        self.assertEqual(result.err, f"twx: {log}: others than its owner may read this key log\n")

    def test_environment_alone_makes_none(self):
        """SSLKEYLOGFILE is not an explicit option."""
        log = self.path("environment.log")
        peer = self.peer(over_tls(lambda tls: tls.sendall(b"hi")))
        environment = {**os.environ, "SSLKEYLOGFILE": log}
        self.assertQuiet(self.run_connect(peer, *self.trusting(), env=environment), b"hi")
        self.assertFalse(os.path.exists(log))
