"""People: who may sign in and what they may do; add, change, disable, and give a new one-time link."""

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from channels.address import Address, InvalidAddress
from engine.domain.access import RIGHTS, Role
from engine.flows.people import (
    SHORT_NAME,
    LastAdmin,
    MadeLink,
    NewPerson,
    NoSuchPerson,
    Taken,
    add_person,
    disable,
    enable,
    make_link,
    set_role,
)
from engine.flows.second_factor import reset
from engine.store import accounts
from engine.web.bodies import Form
from engine.web.console.frame import READS, back_to, show
from engine.web.console.settings.landing import ROOM
from engine.web.edge import Edge, ThisEdge
from engine.web.person import MANAGE, ThisPerson

PAGE = f"{ROOM}/people"
NAME_MAX = 80
BAD_ID = "A short name has small letters, digits, dots and dashes, such as ann."
CHANGES = {"disable": disable, "enable": enable}

router = APIRouter(prefix=PAGE, dependencies=[MANAGE])


@router.api_route("", methods=READS)
def show_people(request: Request, edge: ThisEdge) -> Response:
    """Show everybody."""
    return _page(request, edge)


@router.post("")
def add(request: Request, edge: ThisEdge, person: ThisPerson, form: Form) -> Response:
    """Add somebody, and show the link by which they come in, this once."""
    try:
        new = _read(form)
        link = add_person(edge.kit, new, by=person.id)
    except (Taken, InvalidAddress, ValueError) as error:
        return _page(request, edge, problem=str(error), given=form, status=422)
    return _page(request, edge, link=link, whose=new.name)


@router.post("/{user_id}/role")
def change_role(user_id: str, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Let somebody do what another role may."""
    try:
        set_role(edge.kit, user_id, Role(form.get("role", "")), by=person.id)
    except NoSuchPerson:
        raise _nobody() from None
    except LastAdmin as error:
        raise HTTPException(409, _sentence(error)) from None
    except ValueError:
        raise HTTPException(400, "Please choose one of the roles.") from None
    return back_to(f"{PAGE}?said=role_changed")


@router.post("/{user_id}/link")
def give_link(user_id: str, request: Request, edge: ThisEdge, person: ThisPerson) -> Response:
    """Show a new one-time link, this once."""
    try:
        link = make_link(edge.kit, user_id, by=person.id)
    except NoSuchPerson:
        raise _nobody() from None
    return _page(request, edge, link=link, whose=user_id)


@router.post("/{user_id}/second-factor")
def take_second_factor(user_id: str, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Take away the second factor of somebody who lost their phone; they sign in again."""
    try:
        reset(edge.kit, user_id, by=person.id)
    except NoSuchPerson:
        raise _nobody() from None
    return back_to(f"{PAGE}?said=second_factor_off")


@router.post("/{user_id}/{change}")
def change_entry(user_id: str, change: str, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Keep somebody out, or let them in again."""
    if change not in CHANGES:
        raise HTTPException(404)
    try:
        CHANGES[change](edge.kit, user_id, by=person.id)
    except NoSuchPerson:
        raise _nobody() from None
    except LastAdmin as error:
        raise HTTPException(409, _sentence(error)) from None
    return back_to(f"{PAGE}?said={change}d")


def _page(
    request: Request,
    edge: Edge,
    *,
    problem: str = "",
    given: Mapping[str, str] | None = None,
    link: MadeLink | None = None,
    whose: str = "",
    status: int = 200,
) -> Response:
    with edge.kit.database.read() as connection:
        page = show(
            request,
            connection,
            "settings_people.html",
            room=ROOM,
            rows=accounts.all_people(connection),
            roles=list(Role),
            rights={role: sorted(RIGHTS[role]) for role in Role},
            problem=problem,
            given=given or {},
            link=link.under(edge.settings.base_url) if link else "",
            expires_at=link.expires_at if link else None,
            whose=whose,
        )
    page.status_code = status
    return page


def _read(form: Mapping[str, str]) -> NewPerson:
    short, name, role = form.get("id", ""), " ".join(form.get("name", "").split())[:NAME_MAX], form.get("role", "")
    if not SHORT_NAME.fullmatch(short):
        raise ValueError(BAD_ID)
    if not name:
        raise ValueError("Say what they are called, as leads read it.")
    if role and role not in set(Role):
        raise ValueError("Please choose one of the roles.")
    return NewPerson(
        id=short,
        name=name,
        email=Address.email(form.get("email", "")).value,
        title=form.get("title", "")[:NAME_MAX],
        owns_leads=form.get("owns_leads") == "yes",
        role=Role(role) if role else None,
    )


def _nobody() -> HTTPException:
    return HTTPException(404, "There is nobody of this name who may sign in.")


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."
