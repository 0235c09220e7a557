"""What a message gets on its way out that depends on this installation: where answers go, what links report, who is let."""

from collections.abc import Callable
from dataclasses import dataclass

from channels.address import Channel
from channels.message import EmailContent, MessageId

RESERVED_ADDRESS = "reserved_address"
"""Why an example's address is never written to by a real provider: it reaches nobody, and never will."""

NOT_ON_ALLOW_LIST = "not_on_allow_list"
"""Why an address waits while the installation writes only to those it was told: the list may grow."""


def _nowhere(_message_id: MessageId) -> str | None:
    return None


def _of_no_message(_token: str) -> MessageId | None:
    return None


def _as_it_is(_message_id: MessageId, content: EmailContent) -> EmailContent:
    return content


def _nobody(_channel: Channel, _address: str) -> bool:
    return False


def _everybody(_channel: Channel, _address: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What is asked about every message that leaves, and about answers; the defaults suit a simulation."""

    reply_to: Callable[[MessageId], str | None] = _nowhere  # the address that brings an answer back to its message
    answered: Callable[[str], MessageId | None] = _of_no_message  # whose token an answer brings; None for forged ones
    track: Callable[[MessageId, EmailContent], EmailContent] = _as_it_is  # links and opening report to us
    # Why no real provider writes to this address from here, or None; the sandbox reaches nobody anyway.
    keep_back: Callable[[Channel, str], str | None] = _everybody
    # Whether a real provider may send a test there: the operator named the address beforehand.
    takes_tests: Callable[[Channel, str], bool] = _nobody
