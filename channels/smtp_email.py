"""Email through a mail server of one's own choice, by SMTP (RFC 5321), signed by us where the server does not sign."""

import asyncio
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from channels.accounts import DkimKey, SmtpServer
from channels.adapter import Deadline
from channels.address import Channel
from channels.dkim import Signer
from channels.mail_headers import Unmailable, message_id
from channels.message import Fault, MessageId, Outbound, Receipt
from channels.mime import Mail, mailbox, write_mail
from channels.smtp_dialogue import MayStart, hand_over
from channels.smtp_pool import Limits, NotOpened, Pool
from channels.transport import Transport

NAME = "smtp"


class SmtpEmail:
    """The adapter for one mail server. Conversations stay open between batches, on the loop of *transport*."""

    name = NAME
    channel = Channel.EMAIL

    def __init__(
        self,
        transport: Transport,
        server: SmtpServer,
        dkim: DkimKey | None = None,
        *,
        now: Callable[[], datetime],
        limits: Limits | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare for *server*; *now* dates mails, *trust* is whose certificates are believed, else this machine's.

        Raises `Misconfigured` for a key that cannot sign.
        """
        self._transport = transport
        self._server = server
        self._signer = Signer(dkim) if dkim is not None else None
        self._now = now
        self._limits = limits or Limits()
        self._trust = trust or ssl.create_default_context()
        # A loop that ended takes its conversations with it; a forked child must not touch those of its parent.
        self._pools: dict[asyncio.AbstractEventLoop, Pool] = {}

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Send every message of *batch*, many at once; what cannot be written as a mail is refused."""
        jobs = {}
        for outbound in batch:
            mail = self._write(outbound)
            if isinstance(mail, Receipt):
                yield outbound.id, mail
            else:
                may_start = partial(deadline.may_start, outbound.attempt_id)
                jobs[outbound.id] = partial(self._send, mail, message_id(outbound).strip("<>"), may_start)
        for message, told in self._transport.stream(jobs):
            yield message, told if isinstance(told, Receipt) else Receipt.unknown(f"it ended early: {told!r}"[:300])

    def _write(self, outbound: Outbound) -> Mail | Receipt:
        try:
            mailbox(outbound.sender)
            if outbound.reply_to:
                mailbox(outbound.reply_to)
        except Unmailable as error:
            return Receipt.refused(Fault.CONFIGURATION, f"the sender's address or Reply-To: {error}")
        try:
            mail = write_mail(outbound, at := self._now())
        except Unmailable as error:
            return Receipt.refused(Fault.CONTENT, f"the lead's address: {error}")
        return mail if self._signer is None else replace(mail, data=self._signer.sign(mail.data, at))

    async def _send(self, mail: Mail, provider_id: str, may_start: MayStart) -> Receipt:
        try:
            async with self._pool().connection() as connection:
                return await hand_over(connection, mail, provider_id, may_start, self._limits)
        except NotOpened as trouble:
            if trouble.fault is not None:
                return Receipt.refused(trouble.fault, trouble.detail)
            return Receipt.never_started(trouble.detail)

    def _pool(self) -> Pool:
        loop = asyncio.get_running_loop()
        if loop not in self._pools:
            self._pools[loop] = Pool(self._server, self._limits, self._trust)
        return self._pools[loop]
