"""TLS peers for the end-to-end tests: Python's ssl module over the sockets of harness.py."""

import contextlib
import ssl
import warnings

import certificates
from harness import Case


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


