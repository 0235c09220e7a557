"""What becomes of leads that arrive in files and by forms, in words that are kept."""

from enum import StrEnum


class ImportState(StrEnum):
    """How far a file has come."""

    RUNNING = "running"  # its rows are being taken in; where nothing moves any more, take the file in once more
    DONE = "done"  # every row has its outcome
    UNDOING = "undoing"  # its leads are being taken back
    UNDONE = "undone"  # they are gone, but for those that something had happened to


class RowOutcome(StrEnum):
    """What became of one row of a file."""

    CREATED = "created"  # it made a lead
    JOINED = "joined"  # its lead was known already
    MERGED = "merged"  # another row of the file is about the same person
    REFUSED = "refused"  # nobody could be reached by it, or it could not be read
    REMARK = "remark"  # something about the file as a whole


class UndoOutcome(StrEnum):
    """What became of a lead that an import had made, when the import was taken back."""

    ERASED = "erased"  # it is gone
    KEPT = "kept"  # something had happened to it since


class SuspectState(StrEnum):
    """What a form that was held back turned out to be."""

    HELD = "held"  # nobody has looked yet
    REAL = "real"  # a person said so, and it became a lead
    SPAM = "spam"  # a person said so
    CAME = "came"  # its sender pressed the button once more, and it became a lead
