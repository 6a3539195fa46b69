"""Certificates for the tests, good ones and bad ones, made by the openssl command.

They live in one folder for as long as the test program runs, and each is made when it is first
asked for.
"""

import atexit
import functools
import os
import re
import shutil
import ssl
import subprocess
import tempfile

KEYS = {
    "ec": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "weak": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
}


class Identity:
    """A certificate with its key. `cert` is a PEM file, followed by its chain if there is one."""

    def __init__(self, cert, key):
        self.cert, self.key = cert, key

    @property
    def args(self):
        return ("--cert", self.cert, "--key", self.key)

    @property
    def query(self):
        """The same as settings of an endpoint."""
        return f"cert={self.cert}&key={self.key}"

    @property
    def der(self):
        first, end, _ = read(self.cert).decode().partition("-----END CERTIFICATE-----")
        return ssl.PEM_cert_to_DER_cert(first + end)

    @property
    def pin(self):
        done = openssl("dgst", "-sha256", "-r", input=self.der)
        return done.split()[0].decode()


def openssl(*args, input=None):
    """What the openssl command prints."""
    done = subprocess.run(["openssl", *args], input=input, capture_output=True)
    if done.returncode:
        raise AssertionError(f"openssl {args}: {done.stderr.decode()}")
    return done.stdout


@functools.cache
def folder():
    made = tempfile.mkdtemp(prefix="twx-certificates-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def path(name):
    return os.path.join(folder(), name)


def write(name, data):
    with open(path(name), "wb") as file:
        file.write(data)
    return path(name)


def read(name):
    with open(name, "rb") as file:
        return file.read()


@functools.cache
def key(name, kind="ec"):
    where = path(name + ".key")
    if not os.path.exists(where):
        openssl("genpkey", *KEYS[kind], "-out", where)
        os.chmod(where, 0o600)
    return where


@functools.cache
def issue(name, issuer=None, san="DNS:localhost", usage="serverAuth", **options):
    """A certificate called `name`; without an issuer it signs itself.

    Options: `subject`; `kind` of key; `digest`; `authority`: it may sign others; `with_chain`:
    its file holds the issuer's certificate too.
    """
    authority = options.get("authority", False)
    extensions = [f"basicConstraints=critical,CA:{str(authority).upper()}"]
    if authority:
        extensions.append("keyUsage=critical,keyCertSign,cRLSign")
    else:
        extensions.append(f"extendedKeyUsage={usage}")
    if san and not authority:
        extensions.append(f"subjectAltName={san}")
    extensions = write(name + ".ext", "\n".join(extensions).encode())
    own = key(name, options.get("kind", "ec"))
    request = openssl("req", "-new", "-key", own, "-subj", options.get("subject", f"/CN={name}"))
    signer = ["-CA", issuer.cert, "-CAkey", issuer.key] if issuer else ["-key", own]
    digest = "-" + options.get("digest", "sha256")
    signed = ("-days", "30", digest, "-extfile", extensions, *signer)
    made = openssl("x509", "-req", *signed, input=request)
    if options.get("with_chain"):
        made += read(issuer.cert)
    return Identity(write(name + ".pem", made), own)


# --- what the openssl command does not make ---


def length(count):
    """Of a DER element (X.690, section 8.1.3)."""
    if count < 128:
        return bytes([count])
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([128 + len(octets)]) + octets


def element(data, start):
    """Where the contents of the DER element begin, and where it ends."""
    first = data[start + 1]
    if first < 128:
        return start + 2, start + 2 + first
    begin = start + 2 + first - 128
    return begin, begin + int.from_bytes(data[start + 2 : begin], "big")


def altered(name, original, issuer, change):
    """The certificate after `change(bytes)` of the same length, signed once more."""
    data = original.der
    start = element(data, 0)[0]
    _, end = element(data, start)
    signed = change(data[start:end])
    algorithm = data[end : element(data, end)[1]]
    write(name + ".signed", signed)
    signature = b"\0" + openssl("dgst", "-sha256", "-sign", issuer.key, path(name + ".signed"))
    whole = signed + algorithm + b"\x03" + length(len(signature)) + signature
    made = ssl.DER_cert_to_PEM_cert(b"\x30" + length(len(whole)) + whole)
    return Identity(write(name + ".pem", made.encode()), original.key)


def valid(name, issuer, begin, end, **options):
    """One that is valid in another time; as in b"200101000000Z"."""
    dates = b"\\g<1>" + begin + b"\\g<2>" + end
    return altered(
        name,
        issue(name + "-original", issuer, **options),
        issuer,
        lambda data: re.sub(rb"(\x17\x0d)\d{12}Z(\x17\x0d)\d{12}Z", dates, data, count=1),
    )


def with_nul(name, issuer, **options):
    """After the localhost in it a NUL stands where the options say ~."""
    original = issue(name + "-original", issuer, **options)
    return altered(
        name, original, issuer, lambda data: data.replace(b"localhost~", b"localhost\0")
    )


# --- those that many tests use ---


@functools.cache
def ca():
    return issue("ca", authority=True)


@functools.cache
def other_ca():
    """One that nobody trusts."""
    return issue("other-ca", authority=True)


@functools.cache
def good():
    """For localhost and 127.0.0.1."""
    return issue("good", ca(), "DNS:localhost,IP:127.0.0.1")


@functools.cache
def client():
    return issue("client", ca(), usage="clientAuth")
