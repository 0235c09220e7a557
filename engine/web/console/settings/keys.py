"""API keys: make one with what it may do, see its secret once, and revoke it."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from engine.domain.access import Scope
from engine.flows.keys import MadeKey, NoSuchKey, make_key, revoke_key
from engine.store import api_keys
from engine.web.bodies import Form
from engine.web.console.frame import READS, back_to, show
from engine.web.console.settings.landing import ROOM
from engine.web.edge import Edge, ThisEdge
from engine.web.person import MANAGE, ThisPerson

PAGE = f"{ROOM}/keys"
NAME_MAX = 80

MEANINGS: Mapping[Scope, str] = {
    Scope.LEADS_READ: "read leads, their notes and stories",
    Scope.LEADS_WRITE: "send and change leads, write notes",
    Scope.MESSAGES_READ: "read the delivery log and what was said",
    Scope.MESSAGES_WRITE: "cancel messages, settle what is in doubt",
    Scope.TASKS_READ: "read what people have to do",
    Scope.TASKS_WRITE: "assign and close it",
    Scope.CONSENT_READ: "read who allowed what, and suppressions",
    Scope.CONSENT_WRITE: "record consent and withdrawals, suppress",
    Scope.SEQUENCES_READ: "read sequences and enrollments",
    Scope.SEQUENCES_WRITE: "let leads enter and leave, pause sequences",
    Scope.EVENTS_WRITE: "say what happened to a lead",
    Scope.REPORTS_READ: "read figures",
    Scope.WEBHOOKS_MANAGE: "add, change and remove webhooks, replay what they were told",
}

router = APIRouter(prefix=PAGE, dependencies=[MANAGE])


@router.api_route("", methods=READS)
def show_keys(request: Request, edge: ThisEdge) -> Response:
    """Show every key, without what opens the door."""
    return _page(request, edge)


@router.post("")
def make(request: Request, edge: ThisEdge, person: ThisPerson, form: Form) -> Response:
    """Make a key, and show its secret this once."""
    name = " ".join(form.get("name", "").split())
    scopes = [scope for scope in Scope if form.get(scope) == "yes"]
    problem = ""
    if not name or not name.isprintable() or len(name) > NAME_MAX:
        problem = f"Say in up to {NAME_MAX} characters which program the key is for."
    elif not scopes:
        problem = "Choose at least one thing that the program may do."
    if problem:
        return _page(request, edge, problem=problem, given=form, status=422)
    return _page(request, edge, made=make_key(edge.kit, name, scopes=scopes, by=person.id))


@router.post("/{key_id}/revoke")
def revoke(key_id: UUID, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Let a key open nothing any more, at once and for good."""
    try:
        revoke_key(edge.kit, str(key_id), by=person.id)
    except NoSuchKey:
        raise HTTPException(404, "There is no such key that still works.") from None
    return back_to(f"{PAGE}?said=key_revoked")


def _page(
    request: Request,
    edge: Edge,
    *,
    problem: str = "",
    given: Mapping[str, str] | None = None,
    made: MadeKey | None = None,
    status: int = 200,
) -> Response:
    with edge.kit.database.read() as connection:
        rows = api_keys.all_keys(connection)
        page = show(
            request,
            connection,
            "settings_keys.html",
            room=ROOM,
            rows=rows,
            scopes=MEANINGS,
            problem=problem,
            given=given or {},
            made=made,
        )
    page.status_code = status
    return page
