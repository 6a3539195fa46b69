"""What both sides agree upon: a protocol, a session; and what is said about it."""

import json
import ssl

import certificates
from harness import poll_until
from tls import TlsCase, client_context, expect_refusal, over_tls, read_tls, secured, server_context

HANDSHAKE, NOT_TRUSTED, PIN_MISMATCH = 35, 60, 90


class Alpn(TlsCase):
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


class Ciphers(TlsCase):
    """The program has no list of their names, so each must be found without one."""

    KEYS = {"auth-ecdsa": "ec", "auth-rsa": "rsa"}

    def test_each_that_a_client_offers_alone(self):
        """Those of TLS 1.2 that Python knows and that need no Diffie-Hellman parameters."""
        seen = []
        for kind in self.KEYS.values():
            identity = certificates.issue(f"ciphers-{kind}", certificates.ca(), kind=kind)
            server = self.serve_tls(identity=identity)
            for cipher in client_context().get_ciphers():
                if self.KEYS.get(cipher["auth"]) != kind or cipher["kea"] != "kx-ecdhe":
                    continue
                with self.subTest(cipher["name"]):
                    context = client_context(version=ssl.TLSVersion.TLSv1_2)
                    context.set_ciphers(cipher["name"])
                    self.assertServesTls(server, context=context)
                    seen.append(cipher["name"])
        self.assertGreaterEqual(len(seen), 6, seen)

    def test_each_of_tls_1_3(self):
        server = self.serve_tls()
        where = f"127.0.0.1:{server.port}"
        for cipher in ("AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256", "AES_128_GCM_SHA256"):
            with self.subTest(cipher):
                options = ("-tls1_3", "-ciphersuites", f"TLS_{cipher}", "-quiet")
                program = self.start(
                    "s_client", "-connect", where, *options, command=["openssl"]
                )
                program.send(b"a word\n")
                program.wait_out(b"a word\n")


class Resuming(TlsCase):
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


class Saying(TlsCase):
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
        result = self.run_connect(
            ("127.0.0.1", str(self.peer(over_tls(lambda tls: None)).port)),
            *self.trusting("-vv", "--log-format", "json"),
        )
        lines = [json.loads(line) for line in result.err.splitlines()]
        self.assertTrue(any("TLSv1.3" in str(line) for line in lines), lines)
