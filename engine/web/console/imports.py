"""Imports: a file of leads is shown first, then taken in; each row says what became of it, and all of it can be taken back."""

from collections.abc import Callable, Iterator, Mapping
from threading import Thread
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from engine.domain.arriving import ImportState, RowOutcome
from engine.flows.import_runs import FileRun, begin_import, go_on, has_broken_off
from engine.flows.undo_import import undo_import
from engine.leadfile import read
from engine.store import imports
from engine.store.pages import Row
from engine.web.console import uploads
from engine.web.console.frame import READS, back_to, show
from engine.web.edge import Edge, ThisEdge
from engine.web.exporting import CSV, as_file, csv_lines
from engine.web.listing import cursor, json_rows, link, start_of, wanted, wants_json
from engine.web.person import WORK, ThisPerson

LEADS = "/console/leads"
ROOM = f"{LEADS}/imports"
SAMPLE_ROWS = 10
REMARKS_MAX = 30
LINES_MAX = 200_000  # each line that is no lead costs more memory than one that is
SHOWN = ("email", "phone_e164", "first_name", "last_name", "company", "country")

log = structlog.get_logger(__name__)
router = APIRouter(prefix=ROOM)

Uploaded = Annotated[tuple[str, bytes, Mapping[str, str]], Depends(uploads.read_upload)]


@router.api_route("", methods=READS)
def show_imports(request: Request, edge: ThisEdge) -> Response:
    """Show the files that were taken in, and a form for one more."""
    with edge.kit.database.read() as connection:
        page = imports.latest(connection, start=start_of(request))
        following = cursor(page.next)
        if wants_json(request):
            return json_rows(page.rows, following)
        now = edge.kit.database.now(connection)
        return show(
            request,
            connection,
            "imports.html",
            room=LEADS,
            rows=page.rows,
            broken={row["id"] for row in page.rows if has_broken_off(row, now)},
            megabytes=uploads.BYTES_MAX // 2**20,
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


@router.post("", dependencies=[WORK])
def look(request: Request, edge: ThisEdge, uploaded: Uploaded) -> Response:
    """Show what a file holds and how it would be read; nothing is taken in yet."""
    name, data, asked = uploaded
    if max(data.count(b"\n"), data.count(b"\r")) > LINES_MAX:
        raise HTTPException(
            413, f"The file has more than {LINES_MAX:,} lines: split it, or use `fifthtouch lead import`."
        )
    leadfile = read(data, country=asked.get("country") or None)
    upload = uploads.keep(edge.settings, name, data, asked, edge.kit.clock.now())
    digest = imports.digest(data)
    with edge.kit.database.read() as connection:
        return show(
            request,
            connection,
            "import_look.html",
            room=LEADS,
            upload=upload,
            file=leadfile,
            columns=SHOWN,
            sample=leadfile.rows[:SAMPLE_ROWS],
            stops=sum(row.suppress_email or row.suppress_sms or row.suppress_voice for row in leadfile.rows),
            remarks=leadfile.errors[:REMARKS_MAX],
            before=imports.of_file(connection, digest),
        )


@router.post("/files/{token}", dependencies=[WORK])
def take_in(token: str, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Take a file in that was looked at; the work goes on while its page shows how far it is."""
    upload = uploads.find(edge.settings, token)
    if upload is None:
        raise HTTPException(404, "This file isn't here any more: please choose it again.")
    country, source = upload.asked.get("country") or None, upload.asked.get("source") or upload.name
    leadfile = read(upload.data, country=country)
    if not leadfile.rows:
        raise HTTPException(400, "The file holds no usable row, so there is nothing to take in.")
    run = FileRun(name=upload.name, data=upload.data, source=source, by=person.id, country=country)
    begun = begin_import(edge.kit, run, leadfile)
    uploads.forget(edge.settings, token)
    _apart(edge, begun.import_id, lambda: go_on(begun))
    return back_to(f"{ROOM}/{begun.import_id}")


@router.api_route("/{import_id}", methods=READS)
def show_import(request: Request, import_id: UUID, edge: ThisEdge) -> Response:
    """Show one file: how far it is, and what became of each row."""
    outcome = wanted(request, "outcome", RowOutcome)
    with edge.kit.database.read() as connection:
        run = _run(imports.find(connection, str(import_id)))
        rows, after = imports.rows_of(connection, run["id"], outcome=outcome, after_line=_line(request))
        if wants_json(request):
            return json_rows(rows, str(after) if after is not None else None)
        now = edge.kit.database.now(connection)
        return show(
            request,
            connection,
            "import.html",
            room=LEADS,
            run=run,
            rows=rows,
            undone=imports.undone_counts(connection, run["id"]),
            has_broken_off=has_broken_off(run, now),
            asked={"outcome": outcome},
            choices={"outcome": list(RowOutcome)},
            older=link(request, after=str(after)) if after is not None else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


@router.get("/{import_id}/refused.csv", dependencies=[WORK])
def refused(import_id: UUID, edge: ThisEdge) -> Response:
    """Return the refused rows as they stood in the file, with why, to be mended and taken in again."""
    with edge.kit.database.read() as connection:
        run = _run(imports.find(connection, str(import_id)))
        found = [_as_cells(row) for row in imports.refused_of(connection, run["id"])]
    columns = list(dict.fromkeys(name for row in found for name in row))
    ends = [name for name in ("reason", "remedy", "line") if name in columns]
    ordered = [*(name for name in columns if name not in ends), *ends]
    return as_file(csv_lines(ordered or ["line"], found), name=f"refused-{run['id']}.csv", media_type=CSV)


@router.post("/{import_id}/undo", dependencies=[WORK])
def undo(import_id: UUID, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Take an import back, as far as nothing has happened to its leads."""
    with edge.kit.database.read() as connection:
        run = _run(imports.find(connection, str(import_id)))
        now = edge.kit.database.now(connection)
    if run["state"] == ImportState.RUNNING and not has_broken_off(run, now):
        raise HTTPException(409, "This import is under way: wait until it ends.")
    _apart(edge, run["id"], lambda: undo_import(edge.kit, run["id"], by=person.id))
    return back_to(f"{ROOM}/{import_id}?said=being taken back")


def _apart(edge: Edge, import_id: str, work: Callable[[], object]) -> None:
    """Do *work* in a thread of its own: a browser must not wait for thousands of rows."""

    def run() -> None:
        try:
            work()
            edge.ring()
        except Exception:
            log.exception("import.failed", import_id=import_id)

    Thread(target=run, name=f"import-{import_id}", daemon=True).start()


def _run(row: Row | None) -> Row:
    if row is None:
        raise HTTPException(404, "There is no such import.")
    return row


def _line(request: Request) -> int:
    text = request.query_params.get("after", "-1")
    if not text.removeprefix("-").isdecimal() or len(text) > 9:  # noqa: PLR2004 - no file has a billion lines
        raise HTTPException(400, "This link to a further page is damaged: begin again from the first page.")
    return int(text)


def _as_cells(row: Row) -> dict[str, Any]:
    remarks = row["remarks"] or []
    told: Iterator[str] = (one["problem"] for one in remarks)
    remedies: Iterator[str] = (one["remedy"] for one in remarks)
    return {
        **(row["cells"] or {}), "reason": " ".join(told), "remedy": " ".join(dict.fromkeys(remedies)),
        "line": row["line"],
    }  # fmt: skip
