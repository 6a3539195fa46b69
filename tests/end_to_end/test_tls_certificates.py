"""Whose certificate is taken: by connect, by a server that wants its clients' ones, and pins."""

import os
import re
import signal
import socket
import ssl

import certificates
from harness import MIB
from tls import TlsCase, client_context, expect_refusal, over_tls, read_tls, server_context

NOT_TRUSTED, PIN_MISMATCH, HANDSHAKE = 60, 90, 35


def not_trusted(why):
    return f"certificate not trusted: {why}; its SHA-256 is [0-9a-f]{{64}}"


def bad():
    """name: (the server's context, the options of connect, exit status, what it says)."""
    ca, localhost = certificates.ca(), ("--servername", "localhost")
    issue = certificates.issue

    def untrusted(identity, why, options=localhost, **settings):
        message = not_trusted(why)
        return server_context(identity, **settings), options, NOT_TRUSTED, message

    expired = certificates.valid("expired", ca, b"200101000000Z", b"210101000000Z")
    future = certificates.valid("future", ca, b"400101000000Z", b"450101000000Z")
    nul = certificates.with_nul("nul", ca, san=None, subject="/CN=localhost~.evil.test")
    return {
        "expired": untrusted(expired, "certificate has expired"),
        "not yet valid": untrusted(future, "certificate is not yet valid"),
        "wrong host": untrusted(
            issue("wrong", ca, "DNS:example.test,IP:192.0.2.1"),
            r"it is for example\.test, 192\.0\.2\.1, not for localhost",
        ),
        "self-signed": untrusted(issue("own"), "self-signed certificate"),
        "unknown CA": untrusted(
            issue("unknown", certificates.other_ca()), "unable to get local issuer certificate"
        ),
        "wrong EKU": untrusted(
            issue("eku", ca, usage="clientAuth"), "unsuitable certificate purpose"
        ),
        "wildcard depth": untrusted(
            issue("wild", ca, "DNS:*.example.test"),
            r"it is for \*\.example\.test, not for a\.b\.example\.test",
            ("--servername", "a.b.example.test"),
        ),
        "wrong IP address": untrusted(
            issue("address", ca, "IP:127.0.0.2"), r"it is for 127\.0\.0\.2, not for 127\.0\.0\.1", ()
        ),
        "NUL in CN": untrusted(nul, "it is for no name, not for localhost"),
        "TLS 1.1 only": (
            server_context(version=ssl.TLSVersion.TLSv1_1, level=0),
            localhost,
            HANDSHAKE,
            "the peer refused: protocol version",
        ),
        "weak key": untrusted(
            issue("weak", ca, kind="weak"), "EE certificate key too weak", level=0
        ),
    }


def worse():
    """More that must be refused, all with exit status 60: name: (identity, options, why)."""
    ca, issue = certificates.ca(), certificates.issue
    localhost = ("--servername", "localhost")
    mismatch = "it is for .*, not for .*"
    middle = certificates.issue("middle", ca, authority=True)
    leaf = certificates.good()
    signed_by_leaf = issue("by-leaf", leaf, with_chain=True)
    nul = certificates.with_nul("nul-san", ca, san="DNS:localhost~.evil.test")
    return {
        "NUL in SAN": (nul, localhost, r"it is for localhost\\x00\.evil\.test, not for localhost"),
        "name in CN only": (issue("cn", ca, None, subject="/CN=localhost"), localhost, mismatch),
        "right CN beside another SAN": (
            issue("cn-san", ca, "DNS:a.test", subject="/CN=localhost"), localhost, mismatch
        ),
        "address as a DNS name": (issue("dns", ca, "DNS:127.0.0.1"), (), mismatch),
        "address in CN only": (
            issue("cn-ip", ca, None, subject="/CN=127.0.0.1"), (), mismatch
        ),
        "wildcard for the bare domain": (
            issue("bare", ca, "DNS:*.example.test"), ("--servername", "example.test"), mismatch
        ),
        "partial wildcard": (
            issue("partial", ca, "DNS:lo*host"), localhost, mismatch
        ),
        "wildcard alone": (issue("star", ca, "DNS:*"), localhost, mismatch),
        "wildcard of a top level": (
            issue("top", ca, "DNS:*.test"), ("--servername", "example.test"), mismatch
        ),
        "intermediate left out": (
            issue("chainless", middle), localhost, "unable to get local issuer certificate"
        ),
        "signed by a leaf": (signed_by_leaf, localhost, "invalid CA certificate"),
        "SHA-1": (issue("sha1", ca, digest="sha1"), localhost, "CA signature digest.* too weak"),
    }


