"""Say nothing twice: the same words to one address within a day are a mistake, whichever sequence they come from.

A fault of ours, two sequences with one text, a list loaded twice: the lead sees the same message again. Confirmations, answers
and texts to missed callers are aside, for each answers something that was asked anew; so is a message that is tried again.
A reminder is not: with the same words it tells nothing new, and one that tells another hour has other words.
"""

from collections.abc import Collection, Iterable
from dataclasses import astuple
from datetime import datetime, timedelta
from hashlib import blake2b

from channels.message import Content, EmailContent, TextContent
from engine.content.variables import Links
from engine.store import messages
from engine.store.database import Connection
from engine.store.messages import StoredMessage

SAME_TEXT = "same_text"
"""Why a message is skipped whose words went to that address within a day."""

WITHIN = timedelta(hours=23)  # what goes out daily may be an hour early: the first of them had to wait


def text_hash(content: Content, links: Links) -> str:
    """Return what two messages share that read alike: spaces, case and the lead's own links aside."""
    if isinstance(content, EmailContent):
        words = f"{content.subject}\n{content.text or content.html}"
    else:
        words = content.body if isinstance(content, TextContent) else f"{content.script}\n{content.audio_url or ''}"
    for link in astuple(links):
        words = words.replace(link, "") if link else words
    return blake2b(" ".join(words.casefold().split()).encode(), digest_size=16).hexdigest()


class Said:
    """What was said lately to the addresses of one batch; ask only with the addresses locked."""

    def __init__(self, connection: Connection, address_ids: Collection[str], now: datetime) -> None:
        self._said: set[tuple[str | None, str]] = messages.texts_sent(connection, address_ids, now - WITHIN)

    def has(self, message: StoredMessage, words: str) -> bool:
        """Return whether *message* would repeat *words*."""
        return message.enrollment_id is not None and (message.address_id, words) in self._said

    def note(self, message: StoredMessage, words: str) -> None:
        """Remember that *message* goes now, for the others of its batch."""
        self._said.add((message.address_id, words))


def addresses_of(batch: Iterable[StoredMessage]) -> set[str]:
    """Return where the walks of *batch* lead to."""
    return {one.address_id for one in batch if one.address_id and one.enrollment_id}
