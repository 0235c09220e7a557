"""What we are to each provider: where it is, and with which keys; read from settings once, by `engine.bootstrap`."""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from channels.errors import Misconfigured

SENDGRID_URL = "https://api.sendgrid.com"
TWILIO_URL = "https://api.twilio.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGridAccount:
    """A SendGrid account; *url* is another region's, or a stand-in's."""

    api_key: str = field(repr=False)
    url: str = SENDGRID_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """A Twilio account; its callbacks go to *public_url*, our own web server as Twilio reaches it, without end slash.

    With *messaging_service* texts are sent through that service, which chooses among its numbers.
    """

    sid: str
    auth_token: str = field(repr=False)
    public_url: str
    url: str = TWILIO_URL
    messaging_service: str | None = None


class Security(StrEnum):
    """How a conversation with a mail server is kept secret."""

    STARTTLS = "starttls"  # asked for after the greeting, and insisted on
    IMPLICIT = "implicit"  # TLS from the first byte
    NONE = "none"  # in the clear: for a relay on this machine only


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """A relay that takes our mail; without *user* it asks for no login."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapAccount:
    """A mailbox whose mail we read: one *folder* of one *user*."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"

    @property
    def name(self) -> str:
        """Which mailbox it is, without anything secret."""
        return f"{self.user} at {self.host}:{self.port}, {self.folder}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """What our mail is signed with where we sign it: *selector*._domainkey.*domain* holds the public half."""

    domain: str
    selector: str
    private_key: str = field(repr=False)  # PEM: RSA of 2048 bits or more, or Ed25519


_SCHEMES = {"smtp": (587, Security.STARTTLS), "smtps": (465, Security.IMPLICIT), "smtp+plain": (25, Security.NONE)}
_IMAP_SCHEMES = {"imaps": (993, Security.IMPLICIT), "imap+plain": (143, Security.NONE)}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def read_smtp_url(text: str) -> SmtpServer:
    """Return the server of `smtp://USER:PASSWORD@HOST:PORT` (STARTTLS), `smtps://` (TLS at once) or `smtp+plain://`.

    Raises `Misconfigured`, naming nothing secret. In the clear only this machine is spoken to.
    """
    try:
        parts = urlsplit(text)
        port, security = _SCHEMES[parts.scheme]
        host, given = parts.hostname or "", parts.port
    except (KeyError, ValueError):
        raise Misconfigured("SMTP_URL must be like smtp://USER:PASSWORD@HOST:587 or smtps://HOST:465") from None
    if not host:
        raise Misconfigured("SMTP_URL names no host")
    if security is Security.NONE and host not in _LOOPBACK:
        raise Misconfigured("SMTP_URL: smtp+plain is for a relay on this machine; use smtp:// or smtps://")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return SmtpServer(host=host, port=given or port, security=security, user=user, password=password)


def read_imap_url(text: str) -> ImapAccount:
    """Return the mailbox of `imaps://USER:PASSWORD@HOST:PORT/FOLDER` (TLS) or `imap+plain://` on this machine.

    Without a folder it is the inbox. Raises `Misconfigured`, naming nothing secret.
    """
    try:
        parts = urlsplit(text)
        port, security = _IMAP_SCHEMES[parts.scheme]
        host, given = parts.hostname or "", parts.port
    except (KeyError, ValueError):
        raise Misconfigured("FIFTHTOUCH_IMAP_URL must be like imaps://USER:PASSWORD@HOST/FOLDER") from None
    if not (host and parts.username and parts.password):
        raise Misconfigured("FIFTHTOUCH_IMAP_URL must name user, password and host: imaps://USER:PASSWORD@HOST/FOLDER")
    if parts.query or parts.fragment:
        raise Misconfigured("FIFTHTOUCH_IMAP_URL: write ? as %3F and # as %23, in the password too")
    if security is Security.NONE and host not in _LOOPBACK:
        raise Misconfigured("FIFTHTOUCH_IMAP_URL: imap+plain is for a server on this machine; use imaps://")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    words = (host, unquote(parts.username), unquote(parts.password), folder)
    if any(not word.isprintable() for word in words):
        raise Misconfigured("FIFTHTOUCH_IMAP_URL holds a sign that cannot be printed, such as a line break")
    return ImapAccount(
        host=host, port=given or port, security=security, user=words[1], password=words[2], folder=folder
    )
