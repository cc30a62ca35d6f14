"""A passkey in software: answers as a browser and its device would, or wrongly where a test says so.

Source: W3C, Web Authentication 3, 6.1 (authenticator data), 6.5 (attestation), 5.8.1 (client data).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """One passkey on one device."""

    def __init__(self, origin="https://forms.example"):
        self.origin = origin
        self.id = token_bytes(32)
        self.uses = 0
        self._key = ec.generate_private_key(ec.SECP256R1())

    def register(self, options):
        """Answer options for a new passkey."""
        asked = json.loads(options)
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self._cose()
        authenticator = self._authenticator(asked["rp"]["id"], flags=PRESENT | VERIFIED | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": authenticator})
        client = self._client("webauthn.create", asked["challenge"])
        return self._credential(clientDataJSON=client, attestationObject=attestation)

    def answer(self, options, *, flags=PRESENT | VERIFIED, rp_id=None):
        """Answer options for a sign-in."""
        asked = json.loads(options)
        self.uses += 1
        authenticator = self._authenticator(rp_id or asked["rpId"], flags=flags)
        client = self._client("webauthn.get", asked["challenge"])
        signature = self._key.sign(authenticator + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(clientDataJSON=client, authenticatorData=authenticator, signature=signature)

    def _authenticator(self, rp_id, *, flags):
        return sha256(rp_id.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4, "big")

    def _client(self, kind, challenge):
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _cose(self):
        point = self._key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )

    def _credential(self, **response):
        parts = {name: b64(value) for name, value in response.items()}
        return json.dumps(
            {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": parts}
        )
