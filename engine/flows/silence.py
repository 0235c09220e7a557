"""Watch whether providers still call back about what they took, and hold a sender of whom nothing is heard."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from engine.flows.kit import Kit
from engine.flows.matching import Heard
from engine.store import senders
from engine.store.database import Connection

HEARD_EVERY = timedelta(seconds=30)
"""How exact the note is of when a sender was last heard of: its row is busy enough."""


def unheard_of(connection: Connection, heard: Sequence[Heard], now: datetime) -> set[str]:
    """Return the senders whose provider calls back about them now, where that was last noted a while ago."""
    told = {
        one.message.sender_id
        for one in heard
        if one.message and one.message.sender_id and one.message.provider in {None, one.event.provider}
    }
    return senders.heard_before(connection, told, now - HEARD_EVERY) if told else set()


def note_heard(kit: Kit, sender_ids: Collection[str]) -> None:
    """Note that these senders were heard of, in a transaction that waits for nobody else's leads."""
    if not sender_ids:
        return
    with kit.database.write() as connection:
        senders.note_heard(connection, sender_ids, kit.database.now(connection))
