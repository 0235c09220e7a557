"""A local note of each call that starts, written before its first byte.

After a crash it tells which attempts never started: those that a whole journal of the same boot does not name. An append
to a file survives the death of its process, though not of the machine; that is why the boot stands in the name.
"""

import os
from pathlib import Path
from threading import Lock
from typing import Protocol

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
CLOSED = "closed"  # the last line of a journal whose process ended in order
LINE_BYTES_MAX = 64


class Journal(Protocol):
    """Where started calls are noted."""

    @property
    def name(self) -> str:
        """What stands on the attempts that this journal covers."""
        ...

    def note(self, attempt_id: str) -> None:
        """Note that the call of *attempt_id* starts now."""
        ...

    def close(self) -> None:
        """End the journal in order."""
        ...


class MemoryJournal:
    """A journal for virtual time, where no process dies."""

    name = "memory"

    def __init__(self) -> None:
        self.started: set[str] = set()

    def note(self, attempt_id: str) -> None:
        """Keep *attempt_id*."""
        self.started.add(attempt_id)

    def close(self) -> None:
        """Keep nothing open."""


class FileJournal:
    """A journal in a file of its own, one line a call."""

    def __init__(self, folder: Path, unique: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = f"{boot_id()}.{unique}"
        self._lock = Lock()
        self._file = os.open(folder / self.name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, attempt_id: str) -> None:
        """Append one line in one write, so that lines of two threads never mix."""
        with self._lock:
            os.write(self._file, f"{attempt_id}\n".encode())

    def close(self) -> None:
        """End the journal in order."""
        self.note(CLOSED)
        os.close(self._file)


def boot_id() -> str:
    """Return what tells this boot of the machine from the one before."""
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else "unknown-boot"


def never_started(folder: Path, name: str, attempt_id: str) -> bool:
    """Return whether journal *name* proves that the call of *attempt_id* never started.

    Only a journal of this boot that is there and whole can prove an absence.
    """
    if not name.startswith(f"{boot_id()}.") or boot_id() == "unknown-boot":
        return False
    path = folder / name
    if not path.is_file():
        return False
    content = path.read_bytes()
    is_whole = content == b"" or content.endswith(b"\n")
    return is_whole and attempt_id.encode() not in content.split(b"\n")
