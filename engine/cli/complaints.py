"""What a person is told when something can't be done: what, where, and what to do."""

import re
import sys


class Complaint(Exception):
    """Something the person who asked can mend; the message says what is wrong and what to do."""


def complaint_of(error: Exception) -> str | None:
    """Return what to tell about *error*, None for a mistake of our own, which deserves its traceback."""
    if isinstance(error, Complaint):
        return str(error)
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError | TimeoutError):
        return _about_file(error)
    for module, name in _MENDABLE:
        # An error's class is known only where its module was imported; so none is imported to ask.
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type) and isinstance(error, kind):
            return _sentence(str(error))
    return None


_MENDABLE = (
    ("engine.settings", "SettingsError"),
    ("engine.store.errors", "StoreError"),
    ("engine.content.problems", "ContentErrors"),
    ("engine.domain.timing.errors", "TimingError"),
    ("engine.serving", "PortTaken"),
    ("channels.address", "InvalidAddress"),
    ("channels.errors", "ChannelError"),
    ("engine.flows.going_live", "NotReady"),
    ("consent.reading", "RulebookError"),
)


def _about_file(error: OSError) -> str | None:
    if error.filename is None:
        return None if error.strerror is None else f"{error.strerror}. Is the disk full, or the address in use?"
    return f"{error.filename}: {error.strerror}. Name one that can be used."


def _sentence(text: str) -> str:
    text = re.sub(r"\s+$", "", text)
    return text if text.endswith((".", "?", "!")) else f"{text}."
