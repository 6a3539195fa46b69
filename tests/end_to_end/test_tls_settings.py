"""How TLS is asked for: options, endpoints, files, their reloading, and what is said about it."""

import os
import re
import shutil
import signal
import socket
import ssl
import stat

import certificates
from harness import SOON, TWX, poll_until, read_descriptor
from tls import (
    TlsCase,
    Wire,
    client_context,
    expect_refusal,
    over_tls,
    read_tls,
    secured,
    server_context,
)

USAGE, UNREADABLE, HANDSHAKE, NOT_TRUSTED, PIN_MISMATCH = 2, 26, 35, 60, 90


class SettingsCase(TlsCase):
    def place(self, server):
        return (server.place[0], str(server.port))

    def copy(self, source, name):
        shutil.copy(source, self.path(name))
        return self.path(name)

    def shown(self, server, place=None, name="localhost"):
        """The certificate that a server shows now."""
        with self.connect_tls(server, place, self.anybody(), name) as tls:
            return tls.getpeercert(True)

    def anybody(self):
        context = client_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


class Files(SettingsCase):
    """26 and a message that names the file and what is wrong with it."""

    def test_unusable_ones(self):
        """Of the client and of the server alike."""
        good, other = certificates.good(), certificates.client()
        weak = certificates.issue("weak", certificates.ca(), kind="weak")
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
            (("--key", good.key), good.key, "a key without a certificate"),
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


class Usage(SettingsCase):
    """2, one line, and the way to the help."""

    def refused(self, message, *args):
        result = self.run_twx(*args)
        self.assertEqual(result.status, USAGE, result)
        self.assertRegex(result.err, rf"\Atwx: .*{message}.*\nTry '.*'\.\n\Z")

    def test_pins(self):
        """64 hex digits."""
        for pin in ("", "abc", "0" * 63, "0" * 65, "g" * 64, "sha256//" + "0" * 64):
            with self.subTest(pin):
                self.refused("64", "connect", "127.0.0.1:1", "--tls", "--pin", pin)
                self.refused("64", "serve", "echo", "0", "--tls", "--pin", pin)
                if pin:
                    self.refused("64", "connect", f"tls://127.0.0.1:1?pin={pin}")

    def test_protocol_names(self):
        """1 to 255 bytes."""
        for name in ("", "x" * 256):
            with self.subTest(name):
                self.refused("255", "connect", "127.0.0.1:1", "--tls", "--alpn", name)

    def test_settings_without_tls(self):
        """Nobody who names a CA wants to speak in clear."""
        for options in (
            ("--cacert", self.ca_file),
            ("--pin", "0" * 64),
            certificates.client().args,
            ("--servername", "localhost"),
            ("--alpn", "h2"),
            ("--insecure",),
        ):
            with self.subTest(options):
                self.refused("--tls", "connect", "127.0.0.1:1", *options)
        self.refused("--tls", "serve", "echo", "0", *certificates.good().args)
        self.refused("--tls", "serve", "echo", "0", "--client-ca", self.ca_file)

    def test_settings_of_endpoints(self):
        """Those of TLS need tls://; there are no others."""
        self.refused("there is no setting 'cert'", "serve", "echo", "tcp://:0?cert=a.pem")
        self.refused("there is no setting 'certificate'", "connect", "tls://a:1?certificate=a")
        self.refused("cert is given twice", "serve", "echo", "tls://:0?cert=a&cert=b")


