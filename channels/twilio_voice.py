"""Voicemail through Twilio: a call whose script our own web server gives out once somebody or something has answered."""

from collections.abc import Iterator, Sequence
from functools import partial

from channels.accounts import TwilioAccount
from channels.adapter import Deadline
from channels.address import Channel
from channels.answers import send_over
from channels.message import MessageId, Outbound, Receipt
from channels.transport import MayStart, Transport
from channels.webhooks.twilio_fields import PROVIDER

RING_SECONDS = 45
"""Longer than it takes a carrier's mailbox to pick up (20 to 30 s), shorter than a phone that rings for ever."""

DETECTION_SECONDS = 30
"""How long a greeting is listened to before it counts as unknown, which is treated as a person."""

EVENTS = ["initiated", "answered", "completed"]
"""That a call was taken, that somebody or something answered, and how it ended."""


class TwilioVoicemail:
    """The adapter for the voicemail of one Twilio account."""

    name = PROVIDER
    channel = Channel.VOICEMAIL

    def __init__(self, transport: Transport, account: TwilioAccount) -> None:
        # The library takes a quarter of a second to load, which only those who need it should pay.
        from channels.twilio_client import make_client

        self._transport = transport
        self._account = account
        self._client = make_client(transport, account)

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Place a call for every voicemail of *batch*; Twilio queues them at the account's own pace."""
        return send_over(self._transport, batch, deadline, self._send_one)

    async def _send_one(self, message: Outbound, may_start: MayStart) -> Receipt:
        from channels.twilio_client import callback, create

        # Detection is synchronous: the address is asked only when it is known who answered and a greeting has ended.
        make = partial(
            self._client.calls.create_async,
            to=message.to,
            from_=message.sender,
            url=callback(self._account, "voice/answer", message),
            method="POST",
            status_callback=callback(self._account, "voice/status", message),
            status_callback_method="POST",
            status_callback_event=EVENTS,
            machine_detection="DetectMessageEnd",
            machine_detection_timeout=DETECTION_SECONDS,
            timeout=RING_SECONDS,
        )
        return await create(make, may_start)