def good():
    """name: (identity, options of connect)."""
    ca, issue = certificates.ca(), certificates.issue
    middle = issue("intermediate", ca, authority=True)
    return {
        "DNS name": (certificates.good(), ("--servername", "localhost")),
        "IP address": (certificates.good(), ()),
        "chain": (issue("chain", middle, with_chain=True), ("--servername", "localhost")),
        "wildcard": (
            issue("wildcard", ca, "DNS:*.example.test"), ("--servername", "a.example.test")
        ),
        "upper case, dot at the end": (
            certificates.good(), ("--servername", "LocalHost.")
        ),
        "RSA": (issue("rsa", ca, kind="rsa"), ("--servername", "localhost")),
    }


class Matrix(TlsCase):
    def refuse(self, context, options, status, message):
        """Nothing may go either way."""
        seen = []
        peer = self.peer(expect_refusal(context, seen))
        result = self.run_connect(peer, *self.trusting(*options), input=b"secret")
        self.assertFails(result, status, rf"connect 127\.0\.0\.1:\d+: {message}")
        peer.join()
        self.assertEqual((result.out, b"".join(seen)), (b"", b""))

    def test_11_of_11_bad_ones_are_refused(self):
        cases = bad()
        self.assertEqual(len(cases), 11)
        for name, (context, options, status, message) in cases.items():
            with self.subTest(name):
                self.refuse(context, options, status, message)

    def test_more_bad_ones_are_refused(self):
        for name, (identity, options, why) in worse().items():
            with self.subTest(name):
                context = server_context(identity, level=0)
                self.refuse(context, options, NOT_TRUSTED, not_trusted(why))

    def test_good_ones_are_taken(self):
        for name, (identity, options) in good().items():
            with self.subTest(name):
                peer = self.peer(over_tls(lambda tls: tls.sendall(b"hi"), server_context(identity)))
                self.assertQuiet(self.run_connect(peer, *self.trusting(*options)), b"hi")

    def test_the_name_of_the_endpoint_is_verified(self):
        """Without --servername it is the host that was asked for."""
        peer = self.peer(over_tls(lambda tls: tls.sendall(b"hi")))
        result = self.run_twx("connect", f"tls://localhost:{peer.port}?cacert={self.ca_file}")
        self.assertQuiet(result, b"hi")
        only = certificates.issue("address-only", certificates.ca(), "IP:127.0.0.1,IP:::1")
        peer = self.peer(expect_refusal(server_context(only), []))
        result = self.run_twx("connect", f"tls://localhost:{peer.port}?cacert={self.ca_file}")
        self.assertFails(result, NOT_TRUSTED, ".*: it is for 127.0.0.1, ::1, not for localhost; .*")

    def test_without_cacert_the_list_of_the_system_counts(self):
        """The tests' CA is not in it. OpenSSL looks elsewhere where SSL_CERT_FILE says so."""
        context = server_context()
        peer = self.peer(expect_refusal(context, []))
        result = self.run_connect(peer, "--tls")
        self.assertFails(result, NOT_TRUSTED, ".*: unable to get local issuer certificate; .*")
        peer = self.peer(over_tls(lambda tls: tls.sendall(b"hi"), context))
        environment = {**os.environ, "SSL_CERT_FILE": self.ca_file}
        self.assertQuiet(self.run_connect(peer, "--tls", env=environment), b"hi")

    def test_insecure_takes_anybody_and_warns(self):
        """Whatever is wrong with it."""
        for name, (context, options, status, _) in bad().items():
            if status == HANDSHAKE:
                continue
            with self.subTest(name):
                peer = self.peer(over_tls(lambda tls: tls.sendall(b"hi"), context))
                result = self.run_connect(peer, "--tls", "--insecure", *options)
                self.assertEqual((result.status, result.out), (0, b"hi"), result)
                self.assertEqual(result.err, "twx: --insecure: the peer is not verified\n")


