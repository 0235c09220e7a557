"""Tell the people of the business that something needs them: by mail, chat or pager, apart from all that leads get."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from channels.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message to staff, in plain text; it never holds an address of a lead, nor a secret."""

    title: str
    body: str


class Alarm(Protocol):
    """Reaches staff at every place that was named for it."""

    def tell(self, said: Alert) -> Sequence[str]:
        """Say it at every place, once each; return which places did not take it, in words without secrets.

        Returns within a minute for each place. Raises `Unavailable` when no place took it, and `Misconfigured` when
        one cannot be read.
        """
        ...

    def names(self) -> Sequence[str]:
        """Return what each place is, in words without secrets; raises `Misconfigured` for one that cannot be read."""
        ...


@dataclass(slots=True, kw_only=True)
class MemoryAlarm:
    """Keeps what staff would hear: for tests, and for trying. It ships, and passes the same contract as the real one."""

    is_deaf: bool = False
    heard: list[Alert] = field(default_factory=list)

    def tell(self, said: Alert) -> Sequence[str]:
        """Keep *said*."""
        if self.is_deaf:
            raise Unavailable("no place took it: memory")
        self.heard.append(said)
        return ()

    def names(self) -> Sequence[str]:
        """Return the one place there is."""
        return ("memory",)
