"""Texts through Twilio."""

from collections.abc import Iterator, Sequence
from functools import partial

from channels.accounts import TwilioAccount
from channels.adapter import Deadline
from channels.address import Channel
from channels.answers import send_over
from channels.message import MessageId, Outbound, Receipt, TextContent
from channels.transport import MayStart, Transport
from channels.webhooks.twilio_fields import PROVIDER

VALIDITY_SECONDS = 900
"""A text that waits longer in Twilio's own queue is not sent: nobody is written to long after a stop, or at night."""


class TwilioSms:
    """The adapter for the texts of one Twilio account."""

    name = PROVIDER
    channel = Channel.SMS

    def __init__(self, transport: Transport, account: TwilioAccount) -> None:
        # The library takes a quarter of a second to load, which only those who need it should pay.
        from channels.twilio_client import make_client

        self._transport = transport
        self._account = account
        self._client = make_client(transport, account)

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Ask Twilio for every text of *batch*, many at a time."""
        return send_over(self._transport, batch, deadline, self._send_one)

    async def _send_one(self, message: Outbound, may_start: MayStart) -> Receipt:
        from channels.twilio_client import callback, create

        assert isinstance(message.content, TextContent)
        service = self._account.messaging_service
        make = partial(
            self._client.messages.create_async,
            to=message.to,
            body=message.content.body,
            status_callback=callback(self._account, "status", message),
            validity_period=VALIDITY_SECONDS,
            **({"messaging_service_sid": service} if service else {"from_": message.sender}),
        )
        return await create(make, may_start)
