"""One-time links: choose a password, become the first admin, or look around in a demonstration."""

import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from channels.address import Address, InvalidAddress
from engine.domain.access import LinkPurpose, Role
from engine.domain.signing_in import HOME
from engine.flows.passwords import LENGTH_MIN, TooBusy
from engine.flows.people import SHORT_NAME, NewPerson
from engine.flows.signing_in import Opened
from engine.flows.welcoming import (
    LinkOver,
    WeakPassword,
    Welcome,
    become_admin,
    choose_password,
    look_around,
    read_link,
)
from engine.web.bodies import Form
from engine.web.console.frame import READS
from engine.web.console.signing_in.entering import BUSY, enter
from engine.web.cookies import caller_of
from engine.web.edge import ThisEdge
from engine.web.errors import error_page
from engine.web.rendering import render

TOKEN_CHARACTERS_MAX = 100
NAME_MAX = 80
OVER = (
    "This link opens nothing any more: it was used, or its time is over. Ask whoever looks after this installation for a "
    "new one (`fifthtouch user link ID`); the first admin gets theirs when the web server starts."
)

router = APIRouter(prefix="/console/welcome")


@router.api_route("/{token}", methods=READS)
def show_welcome(token: str, request: Request, edge: ThisEdge) -> Response:
    """Show what a link is for; only a demonstration's is used by looking at it."""
    try:
        welcome = read_link(edge.kit, token)
        if welcome.purpose is LinkPurpose.LOOK_AROUND and request.method == "GET":
            return enter(request, edge, look_around(edge.entrance, token, caller_of(request, edge)), HOME)
    except LinkOver:
        return _over()
    return _page(welcome)


@router.post("/{token}")
def use_welcome(token: str, request: Request, edge: ThisEdge, form: Form) -> Response:
    """Take the password that its opener chose, and sign them in."""
    try:
        welcome = read_link(edge.kit, token)
    except LinkOver:
        return _over()
    password = form.get("password", "")
    if password != form.get("again", ""):
        return _page(welcome, form, problem="The two passwords differ: type the same one twice.", status=422)
    try:
        opened = _use(edge, request, welcome, token, form, password)
    except LinkOver:
        return _over()
    except (WeakPassword, InvalidAddress) as error:
        return _page(welcome, form, problem=str(error), status=422)
    except TooBusy:
        return _page(welcome, form, problem=BUSY, status=503)
    return enter(request, edge, opened, HOME)


def _use(edge: ThisEdge, request: Request, welcome: Welcome, token: str, form: Form, password: str) -> Opened:
    caller = caller_of(request, edge)
    if welcome.purpose is LinkPurpose.FIRST_ADMIN:
        return become_admin(edge.entrance, token, _person(form), password, caller)
    return choose_password(edge.entrance, token, password, caller)


def _person(form: Form) -> NewPerson:
    name = " ".join(form.get("name", "").split())[:NAME_MAX]
    email = Address.email(form.get("email", "")).value
    short = re.sub(r"[^a-z0-9._-]", "", email.partition("@")[0].lower()).lstrip("._-")[:40]
    return NewPerson(
        id=short if SHORT_NAME.fullmatch(short) else "admin",
        name=name or short or "Admin",
        email=email,
        owns_leads=False,
        role=Role.ADMIN,
    )


def _page(welcome: Welcome, form: Form | None = None, *, problem: str = "", status: int = 200) -> HTMLResponse:
    given: dict[str, Any] = {
        "name": form.get("name", "") if form else "",
        "email": form.get("email", "") if form else "",
    }
    is_first = welcome.purpose is LinkPurpose.FIRST_ADMIN
    return render(
        "welcome.html",
        status=status,
        welcome=welcome,
        is_first=is_first,
        given=given,
        problem=problem,
        least=LENGTH_MIN,
    )


def _over() -> HTMLResponse:
    return error_page(404, OVER, title="This link is over", path="/console")
