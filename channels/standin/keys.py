"""The keys the stand-in was made with, and the signatures it makes with them."""

import base64
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What SendGrid signs its posts with: ECDSA on P-256 over the timestamp and the raw body."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def made(cls, seed: str) -> Self:
        """Return the key that belongs to *seed*."""
        number = int.from_bytes(sha256(seed.encode()).digest(), "big")
        return cls(ec.derive_private_key(number % (2**255) + 1, ec.SECP256R1()))

    @property
    def public(self) -> str:
        """The public half as SendGrid's console shows it: base64 of DER, in one line."""
        der = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode("ascii")

    def sign(self, timestamp: str, body: bytes) -> str:
        """Return the signature header of *body* posted at *timestamp*."""
        signature = self.private.sign(timestamp.encode("ascii") + body, ec.ECDSA(SHA256()))
        return base64.b64encode(signature).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Everything secret about the accounts that the stand-in keeps."""

    sendgrid_api_key: str = field(repr=False)
    events: SigningKey
    inbound: SigningKey
    forged: SigningKey  # signs what claims to be SendGrid's and is not
    twilio_sid: str
    twilio_token: str = field(repr=False)

    @classmethod
    def made(cls, seed: str | None) -> Self:
        """Return keys that are new, or the same for the same *seed*."""
        seed = seed or secrets.token_hex(16)

        def digits(name: str) -> str:
            return sha256(f"{seed}:{name}".encode()).hexdigest()

        return cls(
            sendgrid_api_key=f"SG.{digits('key')[:22]}.{digits('key')[22:]}",
            events=SigningKey.made(f"{seed}:events"),
            inbound=SigningKey.made(f"{seed}:inbound"),
            forged=SigningKey.made(f"{seed}:forged"),
            twilio_sid=f"AC{digits('sid')[:32]}",
            twilio_token=digits("token")[:32],
        )


def sign_twilio(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Return the X-Twilio-Signature of *fields* posted to *url*.

    Twilio, *Webhooks security*: the URL, then every name with its values, sorted and each once; HMAC-SHA1; base64.
    """
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), sha1).digest()).decode("ascii")
