"""What DNS and the wire say about our own sending: SPF, DKIM and DMARC of a domain, and whether mail servers take our login.

Each answer is True, False, or None where it could not be asked: no network is not a wrong setting.
"""

import smtplib
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from typing import Protocol

import dns.exception
import dns.resolver
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from channels.accounts import Security, SmtpServer
from channels.errors import Misconfigured, Unavailable
from channels.imap import Mailbox

DNS_SECONDS = 3.0
SMTP_SECONDS = 5.0


class Resolver(Protocol):
    """Whoever answers for DNS."""

    def resolve(self, qname: str, rdtype: str, *, lifetime: float) -> object:
        """Return the records of a name; raises `dns.exception.DNSException`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was found out about one thing; *is_well* is None where it could not be asked."""

    is_well: bool | None
    detail: str
    remedy: str = ""


def system_resolver() -> dns.resolver.Resolver | None:
    """Return this machine's own resolver, None where it has none."""
    try:
        return dns.resolver.Resolver()
    except (dns.resolver.NoResolverConfiguration, OSError):
        return None


class _Unasked(Exception):
    """DNS gave no answer."""


def read_texts(name: str, resolver: Resolver) -> list[str]:
    """Return the TXT records of *name*; none where there is no such name. Raises `_Unasked` without an answer."""
    try:
        records = resolver.resolve(name, "TXT", lifetime=DNS_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise _Unasked(type(error).__name__) from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in records]  # type: ignore[attr-defined]


def check_spf(domain: str, resolver: Resolver, *, includes: str | None = None) -> Said:
    """Say whether *domain* names who may send for it (RFC 7208), and *includes* our provider where that is known."""
    try:
        found = [text for text in read_texts(domain, resolver) if text.lower().split(" ")[0] == "v=spf1"]
    except _Unasked as error:
        return Said(is_well=None, detail=f"DNS gave no answer about {domain} ({error})")
    if not found:
        advice = f"Add a TXT record at {domain}: v=spf1 {f'include:{includes} ' if includes else ''}~all"
        return Said(is_well=False, detail=f"{domain} has no SPF record", remedy=advice)
    if len(found) > 1:
        return Said(
            is_well=False, detail=f"{domain} has {len(found)} SPF records", remedy="Keep one: two count as none."
        )
    if includes is not None and f"include:{includes}" not in found[0].lower().split():
        # A provider that sends under a return path of its own subdomain passes SPF there: DKIM aligns instead.
        return Said(is_well=True, detail=f"{found[0]} (does not name {includes}; fine where DKIM is aligned)")
    return Said(is_well=True, detail=found[0])


def check_dkim(domain: str, selectors: tuple[str, ...], resolver: Resolver, *, private_key: str | None = None) -> Said:
    """Say whether *domain* publishes the key of one of *selectors* (RFC 6376): the other half of *private_key*, if given."""
    tried = []
    for selector in selectors:
        name = f"{selector}._domainkey.{domain}"
        try:
            found = read_texts(name, resolver)
        except _Unasked as error:
            return Said(is_well=None, detail=f"DNS gave no answer about {name} ({error})")
        keys = [_tags(text).get("p", "").replace(" ", "") for text in found]
        if any(keys) and private_key is not None and public_half(private_key) not in keys:
            advice = f"Publish at {name}: v=DKIM1; k={_kind(private_key)}; p={public_half(private_key)}"
            return Said(is_well=False, detail=f"{name} holds another key than we sign with", remedy=advice)
        if any(keys):
            return Said(is_well=True, detail=f"{name} holds a key")
        tried.append(f"{name} {'holds a withdrawn key' if keys else 'is not there'}")
    advice = (
        "Publish the records your provider or your key asks for; without a signature of the domain mail is refused."
    )
    return Said(is_well=False, detail=", ".join(tried), remedy=advice)


def public_half(private_key: str) -> str:
    """Return what DNS must hold for *private_key* (PEM): the `p=` of RFC 6376 for RSA, of RFC 8463 for Ed25519."""
    public = _load(private_key).public_key()
    if isinstance(public, Ed25519PublicKey):
        return b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    return b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def _kind(private_key: str) -> str:
    return "ed25519" if isinstance(_load(private_key).public_key(), Ed25519PublicKey) else "rsa"


