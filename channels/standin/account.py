"""The stand-in's own account of what it accepted: kept apart from the engine, and the only judge in tests.

With a file it is written through before the answer leaves, so that it outlives a killed process and others can read it.
"""

import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from channels.address import Channel
from channels.message import MessageId


class Provider(StrEnum):
    """Whose wire a message came by, as the adapters name them."""

    SENDGRID = "sendgrid"  # SendGrid's web API
    TWILIO = "twilio"  # Twilio's REST API, for texts and calls
    SMTP = "smtp"  # the relay


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One message to one address, as it was taken; *message_id* is ours where it travelled along."""

    provider: Provider
    channel: Channel
    provider_id: str
    message_id: MessageId | None
    to: str
    sender: str
    received_at: datetime
    subject: str = ""
    text: str = ""
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Any = None  # the request: JSON of SendGrid, form of Twilio, the whole mail of SMTP

    @classmethod
    def read(cls, line: Mapping[str, Any]) -> Self:
        """Return what a line of the file tells."""
        return cls(
            **{
                **{name: line[name] for name in cls.__slots__},
                "provider": Provider(line["provider"]),
                "channel": Channel(line["channel"]),
                "received_at": datetime.fromisoformat(line["received_at"]),
            }
        )

    def header(self, name: str) -> str:
        """Return the header *name* of an email whatever its case, empty where it has none."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


class Account:
    """Everything accepted so far, in order; any thread may read while messages come in."""

    def __init__(self, file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._accepted: list[Accepted] = []
        self._file = file.open("a", encoding="utf-8") if file else None

    def keep(self, messages: Iterable[Accepted]) -> None:
        """Keep *messages*, each once more however often it came before; on disk before this returns."""
        kept = list(messages)
        with self._lock:
            self._accepted.extend(kept)
            if self._file is not None:
                self._file.writelines(_line(one) for one in kept)
                self._file.flush()

    def note(self, what: str, facts: Mapping[str, Any]) -> None:
        """Write *facts* to the file alone, such as what was heard in a call."""
        with self._lock:
            if self._file is not None:
                self._file.write(json.dumps({"note": what, **facts}, default=str) + "\n")
                self._file.flush()

    def close(self) -> None:
        """Close the file; what is in memory stays readable."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def __len__(self) -> int:
        return len(self._accepted)

    @property
    def accepted(self) -> Sequence[Accepted]:
        """All of it, as it is now."""
        with self._lock:
            return tuple(self._accepted)

    def of(self, provider: Provider | str) -> Sequence[Accepted]:
        """Return what came by *provider*."""
        return tuple(one for one in self.accepted if one.provider == provider)

    def to(self, address: str) -> Sequence[Accepted]:
        """Return what went to *address*."""
        return tuple(one for one in self.accepted if one.to == address)

    def message_ids(self, provider: Provider | str | None = None) -> list[MessageId]:
        """Return our ids of what was accepted, each as often as it came."""
        return [
            one.message_id for one in self.accepted if one.message_id is not None and provider in (None, one.provider)
        ]


def read_account(file: Path) -> list[Accepted]:
    """Return what the stand-in that wrote *file* accepted; a last line that was cut off was never answered."""
    return [Accepted.read(line) for line in _read_lines(file) if "note" not in line]


def read_notes(file: Path, what: str) -> list[dict[str, Any]]:
    """Return the notes of one sort that the stand-in left in *file*, such as `call`."""
    return [line for line in _read_lines(file) if line.get("note") == what]


def _read_lines(file: Path) -> list[dict[str, Any]]:
    lines = file.read_text(encoding="utf-8").split("\n")  # texts may hold other line ends, escaped or not
    return [json.loads(line) for line in lines[:-1]]


def find_message_id(*texts: str) -> MessageId | None:
    """Return our own id where one of *texts* carries it: a UUID in a header or a callback's URL."""
    found = next((match for text in texts if (match := _UUID.search(text))), None)
    return MessageId(found[0].lower()) if found else None


_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def _line(message: Accepted) -> str:
    return json.dumps(asdict(message), default=str) + "\n"