class Pins(TlsCase):
    OTHER = "0" * 64

    def hello(self, identity, *args):
        peer = self.peer(over_tls(lambda tls: tls.sendall(b"hi"), server_context(identity)))
        return self.run_connect(peer, "--tls", *args)

    def spelled(self, pin):
        """The other way to write it."""
        return ":".join(pin[i : i + 2] for i in range(0, 64, 2)).upper()

    def test_a_pin_stands_in_for_ca_and_name(self):
        """Self-signed, for another host, and expired."""
        wrong = certificates.issue("pinned", san="DNS:example.test")
        old = certificates.valid("old", certificates.ca(), b"200101000000Z", b"210101000000Z")
        for identity in (wrong, old, certificates.good()):
            self.assertQuiet(self.hello(identity, "--pin", identity.pin), b"hi")

    def test_colons_and_upper_case(self):
        """As openssl x509 -fingerprint prints it."""
        pin = certificates.good().pin
        self.assertQuiet(self.hello(certificates.good(), "--pin", self.spelled(pin)), b"hi")

    def test_one_of_several(self):
        """For the day on which a certificate is renewed."""
        good = certificates.good()
        self.assertQuiet(self.hello(good, "--pin", self.OTHER, "--pin", good.pin), b"hi")

    def test_any_other_is_refused_whoever_signed_it(self):
        """And the message has the one that was seen."""
        good, seen = certificates.good(), []
        for options in ((), ("--cacert", self.ca_file), ("--insecure",)):
            with self.subTest(options):
                peer = self.peer(expect_refusal(server_context(), seen))
                result = self.run_connect(peer, "--tls", "--pin", self.OTHER, *options, input=b"x")
                self.assertEqual((result.status, result.out), (PIN_MISMATCH, b""), result)
                self.assertRegex(result.err, f"has SHA-256 {good.pin}, which is no pin given\n$")
                peer.join()
                self.assertEqual(b"".join(seen), b"")

    def test_the_pin_that_a_server_announces_is_good(self):
        """The certificate made in memory."""
        server = self.serve("echo", "--tls")
        pin = server.wait_err(r"certificate made here, --pin ([0-9a-f]{64})$")[1].decode()
        result = self.run_connect(self.place(server), "--tls", "--pin", pin, input=b"hello")
        self.assertQuiet(result, b"hello")

    def test_insecure_beside_a_pin_is_no_news(self):
        """The peer is verified: by its pin."""
        peer = self.peer(over_tls(lambda tls: tls.sendall(b"hi")))
        pin = certificates.good().pin
        self.assertQuiet(self.run_connect(peer, "--tls", "--insecure", "--pin", pin), b"hi")

    def test_server_with_pins(self):
        """It knows its clients by their certificates, whoever signed them."""
        known = certificates.issue("known", usage="clientAuth")
        server = self.serve_tls("echo", "--pin", known.pin, "-v")
        where = self.place(server)
        result = self.run_connect(where, *self.trusting(*known.args), input=b"hello")
        self.assertQuiet(result, b"hello")
        result = self.run_connect(
            where, *self.trusting(*certificates.client().args), input=b"hello"
        )
        self.assertFails(result, HANDSHAKE, ".*: the peer refused: bad certificate")
        server.wait_err("TLS with .*: the peer's certificate has SHA-256")
        result = self.run_connect(where, *self.trusting(), input=b"hello")
        self.assertFails(result, HANDSHAKE, ".*: the peer refused: certificate required")


