"""Hand one mail over to a mail server. The step at which a dialogue breaks off says what became of the mail.

Until the dot that ends it has been sent, a server must not take a mail (RFC 5321 4.1.1.4); after that nobody but the server
knows, until it answers.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiosmtplib import SMTPException, SMTPResponse

from channels.address import mask
from channels.mail_headers import one_line
from channels.message import Fault, Receipt
from channels.mime import Mail
from channels.smtp_pool import Connection, Limits
from channels.smtp_replies import Step, read_refusal

DETAIL_CHARACTERS_MAX = 300
GO_AHEAD = 354
ACCEPTED = range(200, 300)
REFUSED = range(400, 600)

BUFFER_SECONDS = 0.01  # between looks at what the network has not taken yet; most mails leave at once
LOST = "the connection was lost"

MayStart = Callable[[], bool]


class _Refused(Exception):
    def __init__(self, step: Step, reply: SMTPResponse) -> None:
        super().__init__()
        self.step = step
        self.reply = reply


async def hand_over(
    connection: Connection, mail: Mail, provider_id: str, may_start: MayStart, limits: Limits
) -> Receipt:
    """Send *mail* on *connection*, which stays usable or is dropped; return what the server said. Never raises for it."""
    if mail.is_international and not connection.smtp.supports_extension("smtputf8"):
        detail = "the mail server takes no international addresses (SMTPUTF8), and this one's name is not ASCII"
        return Receipt.refused(Fault.CONTENT, detail)
    if not may_start():
        return Receipt.too_late()
    dialogue = _Dialogue(connection, limits)
    try:
        reply = await dialogue.run(mail)
    except _Refused as refusal:
        await dialogue.begin_anew(refusal)
        return _refused(refusal, mail)
    except (SMTPException, OSError, ValueError, asyncio.CancelledError) as error:
        connection.drop()
        return _broken_off(dialogue.step, error)
    if reply.code in ACCEPTED:
        return replace(Receipt.accepted(provider_id), detail=_told(reply, mail))
    connection.drop()
    return Receipt.unknown(f"the answer to {Step.END} was none: {_told(reply, mail)}")


class _Dialogue:
    """One mail's way through the commands of RFC 5321."""

    def __init__(self, connection: Connection, limits: Limits) -> None:
        self.step = Step.SENDER
        self._connection = connection
        self._smtp = connection.smtp
        self._limits = limits

    async def run(self, mail: Mail) -> SMTPResponse:
        """Return the server's last answer, unless it refuses before or with it."""
        await self._say(Step.SENDER, self._sender(mail))
        await self._say(Step.ADDRESS, f"RCPT TO:<{mail.to}>")
        await self._say(Step.DATA, "DATA")
        await self._send_body(mail.data)
        return await self._say(Step.END, ".", self._limits.end_seconds)

    async def begin_anew(self, refusal: _Refused) -> None:
        """Leave the conversation as it was before the mail (RSET), or hang up."""
        if refusal.step in {Step.SENDER, Step.END} or not self._connection.is_open:
            return
        try:
            reset = await self._smtp.execute_command(b"RSET", timeout=self._limits.step_seconds)
        except (SMTPException, OSError):
            self._connection.drop()
            return
        if reset.code not in ACCEPTED:
            self._connection.drop()

    def _sender(self, mail: Mail) -> str:
        size = f" SIZE={len(mail.data)}" if self._smtp.supports_extension("size") else ""
        return f"MAIL FROM:<{mail.sender}>{size}{' SMTPUTF8' if mail.is_international else ''}"

    async def _say(self, step: Step, command: str, seconds: float | None = None) -> SMTPResponse:
        self.step = step
        reply = await self._smtp.execute_command(command.encode(), timeout=seconds or self._limits.step_seconds)
        if reply.code in REFUSED:
            raise _Refused(step, reply)
        if step is not Step.END and reply.code not in ACCEPTED and (step, reply.code) != (Step.DATA, GO_AHEAD):
            raise SMTPException(f"the answer makes no sense: {reply.code}")
        return reply

    async def _send_body(self, data: bytes) -> None:
        """Send all but the dot, and see it leave: a connection that breaks before the dot leaves no doubt."""
        self.step = Step.BODY
        protocol = self._smtp.protocol
        transport: Any = protocol.transport if protocol is not None else None
        if protocol is None or transport is None:
            raise SMTPException(LOST)
        protocol.write(stuffed(data))
        async with asyncio.timeout(self._limits.step_seconds):
            await asyncio.sleep(0)  # the loop's next round brings the news, if the far side has hung up
            while protocol.is_connected and transport.get_write_buffer_size():  # noqa: ASYNC110 - nothing else tells
                await asyncio.sleep(BUFFER_SECONDS)
        if not protocol.is_connected:
            raise SMTPException(LOST)


def stuffed(data: bytes) -> bytes:
    """Return *data* with a dot before each dot that begins a line (RFC 5321 4.5.2)."""
    return (b"\r\n" + data).replace(b"\r\n.", b"\r\n..")[2:]


def _refused(refusal: _Refused, mail: Mail) -> Receipt:
    fault = read_refusal(refusal.step, refusal.reply.code, refusal.reply.message)
    return Receipt.refused(fault, f"{refusal.step}: {_told(refusal.reply, mail)}")


def _broken_off(step: Step, error: BaseException) -> Receipt:
    closed = isinstance(error, asyncio.CancelledError)
    said = "closed while under way" if closed else one_line(str(error) or type(error).__name__)
    detail = f"broken off at {step}: {said}"[:DETAIL_CHARACTERS_MAX]
    return Receipt.unknown(detail) if step is Step.END else Receipt.refused(Fault.TRANSIENT, detail)


def _told(reply: SMTPResponse, mail: Mail) -> str:
    """Return a reply for the record, which many servers begin with the address."""
    words = one_line(f"{reply.code} {reply.message}").replace(mail.to, mask(mail.to))
    return words[:DETAIL_CHARACTERS_MAX]
