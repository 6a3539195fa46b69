"""Sites that speak TLS, and what a client must be told to believe them."""

import ssl

import certificates
from fetching import Site
from tls import secured, server_context


def trust():
    """Options with which twx fetch trusts the CA of the tests."""
    return ("--cacert", certificates.ca().cert)


class TlsSite(Site):
    """A site for localhost and 127.0.0.1, unless it shows another identity."""

    def __init__(self, case, pages, identity=None, **options):
        self._context = server_context(identity)
        super().__init__(case, pages, **options)

    def url(self, target="/"):
        return f"https://127.0.0.1:{self.port}{target}"

    def _talk(self, sock):
        try:
            with secured(sock, self._context) as tls:
                super()._talk(tls)
        except (ssl.SSLError, OSError):
            sock.close()  # a client that does not like it
