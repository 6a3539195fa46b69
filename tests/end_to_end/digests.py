"""Digest logins as a server or a proxy checks them (RFC 7616), independently of what is tested."""

import hashlib
import re

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Digest:
    """Challenges, and whether an answer is right. `algorithm` may end in -sess."""

    def __init__(self, user, password, algorithm="MD5", nonce="n0nce", qop="auth,auth-int"):
        self.user, self.password, self.algorithm, self.nonce = user, password, algorithm, nonce
        self.qop = qop
        self.realm, self.opaque = 'a "realm"', "0paque"

    def challenge(self, *more):
        realm = self.realm.replace('"', '\\"')
        parts = (
            f'Digest realm="{realm}"',
            f'nonce="{self.nonce}"',
            f'qop="{self.qop}"',
            f'opaque="{self.opaque}"',
            f"algorithm={self.algorithm}",
            *more,
        )
        return ", ".join(parts)

    @staticmethod
    def parts(value):
        """What an answer says."""
        found = re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))', value)
        return {name: re.sub(r"\\(.)", r"\1", text) or word for name, text, word in found}

    def wrong(self, value, method, target, body=b""):
        """What is wrong with it; "" if nothing is."""
        if not value.startswith("Digest "):
            return f"no digest: {value}"
        said = self.parts(value)
        wanted = {
            "username": self.user,
            "realm": self.realm,
            "nonce": self.nonce,
            "uri": target,
            "opaque": self.opaque,
            "algorithm": self.algorithm,
            "qop": self.qop.split(",")[0],
        }
        for name, text in wanted.items():
            if said.get(name) != text:
                return f"{name} is {said.get(name)}, not {text}"
        response = self._response(said, method, target, body)
        return "" if said["response"] == response else "the response is wrong"

    def _response(self, said, method, target, body):
        hashed = HASHES[self.algorithm.removesuffix("-sess")]

        def digest(*texts):
            return hashed(":".join(texts).encode()).hexdigest()

        key = digest(self.user, self.realm, self.password)
        if self.algorithm.endswith("-sess"):
            key = digest(key, said["nonce"], said["cnonce"])
        rest = said["nonce"], said["nc"], said["cnonce"], said["qop"]
        asked = [method, target, *([hashed(body).hexdigest()] if said["qop"] == "auth-int" else [])]
        return digest(key, *rest, digest(*asked))
