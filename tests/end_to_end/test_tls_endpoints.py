"""How TLS is asked for: options, endpoints, and what is no way to do it."""

import contextlib
import socket
import ssl
from urllib.parse import quote

import certificates
from tls import TlsCase, client_context, over_tls, read_tls, server_context

USAGE, NOT_TRUSTED = 2, 60


def own_addresses():
    """That packets to the outside would leave from: no packet is sent to find out."""
    found = []
    for family, outside in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((outside, 9))
            found.append(probe.getsockname()[0])
    return found


class Usage(TlsCase):
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

    def test_empty_values(self):
        """A shell variable that is not set must not open a server to everybody."""
        for command in (("connect", "127.0.0.1:1"), ("serve", "echo", "127.0.0.1:0")):
            side = "--cacert" if command[0] == "connect" else "--client-ca"
            for option in (side, "--cert", "--key", "--tls-key-log"):
                with self.subTest((command, option)):
                    self.refused(f"{option}: the value is empty", *command, "--tls", f"{option}=")
        self.refused("--servername: ", "connect", "127.0.0.1:1", "--tls", "--servername=")

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


    def test_settings_of_the_other_side(self):
        """Who gives a server cacert wants client-ca, and must not get an open server."""
        for setting, instead in {
            f"cacert={self.ca_file}": "client-ca",
            "servername=a": "cert",
            "insecure": "client-ca or pin",
        }.items():
            name = setting.partition("=")[0]
            why = f"a server has no use for the setting {name}; .*{instead}"
            self.refused(why, "serve", "echo", "0", f"tls://127.0.0.1:0?{setting}")
        connect = ("connect", f"tls://127.0.0.1:1?client-ca={self.ca_file}")
        self.refused("a client has no use for the setting client-ca; cacert", *connect)
        self.refused("no use for the setting backlog", "connect", "127.0.0.1:1?backlog=5")

    def test_names(self):
        """--servername and the setting are looked at alike."""
        for name in (".localhost", "a..b", "a" * 64, ".".join(["a" * 63] * 4), "a b"):
            with self.subTest(name):
                self.refused("is no host name", "connect", "::1", "1", "--tls", "--servername", name)
                self.refused("is no host name", "connect", f"tls://a:1?servername={quote(name)}")
        self.refused("its xn-- form", "connect", "::1", "1", "--tls", "--servername", "b\u00fccher")
        self.refused("its xn-- form", "connect", "b\u00fccher", "1", "--tls")


class Endpoints(TlsCase):
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

    def test_names_with_a_plus(self):
        """It is no space."""
        good = certificates.good()
        cert, key = self.copy(good.cert, "a+b.pem"), self.copy(good.key, "a+b.key")
        server = self.serve("echo", endpoints=(f"tls://127.0.0.1:0?cert={cert}&key={key}",))
        self.assertServesTls(server)

    def test_protocols_are_a_list(self):
        """As those of --alpn are."""
        good = certificates.good().query
        server = self.serve("echo", endpoints=(f"tls://127.0.0.1:0?{good}&alpn=x,h2",))
        with self.connect_tls(server, context=client_context(alpn=["h2", "x"])) as tls:
            self.assertEqual(tls.selected_alpn_protocol(), "x")

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
        self.assertFails(result, NOT_TRUSTED, ".*: it is for localhost, .*, not for example.test; .*")
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
        server = self.serve("echo", "--tls", endpoints=("127.0.0.1:0", "127.0.0.2:0"))
        server.wait_err(r"--pin [0-9a-f]{64}$")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.err.count(b"--pin "), 1)


class OwnNames(TlsCase):
    """Of the certificate that a server makes: where it listens."""

    def verified(self, server, place, *options):
        """The certificate that is shown there is good for the address or name connected to."""
        name = "own.pem"
        made = self.file(name, ssl.DER_cert_to_PEM_cert(self.shown(server, place)).encode())
        where = (place[0], str(place[1]))
        result = self.run_connect(where, "--tls", "--cacert", made, *options, input=b"hello")
        self.assertQuiet(result, b"hello")

    def test_address_of_each_endpoint(self):
        """And one certificate for all."""
        server = self.serve("echo", endpoints=("tls://127.0.0.2:0", "tls://127.0.0.3:0"))
        for place in server.places:
            self.verified(server, place)
        self.verified(server, server.places[0], "--servername", "127.0.0.3")
        self.verified(server, server.places[0], "--servername", "localhost")
        self.assertEqual(*(self.shown(server, place) for place in server.places))

    def test_inherited_socket(self):
        """The address that it has."""
        listening = self.keep(socket.create_server(("127.0.0.4", 0)))
        number = listening.fileno()
        server = self.serve("echo", "--tls", endpoints=(f"fd:{number}",), pass_fds=(number,))
        self.verified(server, server.places[0])

    def test_all_interfaces(self):
        """Every address of this machine."""
        server = self.serve("echo", "--tls", endpoints=("0.0.0.0:0",))
        place = ("127.0.0.1", server.places[0][1])
        self.verified(server, place)
        for address in own_addresses():
            with self.subTest(address):
                self.verified(server, place, "--servername", address)

    def test_other_settings_other_certificate(self):
        """Names alone make no difference, a CA for clients does."""
        server = self.serve(
            "echo",
            endpoints=("tls://127.0.0.2:0", f"tls://127.0.0.3:0?client-ca={self.ca_file}"),
        )
        server.wait_err(r"--pin [0-9a-f]{64}$", 2)
