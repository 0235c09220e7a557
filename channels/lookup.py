"""Ask a provider whether it took a message of which we have no answer: evidence before a person is asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.address import Channel
from channels.message import MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A message that may have been taken between *since* and *until*; *text* is the body of a text, else empty."""

    message_id: MessageId
    channel: Channel
    to: str
    sender: str
    text: str
    since: datetime
    until: datetime


class Lookup(Protocol):
    """Looks into what a provider shows of its own account. It never changes anything there."""

    def find(self, sought: Sought) -> str | None:
        """Return the provider's own id of the one message that can only be *sought*; None proves nothing.

        None is also the answer where there are several candidates, and where the account may not look.
        Raises `Unavailable` for no answer, or for one that cannot be read.
        """
        ...
