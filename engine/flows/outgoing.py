"""What a message gets on its way out that depends on this installation: where answers go, what links report, who is let."""

from collections.abc import Callable
from dataclasses import dataclass

from channels.address import Channel
from channels.message import EmailContent, MessageId


def _nowhere(_message_id: MessageId) -> str | None:
    return None


def _as_it_is(_message_id: MessageId, content: EmailContent) -> EmailContent:
    return content


def _everybody(_channel: Channel, _address: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Three questions asked of every message that leaves; the defaults suit a simulation."""

    reply_to: Callable[[MessageId], str | None] = _nowhere  # the address that brings an answer back to its message
    track: Callable[[MessageId, EmailContent], EmailContent] = _as_it_is  # links and opening report to us
    keep_back: Callable[[Channel, str], str | None] = (
        _everybody  # why this address is not written to from here, or None
    )
