"""Tables that the declared ones don't name: months of large ones, what counts changes, and the index of a search."""

from engine.store import changes, message_words
from engine.store.partitions import is_partition


def is_undeclared(name: str) -> bool:
    """Return whether a table called *name* is there on purpose though nothing declares it."""
    return is_partition(name) or name == changes.PREFIX or name.startswith(message_words.INDEX)
