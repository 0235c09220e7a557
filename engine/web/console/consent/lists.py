"""Do-not-call lists: which the rules ask for, how old our copies are, and a new copy from a file."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from engine.flows import registries as flow
from engine.flows.registries import RefusedCopy
from engine.web.console import uploads
from engine.web.console.consent.room import ROOM, show_tab
from engine.web.console.frame import READS, back_to
from engine.web.edge import ThisEdge
from engine.web.person import MANAGE, ThisPerson

TAB = f"{ROOM}/lists"

router = APIRouter(prefix=TAB)

Uploaded = Annotated[tuple[str, bytes, Mapping[str, str]], Depends(uploads.read_upload)]


@router.api_route("", methods=READS)
def show_lists(request: Request, edge: ThisEdge) -> Response:
    """Show every list the rules ask for."""
    with edge.kit.database.read() as connection:
        return show_tab(
            request,
            connection,
            "consent_lists.html",
            tab=TAB,
            now=edge.kit.database.now(connection),
            rows=flow.held(connection, edge.kit.rulebook),
            known=list(flow.known(edge.kit.rulebook)),
            megabytes=uploads.BYTES_MAX // 2**20,
        )


# A copy that lacks numbers lets them be called: that is for whoever answers for the installation.
@router.post("", dependencies=[MANAGE])
def take_in(edge: ThisEdge, person: ThisPerson, uploaded: Uploaded) -> RedirectResponse:
    """Put a copy in force; what is odd about it is refused here and may be forced by the command line alone."""
    name, data, asked = uploaded
    registry = flow.known(edge.kit.rulebook).get(asked.get("registry", ""))
    if registry is None:
        raise HTTPException(400, "Please choose one of the lists.")
    try:
        as_of = datetime.fromisoformat(asked.get("as_of", "")).replace(tzinfo=UTC)
    except ValueError:
        raise HTTPException(400, "Please say when the list was drawn up, as 2026-03-31.") from None
    lines = data.decode("utf-8-sig", "replace").splitlines(keepends=True)
    try:
        flow.take_in(
            edge.kit,
            registry,
            lines,
            as_of=as_of,
            is_full=asked.get("kind") != "changes",
            source=name,
            by=person.id,
        )
    except RefusedCopy as error:
        raise HTTPException(409, f"This copy was not taken: {error}.") from None
    return back_to(f"{TAB}?said=copy_in_force")
