"""Prove the ledger: recompute its chain, and tell its head for keeping outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.chain import Anchor, Verdict, anchor_from, examine
from consent.ledger import GENESIS
from engine.flows.kit import Kit
from engine.store import audit, chain, seals

ANCHORED = "ledger.anchored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """The head of the chain after seal *number*, and how many facts came too late for it."""

    number: int
    head: str
    at: datetime
    unsealed: int

    @property
    def text(self) -> str:
        """What is written down: HEAD@NUMBER."""
        return f"{self.head}@{self.number}"


def verify(kit: Kit, anchors: Sequence[Anchor] = ()) -> Verdict:
    """Recompute the chain from its first fact; *anchors*, and those of the audit log, must stand where they say."""
    with kit.database.read() as connection:
        told = [anchor_from(subject) for subject in audit.subjects_of(connection, ANCHORED)]
        known = (*anchors, *(one for one in told if one is not None))
        return examine(chain.links(connection), chain.sealed(connection), chain.unsealed(connection), known)


def anchor(kit: Kit, *, by: str) -> Anchored:
    """Return the head of the chain as it is now, and note in the audit log that *by* asked for it."""
    with kit.database.write() as connection:
        number, head = seals.last(connection) or (0, GENESIS)
        now = kit.database.now(connection)
        told = Anchored(number=number, head=head, at=now, unsealed=chain.unsealed_count(connection))
        audit.note(connection, row_id=kit.ids.new(), at=now, actor=by, action=ANCHORED, subject=told.text)
    return told
