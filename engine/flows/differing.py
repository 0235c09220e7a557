"""What publishing a templates folder would change, told before anything does: pieces, stages, words, and who stands where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.content.differences import Change, StageChange, stage_changes, text_difference
from engine.content.library import Library
from engine.domain.sequence import Sequence
from engine.flows.kit import Kit
from engine.flows.publish import Row, prepare_rows
from engine.flows.shelf import BRAND
from engine.store import audience, contents
from engine.store.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceDifference:
    """One piece that would change. *diff* is empty where its own text stays and something it includes changes.

    *stages* and *standing* (leads by revision and stage) are those of a sequence.
    """

    kind: str
    name: str
    locale: str
    change: Change
    diff: str = ""
    before: str = ""
    after: str = ""
    stages: tuple[StageChange, ...] = ()
    standing: Mapping[str, Mapping[str, int]]

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.kind} {self.name}" + (f" ({self.locale})" if self.locale else "")


def differences(kit: Kit, library: Library) -> list[PieceDifference]:
    """Return what publishing *library* would change, by kind and name; raises `ContentErrors` for what can't be."""
    prepared = prepare_rows(library)
    plans = {one.name: one for one in prepared.sequences}
    with kit.database.read() as connection:
        current = contents.current_revisions(connection)
        changed = [row for row in prepared.rows if current.get(_piece(row)) != row["revision"]]
        known = contents.revisions(connection, [current[_piece(row)] for row in changed if _piece(row) in current])
        found = []
        for row in changed:
            before = known.get(current.get(_piece(row), ""))
            plan = plans[row["name"]] if row["kind"] == contents.SEQUENCE else None
            found.append(_difference(kit, connection, row, before, plan))
    return sorted(found, key=lambda one: (one.kind, one.name, one.locale))


def _piece(row: Row) -> tuple[str, str, str]:
    return row["kind"], row["name"], row["locale"]


def _difference(
    kit: Kit, connection: Connection, row: Row, before: Mapping[Any, Any] | None, plan: Sequence | None
) -> PieceDifference:
    kind, name, locale = _piece(row)
    if before is None:
        return PieceDifference(
            kind=kind, name=name, locale=locale, change=Change.ADDED, after=row["revision"], standing={}
        )
    # The brand is told by its name alone: its text is one long line of JSON.
    diff = "" if _piece(row) == BRAND else text_difference(before["source"], row["source"], name=f"{kind}/{name}")
    stages: tuple[StageChange, ...] = ()
    if plan is not None:
        stages = tuple(stage_changes(kit.shelf.sequence(connection, before["revision"]), plan))
    return PieceDifference(
        kind=kind,
        name=name,
        locale=locale,
        change=Change.CHANGED,
        diff=diff,
        before=before["revision"],
        after=row["revision"],
        stages=stages,
        standing=audience.standing(connection, name) if plan is not None else {},
    )
