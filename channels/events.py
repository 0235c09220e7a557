"""What a provider or a lead said later, in one vocabulary for all providers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from channels.address import Channel
from channels.message import MessageId


class EventKind(StrEnum):
    """What happened to a message, or because of it."""

    ACCEPTED = "accepted"  # the provider took it: evidence for a call whose outcome was unknown
    DELIVERED = "delivered"  # handed to the mailbox, the handset or the voicemail box
    DEFERRED = "deferred"  # the far side asked the provider to wait; delivered or bounced should follow
    BOUNCED = "bounced"  # the address is dead, for good
    UNDELIVERED = "undelivered"  # it did not arrive this time; the address may still be good
    OPENED = "opened"  # the email was displayed; a machine's opening is marked
    CLICKED = "clicked"  # a link was followed; a machine's click is marked
    REPLIED = "replied"  # a person, or their auto-reply, answered
    CALLED = "called"  # the lead called in
    CONNECTED = "connected"  # a lead in a call was put through to a person
    MISSED = "missed"  # a lead called in, or asked for a person in a call, and reached nobody
    COMPLAINED = "complained"  # the lead pressed "this is spam"
    UNSUBSCRIBED = "unsubscribed"  # one click, the page, or a keypress: a stop without words
    RESUBSCRIBED = "resubscribed"  # START, or the page: the lead opted in again
    UNKNOWN = "unknown"  # kept as it came; no table knows it yet


class CallOutcome(StrEnum):
    """How a call made by machine ended. Listed weakest first: a later word never undoes a stronger one."""

    FAILED = "failed"  # the call could not be made, or nothing that could listen answered
    BUSY = "busy"  # the line was taken
    NO_ANSWER = "no_answer"  # nobody answered, or nobody stayed to listen
    MACHINE = "machine"  # an answering machine took the message
    HUMAN = "human"  # a person answered, as far as could be told


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """One thing a provider reported; (*provider*, *event_id*) is unique, so hearing it twice changes nothing."""

    provider: str
    event_id: str
    kind: EventKind
    channel: Channel
    at: datetime
    message_id: MessageId | None = None
    provider_message_id: str | None = None
    address: str | None = None
    text: str | None = None  # what a reply says, or the link that was clicked
    machine: bool = False  # opened or clicked by a scanner or a proxy, not a person
    outcome: CallOutcome | None = None  # how the call ended, where it is about one
    extra: Mapping[str, Any] = field(default_factory=dict)
