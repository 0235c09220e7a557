"""Has a provider fallen silent: it takes our messages, and nobody tells us what became of them."""

from collections.abc import Collection
from datetime import datetime, timedelta

SILENT_AFTER = timedelta(minutes=30)
"""A provider says within seconds that it took a message, and a lead's mailbox within minutes that it has it."""

UNHEARD_MIN = 10
"""So many messages in a row of which nothing is heard are no coincidence."""


def is_silent(accepted_at: Collection[datetime], *, heard_at: datetime | None, now: datetime) -> bool:
    """Return whether nothing was heard since *heard_at* though messages were taken at each of *accepted_at*.

    Only those count that were taken after anything was last heard, and so long ago that something should have been.
    """
    unheard = [at for at in accepted_at if at <= now - SILENT_AFTER and (heard_at is None or at > heard_at)]
    return len(unheard) >= UNHEARD_MIN
