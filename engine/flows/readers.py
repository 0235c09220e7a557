"""The leads there are, as the checks of content ask about them."""

from engine.content.checking.audience import Reader
from engine.store.database import Connection
from engine.store.readership import open_leads


def readers(connection: Connection) -> tuple[Reader, ...]:
    """Return every lead still followed up, the newest first; of more than 50,000 the newest."""
    return tuple(Reader(lead=lead, may_text=may_text) for lead, may_text in open_leads(connection))
