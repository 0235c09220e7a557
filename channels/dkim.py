"""Sign mail with the domain's own key (DKIM: RFC 6376, 8301, 8463), so that what arrives proves whose it is, and whole.

Always `relaxed/relaxed`: hosts on the way fold fields anew and trim spaces.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from channels.accounts import DkimKey
from channels.errors import Misconfigured
from channels.mail_headers import Unmailable, mail_domain

SIGNED = (
    "From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References", "MIME-Version",
    "Content-Type", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted",
)  # fmt: skip
"""Each is named once more than it stands in the mail, so that nobody can add another (RFC 6376 5.4.2 and 8.15).

RFC 8058 asks for both list fields. A mail's other fields may be changed by the hosts it passes.
"""

RSA_BITS_MIN, RSA_BITS_MAX = 2048, 4096  # RFC 8301 3.2 recommends the one; nobody need verify more than the other
LINE_CHARACTERS = 72

_SELECTOR = re.compile(
    r"(?=.{1,200}$)[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*"
)
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACES = re.compile(rb"[ \t]+")
_SPACES_BEFORE_END = re.compile(rb"[ \t]+(?=\r\n|\Z)")
_EMPTY_END = re.compile(rb"(?:\r\n)+\Z")


class Signer:
    """Signs mail with one key."""

    def __init__(self, key: DkimKey) -> None:
        """Read *key*; raises `Misconfigured` naming the setting that is wrong."""
        self.domain = _domain(key.domain)
        if not _SELECTOR.fullmatch(key.selector):
            raise Misconfigured("FIFTHTOUCH_DKIM_SELECTOR must be a name as in DNS, such as fifthtouch")
        self.selector = key.selector.lower()
        private = _private_key(key.private_key)
        self.algorithm = "rsa-sha256" if isinstance(private, RSAPrivateKey) else "ed25519-sha256"
        self._sign: Callable[[bytes], bytes] = _signs_with(private)
        self._public = private.public_key()

    @property
    def record_name(self) -> str:
        """The name in DNS at which receivers look for the public half."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The text that must stand in DNS at `record_name`."""
        if self.algorithm == "rsa-sha256":
            public = self._public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"
        return f"v=DKIM1; k=ed25519; p={b64encode(self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()}"

    def sign(self, mail: bytes, at: datetime) -> bytes:
        """Return *mail* with its signature before it, made *at*; lines end in CRLF."""
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = _fields(head)
        names = [name.lower() for name in SIGNED]
        present = [name for name in names for _ in range(sum(field == name for field, _ in fields))]
        body_hash = b64encode(sha256(_relaxed_body(body)).digest()).decode()
        unsigned = (
            f"DKIM-Signature: v=1; a={self.algorithm}; c=relaxed/relaxed;\r\n d={self.domain}; s={self.selector};"
            f" t={int(at.timestamp())};\r\n h={_folded_names([*present, *names])};\r\n bh={body_hash};\r\n b="
        )
        told = b"".join(_signed_fields(fields, present))
        # The signature covers its own field with an empty b=, and without a line end (RFC 6376 3.7).
        signature = b64encode(self._sign(told + _relaxed_field(unsigned.encode())[:-2])).decode()
        return f"{unsigned}{_folded_value(signature)}\r\n".encode() + mail


def _domain(domain: str) -> str:
    try:
        return mail_domain(f"@{domain}")
    except Unmailable as error:
        raise Misconfigured(
            "FIFTHTOUCH_DKIM_DOMAIN must be the domain mail is sent from, such as example.com"
        ) from error


def _private_key(pem: str) -> RSAPrivateKey | Ed25519PrivateKey:
    setting = "FIFTHTOUCH_DKIM_KEY_FILE"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError as error:
        raise Misconfigured(f"{setting}: the key is locked with a password; keep it there without one") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Misconfigured(f"{setting} must hold a private key in PEM: RSA of 2048 bits, or Ed25519") from error
    if isinstance(key, RSAPrivateKey) and not RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX:
        raise Misconfigured(f"{setting}: an RSA key needs {RSA_BITS_MIN} to {RSA_BITS_MAX} bits, not {key.key_size}")
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise Misconfigured(f"{setting}: DKIM knows only RSA and Ed25519 keys")
    return key


def _signs_with(key: RSAPrivateKey | Ed25519PrivateKey) -> Callable[[bytes], bytes]:
    if isinstance(key, RSAPrivateKey):
        return lambda told: key.sign(told, PKCS1v15(), SHA256())
    return lambda told: key.sign(sha256(told).digest())  # RFC 8463 3: the hash is what is signed


def _fields(head: bytes) -> list[tuple[str, bytes]]:
    """Return the fields of *head* by their names in lower case, each as it stands."""
    lines = re.split(rb"\r\n(?![ \t])", head)
    return [(line.partition(b":")[0].decode("ascii").strip().lower(), line) for line in lines]


def _signed_fields(fields: list[tuple[str, bytes]], present: list[str]) -> list[bytes]:
    """Return the relaxed fields in the order of *present*; of several with one name the last comes first."""
    left = {name: [line for field, line in fields if field == name] for name in set(present)}
    return [_relaxed_field(left[name].pop()) for name in present]


def _relaxed_field(line: bytes) -> bytes:
    name, _, value = line.partition(b":")
    value = _SPACES.sub(b" ", _FOLD.sub(b"", value)).strip(b" ")
    return name.strip().lower() + b":" + value + b"\r\n"


def _relaxed_body(body: bytes) -> bytes:
    trimmed = _SPACES.sub(b" ", _SPACES_BEFORE_END.sub(b"", body))
    trimmed = _EMPTY_END.sub(b"", trimmed)
    return trimmed + b"\r\n" if trimmed else b""


def _folded_names(names: list[str]) -> str:
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > LINE_CHARACTERS:
            lines.append("")
        lines[-1] += f"{name}:"
    return "\r\n ".join(lines).rstrip(":")


def _folded_value(value: str) -> str:
    return "\r\n ".join(value[start : start + LINE_CHARACTERS] for start in range(0, len(value), LINE_CHARACTERS))
