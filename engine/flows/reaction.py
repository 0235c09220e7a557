"""One urgent event under way, and what comes of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from channels.events import ProviderEvent
from engine.flows.kit import Kit
from engine.flows.matching import Heard
from engine.store.database import Connection
from engine.store.leads import StoredLead


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """An event under way, inside its transaction; the leads it covers are locked."""

    kit: Kit
    connection: Connection
    heard: Heard
    now: datetime

    @property
    def event(self) -> ProviderEvent:
        """What was said."""
        return self.heard.event

    def speakers(self, covered: Sequence[StoredLead]) -> list[str]:
        """Return who spoke: whose message it is about, and somebody else who has the address it came from."""
        found = [one.lead.id for one in covered if one.lead.id == self.heard.lead_id]
        own = {address for one in covered if one.lead.id in found for address in (one.lead.email, one.lead.phone)}
        others = [one.lead.id for one in covered if one.lead.id in self.heard.holders[:1]]
        return [str(one) for one in (found if self.event.address in own else [*found, *others])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What came of it: until when calls may still start, and whether it tells about the message's delivery."""

    call_by: datetime | None = None
    is_delivery: bool = True


def latest(instants: Iterable[datetime | None]) -> datetime | None:
    """Return the last of *instants*, None where there is none."""
    return max((one for one in instants if one is not None), default=None)
