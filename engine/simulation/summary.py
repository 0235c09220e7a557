"""What a simulation comes to: the numbers that `demo --json` prints, counted from rows when it is over."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from engine.store import reports, sandbox
from engine.store.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One simulation in numbers; the last three but one must be 0."""

    leads: int
    days: int
    seed: int
    start: datetime
    touches: Mapping[str, int]  # by channel: messages taken by the sandbox, and calls that were made
    held: int  # messages that had to wait for the gate, a window or a person at some time
    skipped: int  # messages that were never tried
    replies: int
    opt_outs: int  # leads who stopped something
    sent_after_opt_out: int
    duplicates: int  # by the sandbox's own account
    forgotten: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the summary as plain JSON values."""
        return {**asdict(self), "start": self.start.isoformat()}


def summarise(
    connection: Connection, *, days: int, seed: int, start: datetime, end: datetime, seconds: float
) -> Summary:
    """Count what happened until *end*."""
    audit = reports.audit(connection, end)
    return Summary(
        leads=audit["leads"],
        days=days,
        seed=seed,
        start=start,
        touches=reports.touch_counts(connection),
        held=reports.held_count(connection),
        skipped=sum(reports.skipped_by_reason(connection).values()),
        replies=sum(reports.reply_counts(connection).values()),
        opt_outs=reports.opt_out_count(connection),
        sent_after_opt_out=reports.sent_after_opt_out(connection),
        duplicates=sandbox.count_duplicates(connection),
        forgotten=audit["forgotten"],
        seconds=round(seconds, 1),
    )