class Endpoints(SettingsCase):
    def test_certificate_and_key_as_settings(self):
        """tls://...?cert=...&key=..., and the client's cacert and servername."""
        good = certificates.good()
        server = self.serve("echo", endpoints=(f"tls://127.0.0.1:0?{good.query}",))
        for place in (
            f"tls://127.0.0.1:{server.port}?cacert={self.ca_file}",
            f"tls://127.0.0.1:{server.port}?cacert={self.ca_file}&servername=localhost",
            f"tls://127.0.0.1:{server.port}?pin={good.pin}",
            f"tls://127.0.0.1:{server.port}?pin={'0' * 64}&pin={good.pin}",
        ):
            with self.subTest(place):
                self.assertQuiet(self.run_twx("connect", place, input=b"hello"), b"hello")
        result = self.run_twx("connect", f"tls://127.0.0.1:{server.port}?insecure", input=b"hello")
        self.assertEqual((result.status, result.out), (0, b"hello"), result)
        self.assertIn("--insecure", result.err)

    def test_settings_of_an_endpoint_go_before_options(self):
        """And options hold where it has none."""
        good, other = certificates.good(), certificates.issue("other", certificates.ca())
        endpoints = (f"tls://127.0.0.1:0?{other.query}", "tls://127.0.0.1:0", "tcp://127.0.0.1:0")
        server = self.serve("echo", *good.args, endpoints=endpoints)
        self.assertEqual(self.shown(server, server.places[0]), other.der)
        self.assertEqual(self.shown(server, server.places[1]), good.der)
        self.assertServes(server, server.places[2])

    def test_two_endpoints_with_certificates_of_their_own(self):
        """And one in clear beside them."""
        identities = [certificates.issue(f"host-{n}", certificates.ca()) for n in range(2)]
        path = self.path("plain")
        server = self.serve(
            "echo",
            endpoints=(
                *(f"tls://127.0.0.1:0?{identity.query}" for identity in identities),
                f"unix://{path}",
            ),
        )
        for place, identity in zip(server.places, identities):
            self.assertEqual(self.shown(server, place), identity.der)
            self.assertServesTls(server, place)
        self.assertServes(server, path)

    def test_client_ca_of_one_endpoint_is_not_that_of_another(self):
        """A session of the open one is not good for the other."""
        good = certificates.good().query
        server = self.serve(
            "echo",
            endpoints=(
                f"tls://127.0.0.1:0?{good}",
                f"tls://127.0.0.1:0?{good}&client-ca={self.ca_file}",
            ),
        )
        context = client_context()
        with self.connect_tls(server, server.places[0], context) as tls:
            tls.sendall(b"x")
            read_tls(tls, 1)
            session = tls.session
        with self.assertRaises(ssl.SSLError):
            sock = server.connect(server.places[1])
            with context.wrap_socket(sock, server_hostname="localhost", session=session) as tls:
                self.assertFalse(tls.session_reused)
                tls.recv(1)
        self.assertServesTls(server, server.places[1], client_context(certificates.client()))

    def test_unix_sockets(self):
        """Who is on this host is localhost, unless --servername says otherwise."""
        path = self.path("socket")
        server = self.serve_tls("echo", endpoints=(f"unix://{path}",))
        self.assertIn(f"listening on unix://{path} with TLS", server.err.decode())
        for options in ((), ("--servername", "127.0.0.1")):
            result = self.run_twx("connect", path, *self.trusting(*options), input=b"hello")
            self.assertQuiet(result, b"hello")
        options = self.trusting("--servername", "example.test")
        result = self.run_twx("connect", path, *options, input=b"hello")
        self.assertFails(result, NOT_TRUSTED, ".*: certificate not trusted: hostname mismatch")
        pin = certificates.good().pin
        self.assertQuiet(self.run_twx("connect", path, "--tls", "--pin", pin, input=b"x"), b"x")
        self.assertServesTls(server, path)

    def test_inherited_socket(self):
        """fd:3, as systemd passes it."""
        listening = self.keep(socket.create_server(("127.0.0.1", 0)))
        port, number = listening.getsockname()[1], listening.fileno()
        server = self.serve_tls("echo", endpoints=(f"fd:{number}",), pass_fds=(number,))
        self.assertEqual(server.port, port)
        self.assertServesTls(server)

    def test_ipv6(self):
        """The address is verified, and not sent as a name."""
        identity = certificates.issue("ipv6", certificates.ca(), "IP:::1")
        server = self.serve_tls(
            "echo", identity=identity, endpoints=("[::1]:0",)
        )
        place = f"tls://[::1]:{server.place[1]}?cacert={self.ca_file}"
        self.assertQuiet(self.run_twx("connect", place, input=b"hello"), b"hello")

    def test_name_that_is_sent(self):
        """SNI: the host or --servername, never an address (RFC 6066, section 3)."""
        seen = []
        context = server_context()
        context.sni_callback = lambda _sock, name, _context: seen.append(name)
        cases = (
            ("127.0.0.1", (), None),
            ("localhost", (), "localhost"),
            ("127.0.0.1", ("--servername", "localhost"), "localhost"),
            ("localhost", ("--servername", "127.0.0.1"), None),
            ("127.0.0.1", ("--servername", "::1", "--insecure"), None),
            ("127.0.0.1", ("--servername", "LocalHost."), "LocalHost"),
        )
        for host, options, name in cases:
            with self.subTest((host, options)):
                peer = self.peer(over_tls(lambda tls: None, context))
                result = self.run_connect((host, str(peer.port)), *self.trusting(*options))
                self.assertEqual(result.status, 0, result)
                self.assertEqual(seen.pop(), name)

    def test_announces_tls(self):
        """With the pin of a certificate made here, and only then."""
        self.assertRegex(self.serve_tls().err, rb"\Atwx: .*listening on tls://127.0.0.1:\d+\n\Z")
        server = self.serve("echo", "--tls", endpoints=("127.0.0.1:0", "127.0.0.1:0"))
        pins = {server.wait_err(r"--pin ([0-9a-f]{64})$", n)[1] for n in (1, 2)}
        self.assertEqual(len(pins), 1)


