"""Take a file of leads in and keep what became of each of its rows, so that it can be read later, and taken back."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.domain.arriving import ImportState, RowOutcome
from engine.flows.import_consents import Outcome, import_consents
from engine.flows.import_leads import ImportReport, import_leads
from engine.flows.intake import Arrival
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.leadfile.consent_rows import proofs_beside_leads
from engine.leadfile.row import LeadFile, Row, RowError
from engine.store import audit, imports
from engine.store.database import Connection
from engine.store.pages import Row as Stored
from engine.store.statements import slices

NAME_MAX = 200
CELLS_MAX = 20_000  # characters of a refused row that are kept
NOTED_ROWS = 2_000
STALE = timedelta(minutes=10)
"""How long nothing may move before a run counts as broken off: a batch takes seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRun:
    """A file to be taken in, and how."""

    name: str
    data: bytes = field(repr=False)
    source: str
    by: str
    country: str | None = None
    sequence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What became of a file: its run, what its leads became, and how many proofs of consent stand on record now."""

    import_id: str
    leads: ImportReport
    consents: int


def recorder(import_id: str) -> str:
    """Return who stands on what a run wrote."""
    return f"import:{import_id}"


def begin_import(kit: Kit, run: FileRun, leadfile: LeadFile) -> "Begun":
    """Put a run on record with the rows of *leadfile*, read from the bytes of *run*, that are no lead; `go_on` does the rest."""
    begun = Begun(kit=kit, run=run, import_id=kit.ids.new(), leadfile=leadfile)
    begun.begin()
    return begun


def go_on(begun: "Begun", *, progress: Callable[[int], None] | None = None) -> RunReport:
    """Take the leads of a run in, and keep what became of each row.

    Consents that the file proves by channel, instant and wording are put on record too. Raises `Missing` for an unknown
    sequence; then the run holds no lead.
    """
    kit, run, by = begun.kit, begun.run, recorder(begun.import_id)
    try:
        leads = import_leads(
            kit,
            begun.leadfile,
            source=run.source,
            recorded_by=by,
            sequence=run.sequence,
            progress=progress,
            note=begun.note,
        )
    except Missing:
        begun.end(0)
        raise
    proofs = proofs_beside_leads(run.data, begun.leadfile.titles, name=run.name, country=run.country)
    told = import_consents(kit, proofs.rows, by=by) if proofs.rows else []
    consents = sum(one.outcome is Outcome.RECORDED for one in told)
    begun.end(consents)
    return RunReport(import_id=begun.import_id, leads=leads, consents=consents)


def import_file(
    kit: Kit, run: FileRun, leadfile: LeadFile, *, progress: Callable[[int], None] | None = None
) -> RunReport:
    """Take *leadfile*, read from the bytes of *run*, in, and keep what became of each row. A second time harms nothing."""
    return go_on(begin_import(kit, run, leadfile), progress=progress)


def has_broken_off(row: Stored, now: datetime) -> bool:
    """Return whether a run is under way in name only: its process ended before it did."""
    return bool(row["state"] == ImportState.RUNNING and now - row["progress_at"] > STALE)


@dataclass(kw_only=True)
class Begun:
    """A run that is on record, and what is known of it so far."""

    kit: Kit
    run: FileRun
    import_id: str
    leadfile: LeadFile
    taken: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    remarks: dict[int, list[dict[str, str | None]]] = field(default_factory=dict)

    def begin(self) -> None:
        """Put the run on record, with the rows that are no lead."""
        run = self.run
        for error in self.leadfile.errors:
            self.remarks.setdefault(error.line or 0, []).append(_told(error))
        rows = self._others()
        self.counts.update(row["outcome"] for row in rows)
        options = {"source": run.source, "country": run.country, "sequence": run.sequence}
        with self.kit.database.write() as connection:
            now = self.kit.database.now(connection)
            row = {
                "id": self.import_id, "at": now, "by": run.by, "file_name": run.name[:NAME_MAX],
                "file_hash": imports.digest(run.data), "options": options, "state": ImportState.RUNNING,
                "total": len(self.leadfile.rows), "taken": 0, "counts": dict(self.counts), "progress_at": now,
                "ended_at": None, "undone_at": None, "undone_by": "",
            }  # fmt: skip
            imports.add(connection, row)
            audit.note(
                connection, row_id=self.kit.ids.new(), at=now, actor=run.by, action="import.begun",
                subject=self.import_id, after={"file": run.name[:NAME_MAX], **options},
            )  # fmt: skip
        for part in slices(rows, NOTED_ROWS):
            with self.kit.database.write() as connection:
                imports.insert(connection, part)

    def note(self, connection: Connection, rows: Sequence[Row], arrived: Sequence[Arrival]) -> None:
        """Put on record what became of a batch, in its transaction."""
        noted = [
            imports.new_row(
                self.import_id,
                row.line,
                RowOutcome.CREATED if one.is_new else RowOutcome.JOINED,
                lead_id=one.lead_id,
                remarks=self.remarks.get(row.line),
            )
            for row, one in zip(rows, arrived, strict=True)
        ]
        imports.insert(connection, noted)
        self.counts.update(row["outcome"] for row in noted)
        self.taken += len(noted)
        imports.change(
            connection,
            self.import_id,
            taken=self.taken,
            counts=dict(self.counts),
            progress_at=self.kit.database.now(connection),
        )

    def end(self, consents: int) -> None:
        """Note that every row has its outcome."""
        with self.kit.database.write() as connection:
            now = self.kit.database.now(connection)
            counts = {**self.counts, **({"consents": consents} if consents else {})}
            imports.change(
                connection, self.import_id, state=ImportState.DONE, ended_at=now, progress_at=now, counts=counts
            )

    def _others(self) -> list[dict[str, Any]]:
        """Return the rows of the file that are no lead: refused, brought together with another, or about the file."""
        file = self.leadfile
        cells = {one.line: one.cells for one in file.refused}
        taken = {row.line for row in file.rows}
        begins = min((*taken, *cells), default=1)
        return [
            imports.new_row(
                self.import_id,
                line,
                _outcome(line, line in file.merged, begins),
                remarks=self.remarks.get(line),
                cells=_kept(file.titles, cells[line]) if line in cells else None,
            )
            for line in sorted({*self.remarks, *cells} - taken)
        ]


def _outcome(line: int, is_merged: bool, begins: int) -> RowOutcome:  # noqa: FBT001 - three facts of one row
    if is_merged:
        return RowOutcome.MERGED
    return RowOutcome.REMARK if line < begins else RowOutcome.REFUSED


def _told(error: RowError) -> dict[str, str | None]:
    return {"column": error.column, "problem": error.problem, "remedy": error.remedy}


def _kept(titles: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    """Return the cells of a refused row by column, each name once, as far as they can be kept."""
    found: dict[str, str] = {}
    left = CELLS_MAX
    for place, cell in enumerate(cells):
        title = (titles[place] if place < len(titles) else "") or f"column {place + 1}"
        title = title if title not in found else f"{title} ({place + 1})"
        found[title] = cell.replace("\0", "")[: max(0, left)]
        left -= len(cell)
    return found
