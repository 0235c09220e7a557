"""What providers themselves hold against addresses: their own lists of those who unsubscribed, complained or bounced."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.address import AddressKind
from channels.events import EventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One address on a list, in canonical form."""

    address: str
    meaning: EventKind  # unsubscribed, complained or bounced


class ProviderList(Protocol):
    """A list that a provider keeps."""

    @property
    def name(self) -> str:
        """What tells it from every other list, such as `sendgrid.bounces`."""
        ...

    @property
    def kind(self) -> AddressKind:
        """Of which kind its addresses are."""
        ...

    def pages(self, since: datetime | None, until: datetime) -> Iterator[Sequence[Listed]]:
        """Yield what was put on it from *since* to *until*, in any order; None means from the beginning.

        Raises `Unavailable`, or `Misconfigured` where our key may not read it.
        """
        ...