class Reloading(SettingsCase):
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
                self.reload("^twx: serve echo: certificates read again$", count)
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
        )
        for count, spoil in enumerate(bad, 1):
            self.install(self.identities[0])
            spoil()
            self.reload(f"^twx: serve echo: the old certificate stays: {self.folder}", count)
            self.assertEqual(self.shown(self.server), self.identities[0].der)
            self.assertServesTls(self.server)
        self.assertNotIn(b"read again", self.server.err)
        self.install(self.identities[2])
        self.reload("certificates read again")
        self.assertEqual(self.shown(self.server), self.identities[2].der)

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


class Alpn(SettingsCase):
    def agreed(self, ours, theirs, status=0):
        """What a Python server with `theirs` sees of connect with `ours`."""
        seen = []
        peer = self.peer(
            over_tls(
                lambda tls: seen.append(tls.selected_alpn_protocol()), server_context(alpn=theirs)
            )
        )
        options = [word for name in ours for word in ("--alpn", name)]
        result = self.run_connect(peer, *self.trusting(*options))
        self.assertEqual(result.status, status, result)
        peer.join()
        return seen[0]

    def test_client(self):
        """The server chooses; Python goes on where there is nothing in common."""
        self.assertEqual(self.agreed(["irc", "h2"], ["h2", "http/1.1"]), "h2")
        self.assertEqual(self.agreed(["irc,h2"], ["h2", "http/1.1"]), "h2")
        self.assertIsNone(self.agreed(["irc"], ["h2"]))
        self.assertIsNone(self.agreed(["irc"], None))
        self.assertIsNone(self.agreed([], ["h2"]))

    def test_server(self):
        """Its own order counts."""
        server = self.serve_tls("echo", "--alpn", "one", "--alpn", "two")
        cases = ((["two", "one"], "one"), (["three", "two"], "two"), (None, None))
        for offered, chosen in cases:
            with self.subTest(offered):
                with self.connect_tls(server, context=client_context(alpn=offered)) as tls:
                    self.assertEqual(tls.selected_alpn_protocol(), chosen)

    def test_none_in_common(self):
        """The server refuses (RFC 7301, section 3.2), and both say so."""
        server = self.serve_tls("echo", "--alpn", "one", "-v")
        with self.assertRaisesRegex(ssl.SSLError, "no application protocol"):
            self.connect_tls(server, context=client_context(alpn=["two"]))
        result = self.run_connect(self.place(server), *self.trusting("--alpn", "two"))
        self.assertFails(result, HANDSHAKE, ".*: the peer refused: no application protocol")
        server.wait_err("TLS with .*: no application protocol", 2)
        self.assertServesTls(server)

    def test_settings_of_an_endpoint(self):
        """alpn= may be repeated."""
        good = certificates.good().query
        server = self.serve("echo", endpoints=(f"tls://127.0.0.1:0?{good}&alpn=one&alpn=two",))
        with self.connect_tls(server, context=client_context(alpn=["two"])) as tls:
            self.assertEqual(tls.selected_alpn_protocol(), "two")


