"""Instants as people write them on a command line."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from engine.cli.complaints import Complaint
from engine.clock import SystemClock

At = Annotated[str | None, typer.Option("--at", metavar="INSTANT", help="As 2026-03-01T08:30:00-05:00; else now.")]


def instant_at(text: str | None) -> datetime:
    """Return the instant *text* says, in its own offset or else UTC; now where there is none. Raises `Complaint`."""
    if text is None:
        return SystemClock().now()
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Complaint(f"cannot read the instant {text!r}: write 2026-03-01T08:30:00-05:00") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
