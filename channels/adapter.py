"""The seam between the engine and a provider: one method, a batch in, receipts out as they come."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from channels.address import Channel
from channels.message import AttemptId, MessageId, Outbound, Receipt


class Deadline(Protocol):
    """The last instant at which a call may start, kept by whoever wrote the attempt."""

    def may_start(self, attempt_id: AttemptId) -> bool:
        """Return whether the call for *attempt_id* may start now, and note on disk that it does.

        An adapter asks on an open connection, right before the request's first byte (SMTP: before MAIL FROM).
        After a no it sends nothing and gives `Receipt.never_started`.
        """
        ...


class Adapter(Protocol):
    """Code for one provider of one channel."""

    @property
    def name(self) -> str:
        """The provider's name, as it stands on attempts and events: `sandbox`, `sendgrid`, `smtp`, `twilio`."""
        ...

    @property
    def channel(self) -> Channel:
        """The channel it serves."""
        ...

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Send every message of *batch*, yielding each receipt as soon as it is known.

        Yields exactly one receipt per message, in any order; never raises for what a provider says or fails to say.
        """
        ...
