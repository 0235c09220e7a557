"""Tables that the declared ones don't name: months of large ones, what counts changes, and the shelves of a search."""

from engine.store import changes
from engine.store.partitions import is_partition

SEARCHED = "message_search"
"""SQLite's index of the words of messages, and what the names of the tables behind it begin with."""


def is_undeclared(name: str) -> bool:
    """Return whether a table called *name* is there on purpose though nothing declares it."""
    return is_partition(name) or name == changes.PREFIX or name.startswith(SEARCHED)
