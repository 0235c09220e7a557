"""What every flow needs at hand, put together once in `bootstrap`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from channels.adapter import Adapter
from channels.address import Channel
from channels.alarm import Alarm
from channels.imap import Mailbox
from channels.lookup import Lookup
from channels.posting import Poster
from channels.provider_lists import ProviderList
from consent.rulebook import Rulebook
from engine.clock import Clock
from engine.content.variables import Links
from engine.flows.outgoing import Outgoing
from engine.flows.shelf import Shelf
from engine.flows.stride import Stride
from engine.ids import Ids
from engine.journal import Journal
from engine.store.address_keys import AddressKey
from engine.store.database import Database


def _never() -> bool:
    return False


CALL_BY = timedelta(seconds=2)
"""No call starts later than this after its attempt was committed; a stop waits as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The outside world as flows see it: each thing once, each replaceable."""

    database: Database
    clock: Clock
    ids: Ids
    rulebook: Rulebook
    address_key: AddressKey
    shelf: Shelf
    adapters: Mapping[tuple[str, Channel], Adapter]
    links: Callable[[str], Links]  # a lead's own links, by lead id
    journal: Journal
    journals: Path | None  # where journals of dead workers may be found; None where no process can die
    outgoing: Outgoing = field(default_factory=Outgoing)
    lists: Sequence[ProviderList] = ()  # what providers hold against addresses, read once a day
    alarm: Alarm | None = None  # how staff are told of incidents; None where they only see them
    mailbox: Mailbox | None = None  # where answers and bounces come to, read every minute
    lookups: Mapping[tuple[str, Channel], Lookup] = field(default_factory=dict)  # who shows what it took
    takes_mail: Callable[[str], bool | None] | None = None  # asks DNS about a domain; None where that is off
    poster: Poster | None = None  # how programs elsewhere are told what happens; None where nobody is told
    webhook_key: bytes = field(default=b"", repr=False)  # what the secrets of those programs are made of
    stride: Stride = field(default_factory=Stride)  # how many attempts go on record together
    is_stopping: Callable[[], bool] = _never  # whether this process was told to end: nothing new is begun

    def wait_out(self, call_by: datetime | None) -> None:
        """Wait until no call that was on record may start any more; *call_by* is None when none was.

        Not until *call_by*: the database's clock may jump, and whoever may still call counts by one that does not.
        """
        if call_by is not None:
            self.clock.sleep(CALL_BY.total_seconds())