class OwnCertificate(TlsCase):
    """That a server without one makes."""

    def setUp(self):
        super().setUp()
        self.server = self.serve("echo", "--tls")
        self.certificate = self.file(
            "own.pem", ssl.get_server_certificate(self.server.place).encode()
        )

    def field(self, *args):
        return certificates.openssl("x509", "-in", self.certificate, "-noout", *args).decode()

    def test_may_be_verified_like_any_other(self):
        """For localhost and the loopback addresses."""
        place = self.place(self.server)
        for options in ((), ("--servername", "localhost"), ("--servername", "::1")):
            result = self.run_connect(
                place, "--tls", "--cacert", self.certificate, *options, input=b"hello"
            )
            self.assertQuiet(result, b"hello")

    def test_is_strict(self):
        """ECDSA P-256, SHA-256, nothing but a server's."""
        text = self.field("-text")
        for part in ("prime256v1", "ecdsa-with-SHA256", "CA:FALSE", "TLS Web Server Authent"):
            self.assertIn(part, text)
        for name in (socket.gethostname(), "localhost"):
            self.assertRegex(text, rf"DNS:{re.escape(name)}\b")
        certificates.openssl("verify", "-x509_strict", "-CAfile", self.certificate,
                             "-verify_hostname", "localhost", self.certificate)

    def test_is_another_in_each_run(self):
        """No key is shared."""
        other = ssl.get_server_certificate(self.serve("echo", "--tls").place)
        with open(self.certificate) as file:
            self.assertNotEqual(file.read(), other)

    def test_stays_when_reloaded(self):
        """A pin that was handed out remains good."""
        beside = f"tls://127.0.0.1:0?{certificates.good().query}"  # whose file is told of
        server = self.serve("echo", endpoints=("tls://127.0.0.1:0", beside))
        made = ssl.get_server_certificate(server.places[0])
        server.signal(signal.SIGHUP)
        server.wait_err(f"certificates read again: {certificates.good().cert}$")
        self.assertEqual(ssl.get_server_certificate(server.places[0]), made)


class ClientCertificates(TlsCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve_tls("echo", "--client-ca", self.ca_file, "-v")

    def talk(self, *args, input=b"hello"):
        place = self.place(self.server)
        return self.run_connect(place, *self.trusting(*args), input=input)

    def test_the_right_one(self):
        """With TLS 1.3, and 1.2, where the order of the handshake is another."""
        self.assertQuiet(self.talk(*certificates.client().args), b"hello")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client_context(certificates.client(), version=version)
            self.assertServesTls(self.server, context=context)

    def test_none(self):
        """The server says so before a byte of its answer."""
        result = self.talk()
        self.assertEqual(result.out, b"")
        self.assertFails(result, HANDSHAKE, ".*: the peer refused: certificate required")
        self.server.wait_err("TLS with .*: the peer has no certificate")

    def test_none_and_no_answer_wanted(self):
        """The server's refusal comes after the good bye of --send-only."""
        for input in (b"", b"hello"):
            result = self.talk("--send-only", input=input)
            self.assertFails(result, HANDSHAKE, ".*: the peer refused: certificate required")
        self.assertQuiet(self.talk("--send-only", *certificates.client().args), b"")

    def test_bad_ones(self):
        """Of another CA, a server's, an expired one."""
        ca, issue = certificates.ca(), certificates.issue
        expired = certificates.valid(
            "client-old", ca, b"200101000000Z", b"210101000000Z", usage="clientAuth"
        )
        cases = {
            "unable to get local issuer": issue(
                "stranger", certificates.other_ca(), usage="clientAuth"
            ),
            "self-signed": issue("client-own", usage="clientAuth"),
            "unsuitable certificate purpose": certificates.good(),
            "certificate has expired": expired,
        }
        for count, (why, identity) in enumerate(cases.items(), 1):
            with self.subTest(why):
                result = self.talk(*identity.args)
                self.assertEqual(result.out, b"")
                self.assertFails(result, HANDSHAKE, ".*: the peer refused: .*")
                self.server.wait_err(f"TLS with .*: certificate not trusted: .*{why}")

    def test_reason_is_told_while_much_is_being_sent(self):
        """What the server does not read must not drown its alert in a reset."""
        for _ in range(10):
            result = self.talk(input=bytes(4 * MIB))
            self.assertFails(result, HANDSHAKE, ".*: the peer refused: certificate required")

    def test_python_is_told_too(self):
        """An alert, not a reset."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.assertRaisesRegex(ssl.SSLError, "ALERT|handshake failure"):
                context = client_context(version=version)
                with self.connect_tls(self.server, context=context) as tls:
                    tls.sendall(b"x")
                    tls.recv(1)

    def test_others_are_served_meanwhile(self):
        """One client's failure is its own."""
        with self.connect_tls(self.server, context=client_context(certificates.client())) as tls:
            for _ in range(5):
                self.talk()
                tls.sendall(b"x")
                self.assertEqual(read_tls(tls, 1), b"x")

    def test_is_shown_only_if_asked_for(self):
        """And is not in the way otherwise."""
        seen = []
        peer = self.peer(over_tls(lambda tls: seen.append(tls.getpeercert(True))))
        self.assertQuiet(self.run_connect(peer, *self.trusting(*certificates.client().args)), b"")
        self.assertEqual(seen, [None])
