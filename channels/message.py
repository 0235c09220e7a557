"""What an adapter is handed, and what it says at once: a message out, a receipt back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from channels.address import Channel

MessageId = NewType("MessageId", str)
"""Minted by us; it travels with the message and returns in every delivery event."""

AttemptId = NewType("AttemptId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailContent:
    """One email as the lead will read it."""

    subject: str
    html: str
    text: str
    preheader: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextContent:
    """One text message."""

    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailContent:
    """What is left after the beep; *human_script* is what a person who answers hears instead."""

    script: str
    human_script: str = ""
    audio_url: str | None = None


Content = EmailContent | TextContent | VoicemailContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message to one address, ready for the wire; with *is_test* it is no lead's, and nobody answers it."""

    id: MessageId
    attempt_id: AttemptId
    channel: Channel
    to: str
    to_name: str
    sender: str
    sender_name: str
    content: Content
    reply_to: str | None = None
    is_test: bool = False


class ReceiptKind(StrEnum):
    """What the provider said at once."""

    ACCEPTED = "accepted"  # the provider took it; delivery follows as events
    REFUSED = "refused"  # the provider provably did not take it
    NEVER_STARTED = "never_started"  # no byte of the request left: the deadline passed, or no connection was had
    UNKNOWN = "unknown"  # bytes left and no answer came: it may or may not arrive


class Fault(StrEnum):
    """Why a message was refused, by what can be done about it."""

    DEAD_ADDRESS = "dead_address"  # nobody lives there: stop using the address
    OPTED_OUT = "opted_out"  # the provider knows of a stop that we do not
    CONTENT = "content"  # this text will never be taken
    CONFIGURATION = "configuration"  # our keys, sender or account: the operator must act
    THROTTLED = "throttled"  # too fast: again later
    TRANSIENT = "transient"  # the provider is unwell: again later
    UNCLASSIFIED = "unclassified"  # a code that no table knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The provider's immediate answer for one message; *retry_after_seconds* is the provider's own wish.

    What never started for a reason of ours (*is_ours*: too late, or this process ends) tells nothing of the provider.
    With *only_this_channel* a dead address may still be reached by another channel: a landline takes calls, no texts.
    """

    kind: ReceiptKind
    provider_id: str | None = None
    fault: Fault | None = None
    detail: str = ""
    retry_after_seconds: float | None = None
    only_this_channel: bool = False
    is_ours: bool = False

    def __post_init__(self) -> None:
        assert (self.fault is not None) == (self.kind is ReceiptKind.REFUSED)

    @classmethod
    def accepted(cls, provider_id: str) -> "Receipt":
        """Return the receipt of a message that the provider took."""
        return cls(kind=ReceiptKind.ACCEPTED, provider_id=provider_id)

    @classmethod
    def refused(cls, fault: Fault, detail: str, *, retry_after_seconds: float | None = None) -> "Receipt":
        """Return the receipt of a message that the provider provably did not take."""
        return cls(kind=ReceiptKind.REFUSED, fault=fault, detail=detail, retry_after_seconds=retry_after_seconds)

    @classmethod
    def never_started(cls, detail: str) -> "Receipt":
        """Return the receipt of a message of which no byte left."""
        return cls(kind=ReceiptKind.NEVER_STARTED, detail=detail)

    @classmethod
    def too_late(cls) -> "Receipt":
        """Return the receipt of a message whose deadline had passed when its turn came."""
        return cls(kind=ReceiptKind.NEVER_STARTED, detail="the deadline had passed", is_ours=True)

    @classmethod
    def unknown(cls, detail: str) -> "Receipt":
        """Return the receipt of a message that left without an answer."""
        return cls(kind=ReceiptKind.UNKNOWN, detail=detail)
