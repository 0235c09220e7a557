"""What one kind of finding means: how much it matters, why, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.content.codes import Code, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of finding. One that *binds* can't be accepted: without mending it nothing can be sent."""

    severity: Severity
    why: str
    remedy: str
    binds: bool = False


Chapter = Mapping[Code, Kind]
"""The kinds of one subject, in the order in which the reference tells them."""


def binding(why: str, remedy: str) -> Kind:
    """Return a kind of error that nobody can accept."""
    return Kind(severity=Severity.ERROR, why=why, remedy=remedy, binds=True)


def error(why: str, remedy: str) -> Kind:
    """Return a kind of error that an author may accept with a reason."""
    return Kind(severity=Severity.ERROR, why=why, remedy=remedy)


def warning(why: str, remedy: str) -> Kind:
    """Return a kind of warning."""
    return Kind(severity=Severity.WARNING, why=why, remedy=remedy)


def note(why: str, remedy: str) -> Kind:
    """Return a kind of note."""
    return Kind(severity=Severity.NOTE, why=why, remedy=remedy)