def _load(private_key: str) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise Misconfigured("FIFTHTOUCH_DKIM_KEY_FILE holds no private key in PEM, or one with a password") from error


def check_dmarc(domain: str, resolver: Resolver) -> Said:
    """Say whether *domain*, or the one it lies in, publishes a DMARC policy (RFC 7489)."""
    try:
        for name in _and_parent(domain):
            found = [_tags(text) for text in read_texts(f"_dmarc.{name}", resolver)]
            policies = [tags for tags in found if tags.get("v", "").upper() == "DMARC1"]
            if policies:
                policy = policies[0].get("p", "")
                strict = ", strict alignment" if policies[0].get("adkim") == "s" else ""
                return Said(is_well=bool(policy), detail=f"_dmarc.{name} says p={policy}{strict}")
    except _Unasked as error:
        return Said(is_well=None, detail=f"DNS gave no answer about _dmarc.{domain} ({error})")
    advice = f"Add a TXT record at _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:you@{domain}"
    return Said(is_well=False, detail=f"{domain} has no DMARC record, which bulk senders must have", remedy=advice)


def is_aligned(signing: str, sending: str) -> bool:
    """Return whether a signature of *signing* speaks for mail from *sending*, as DMARC's relaxed alignment has it.

    The same organisation: one domain lies in the other. Without a list of public suffixes this errs for neither.
    """
    a, b = signing.lower().rstrip("."), sending.lower().rstrip(".")
    return a == b or a.endswith(f".{b}") or b.endswith(f".{a}")


def try_login(server: SmtpServer, trust: ssl.SSLContext | None = None) -> Said:
    """Say whether the mail server greets us, speaks TLS as it should, and takes our login. Nothing is sent."""
    context = trust or ssl.create_default_context()
    where = f"{server.host}:{server.port}"
    try:
        with _connect(server, context) as smtp:
            smtp.ehlo()
            if server.security is Security.STARTTLS:
                smtp.starttls(context=context)
                smtp.ehlo()
            if server.user is not None:
                smtp.login(server.user, server.password or "")
    except smtplib.SMTPAuthenticationError:
        return Said(is_well=False, detail=f"{where} refuses the login", remedy="Mend user and password in SMTP_URL.")
    except ssl.SSLError as error:
        advice = "Is the host's name in its certificate, and the port right?"
        return Said(is_well=False, detail=f"{where}: {error.reason or 'TLS failed'}", remedy=advice)
    except smtplib.SMTPException as error:
        return Said(is_well=False, detail=f"{where}: {type(error).__name__}", remedy="See what the server allows.")
    except OSError as error:
        advice = "Is SMTP_URL right, and may this machine reach it?"
        return Said(is_well=False, detail=f"{where} does not answer ({error.strerror or error})", remedy=advice)
    return Said(is_well=True, detail=f"{where} takes our login" if server.user else f"{where} takes our mail")


def try_mailbox(mailbox: Mailbox) -> Said:
    """Say whether a mailbox takes our login and has the folder. Nothing is read."""
    try:
        with mailbox.open():
            return Said(is_well=True, detail=mailbox.name)
    except Misconfigured as error:
        return Said(is_well=False, detail=str(error), remedy="Mend FIFTHTOUCH_IMAP_URL.")
    except Unavailable as error:
        return Said(is_well=False, detail=str(error), remedy="Is the host right, and may this machine reach it?")


def _connect(server: SmtpServer, context: ssl.SSLContext) -> smtplib.SMTP:
    name = socket.gethostname()  # given, so that the library does not ask DNS for a longer one
    if server.security is Security.IMPLICIT:
        return smtplib.SMTP_SSL(server.host, server.port, local_hostname=name, timeout=SMTP_SECONDS, context=context)
    return smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=SMTP_SECONDS)


def _and_parent(domain: str) -> tuple[str, ...]:
    labels = domain.split(".")
    return (domain,) if len(labels) <= 2 else (domain, ".".join(labels[1:]))  # noqa: PLR2004 - a domain and its suffix


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
