"""A mail relay as it looks from outside: EHLO, STARTTLS and AUTH where asked for, mail taken or refused."""

import asyncio
import secrets
import socket
import ssl
import struct
from collections.abc import Callable, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from weakref import WeakKeyDictionary

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from channels.address import Channel
from channels.standin.account import Accepted, Provider, find_message_id
from channels.standin.clock import Now
from channels.standin.faults import Fault, FaultKind, Faults

HOSTNAME = "relay.standin.test"

Take = Callable[[Sequence[Accepted], bool], None]
"""Keeps what was accepted; the second argument says whether the lead then does anything."""

Refusal = Callable[[str], str | None]
"""Says with which reply a recipient is refused, None to take it."""


class Relay:
    """One relay: the events of its conversations, by the names that the library calls."""

    def __init__(
        self,
        faults: Faults,
        take: Take,
        *,
        now: Now,
        refusal: Refusal,
        login: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._faults = faults
        self._take = take
        self._now = now
        self._refusal = refusal
        self._login = login
        self._tls = tls
        self._struck: WeakKeyDictionary[Session, Fault | None] = WeakKeyDictionary()

    def conversation(self, *, is_tls_already: bool = False) -> SMTP:
        """Return the server's side of a new connection."""
        return SMTP(
            self,
            hostname=HOSTNAME,
            ident="stand-in",
            enable_SMTPUTF8=True,
            tls_context=None if is_tls_already else self._tls,
            require_starttls=self._tls is not None and not is_tls_already,
            auth_required=self._login is not None and self._tls is not None and not is_tls_already,
            # On loopback a password in the clear is nobody's loss; without a login none is offered.
            auth_require_tls=self._login is None or (self._tls is not None and not is_tls_already),
            authenticator=self._authenticate if self._login else None,
            timeout=60,
        )

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> Any:
        if not isinstance(given, LoginPassword) or self._login is None:
            return AuthResult(success=False, handled=False)
        user, password = (one.encode() for one in self._login)
        fits = secrets.compare_digest(given.login, user) and secrets.compare_digest(given.password, password)
        return AuthResult(success=fits, handled=fits, message=None if fits else "535 5.7.8 Authentication failed")

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, or let the fault of this message begin."""
        if self._login is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        fault = self._faults.take(Provider.SMTP)
        self._struck[session] = fault
        if fault is not None and fault.kind is FaultKind.RESET_EARLY:
            _reset(server)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, unless nobody lives there."""
        refused = self._refusal(address)
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take the mail, or do with it what the fault wants."""
        fault = self._struck.get(session)
        queue_id = secrets.token_hex(5).upper()
        taken = f"250 2.0.0 Ok: queued as {queue_id}"
        if fault is None or fault.is_accepting:
            mutes = fault is not None and fault.kind is FaultKind.MUTE
            self._take(self._messages(envelope, queue_id), not mutes)
        if fault is None:
            return taken
        match fault.kind:
            case FaultKind.MUTE:
                return taken
            case FaultKind.SLOW:
                await asyncio.sleep(fault.seconds)
                return taken
            case FaultKind.SILENT:
                await asyncio.Event().wait()
            case FaultKind.RESET_LATE | FaultKind.RESET_EARLY:
                _reset(server)
            case FaultKind.MALFORMED:
                return "Ok, thank you"
        return _complaint(fault)

    def _messages(self, envelope: Envelope, queue_id: str) -> list[Accepted]:
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        headers = {name: str(value) for name, value in mail.items()}
        sender = envelope.mail_from or ""
        return [
            Accepted(
                provider=Provider.SMTP,
                channel=Channel.EMAIL,
                provider_id=queue_id,
                message_id=find_message_id(headers.get("Message-ID", ""), *headers.values()),
                to=to,
                sender=sender,
                received_at=self._now(),
                subject=headers.get("Subject", ""),
                text=_part(mail, "plain"),
                html=_part(mail, "html"),
                headers=headers,
                # Latin-1 gives every byte a character, so that a signature can be checked over the very same bytes.
                raw=content.decode("latin-1"),
            )
            for to in envelope.rcpt_tos
        ]


def _part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    return str(found.get_content()).replace("\r\n", "\n") if found is not None else ""


def _complaint(fault: Fault) -> str:
    if fault.kind is FaultKind.THROTTLE:
        return f"{fault.status or 451} {fault.message or '4.7.1 Too fast, try again later'}"
    if fault.kind is FaultKind.REFUSE:
        return f"{fault.status or 550} {fault.message or '5.7.1 Refused'}"
    return f"{fault.status or 421} {fault.message or '4.3.2 The service is not available'}"


def _reset(server: SMTP) -> None:
    """Cut the connection the hard way, and never answer."""
    transport: Any = server.transport
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