class Resuming(SettingsCase):
    """--reconnect continues the session: seen by the server."""

    QUICK = ("--reconnect", "--reconnect-min", "10ms", "--reconnect-max", "20ms")

    def reused(self, contexts, *options):
        """For each connection whether it continued a session; `contexts` are the servers'."""
        listener = self.listener()
        program = self.connect(listener, *self.trusting(*self.QUICK, "-vv", *options))
        seen = []
        for number, context in enumerate(contexts):
            with secured(listener.accept(), context) as tls:
                seen.append(tls.session_reused)
                program.send(b"?")
                self.assertEqual(tls.recv(1), b"?")
                tls.sendall(b"!")
                poll_until(lambda: len(program.out) == number + 1, "the answer is printed")
                if number == len(contexts) - 1:
                    program.end_input()
                    self.assertEqual(tls.recv(1), b"")
                    tls.unwrap()
        self.assertEqual(program.wait(), 0, program.err)
        self.assertEqual(program.err.count(b", resumed"), sum(seen))
        return seen

    def test_a_session_is_continued(self):
        """Of each version, although connections are lost without a good bye."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                context = server_context(version=version)
                self.assertEqual(self.reused([context] * 4), [False, True, True, True])

    def test_another_server_is_asked_anew(self):
        """It cannot read the ticket: a full handshake, verified."""
        contexts = [server_context(), server_context()]
        self.assertEqual(self.reused(contexts), [False, False])

    def test_another_server_must_be_good(self):
        """A session with the right one is no excuse for the wrong one."""
        bad = server_context(certificates.issue("bad", certificates.other_ca()))
        listener = self.listener()
        program = self.connect(listener, *self.trusting(*self.QUICK))
        with secured(listener.accept(), server_context()) as tls:
            tls.sendall(b"!")
            program.wait_out(b"!")
        seen = []
        expect_refusal(bad, seen)(listener.accept())
        self.assertEqual(program.wait(), NOT_TRUSTED, program.err)
        self.assertIn(b"certificate not trusted", program.err)
        self.assertEqual(b"".join(seen), b"")

    def test_with_a_pin(self):
        """A continued session has its certificate too."""
        self.assertEqual(
            self.reused([server_context()] * 2, "--pin", certificates.good().pin), [False, True]
        )

    def test_without_trust_there_is_one_failure_and_one_message(self):
        """--reconnect does not hammer at a server that it must not trust."""
        for options, status in (((), NOT_TRUSTED), (("--pin", "0" * 64), PIN_MISMATCH)):
            with self.subTest(options):
                bad = server_context(certificates.issue("bad", certificates.other_ca()))
                peer = self.peer(expect_refusal(bad, []))
                result = self.run_connect(peer, *self.trusting(*self.QUICK, *options))
                self.assertEqual(result.status, status, result)
                self.assertEqual(result.err.count("\n"), 1, result)

    def test_server_continues_sessions(self):
        """Also in another thread than the one that made it."""
        server = self.serve_tls("echo", "--threads", "3")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context, session = client_context(version=version), None
            for number in range(6):
                sock = server.connect()
                with context.wrap_socket(sock, server_hostname="localhost", session=session) as tls:
                    tls.sendall(b"x")
                    read_tls(tls, 1)
                    self.assertEqual(tls.session_reused, number > 0)
                    session = tls.session


class KeyLog(SettingsCase):
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

    def test_symbolic_link_is_refused(self):
        """Who made it might not be who reads it."""
        target = self.file("target")
        os.symlink(target, self.path("link"))
        os.symlink(self.path("nowhere"), self.path("dangling"))
        for name in ("link", "dangling"):
            result = self.run_twx("connect", "127.0.0.1:1", "--tls", "--tls-key-log", self.path(name))
            self.assertFails(result, UNREADABLE, f"{self.path(name)}: .*symbolic link.*")
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


class Saying(SettingsCase):
    def test_verbose_twice_tells_what_was_negotiated(self):
        """Version, cipher, protocol and the certificate's SHA-256; not with -v alone."""
        peer = self.peer(over_tls(lambda tls: None, server_context(alpn=["h2"])), connections=2)
        result = self.run_connect(peer, *self.trusting("-vv", "--alpn", "h2"))
        self.assertRegex(
            result.err,
            r"(?m)^twx: TLSv1\.3, TLS_AES_256_GCM_SHA384, ALPN h2, certificate sha256 "
            + certificates.good().pin
            + "$",
        )
        result = self.run_connect(peer, *self.trusting("-v"))
        self.assertNotIn("TLSv1", result.err)

    def test_server_tells_it_too(self):
        """With the name that the client asked for."""
        server = self.serve_tls("echo", "-vv", "--alpn", "h2")
        self.run_connect(("localhost", str(server.port)), *self.trusting("--alpn", "h2"))
        server.wait_err(r"^twx: TLSv1\.3, TLS_AES_256_GCM_SHA384, ALPN h2, name localhost$")

    def test_words_of_the_peer_are_escaped(self):
        """A protocol's name may hold anything."""
        evil = "evil\x1b]0;title\x07\x9b31m\r\n"
        server = self.serve_tls("echo", "-vv", "--alpn", evil)
        program = self.start(
            "connect", *self.place(server), *self.trusting("-vv", "--alpn", evil)
        )
        program.end_input()
        self.assertEqual(program.wait(), 0)
        self.assertIn(rb"ALPN evil\x1b]0;title\x07", program.err)
        for said in (program.err, server.err):
            self.assertEqual([c for c in said if c < 32 and c != 10], [])
            self.assertNotIn(b"\xc2\x9b", said)

    def test_texts_of_certificates_are_not_printed_raw(self):
        """Names with control characters in subject, issuer and SAN."""
        evil = "\x1b[31mred\x07"
        ca = certificates.issue("evil-ca", authority=True, subject=f"/CN={evil}")
        identity = certificates.issue(
            "evil", ca, f"DNS:a{evil}.test", subject=f"/CN={evil}/O=a\nb", usage="clientAuth"
        )
        peer = self.peer(expect_refusal(server_context(identity), []), connections=2)
        for options in ((), ("--pin", "0" * 64)):
            result = self.run_connect(peer, *self.trusting("-vv", *options))
            self.assertNotEqual(result.status, 0)
            self.assertEqual([c for c in result.err.encode() if c < 32 and c != 10], [], result)
        server = self.serve_tls("echo", "-vv", "--client-ca", self.ca_file)
        self.run_connect(self.place(server), *self.trusting(*identity.args))
        server.wait_err("TLS with .*: certificate not trusted")
        self.assertEqual([c for c in server.err if c < 32 and c != 10], [])

    def test_json(self):
        """Each line is one."""
        import json

        result = self.run_connect(
            ("127.0.0.1", str(self.peer(over_tls(lambda tls: None)).port)),
            *self.trusting("-vv", "--log-format", "json"),
        )
        lines = [json.loads(line) for line in result.err.splitlines()]
        self.assertTrue(any("TLSv1.3" in str(line) for line in lines), lines)
