"""One's own account: the password, the second factor, and where one is signed in."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from engine.flows.passwords import LENGTH_MIN, TooBusy
from engine.flows.signing_in import Slowed, Visit, WrongProof, prove_again
from engine.flows.welcoming import WeakPassword, change_password
from engine.store import accounts, sessions
from engine.web.bodies import Form
from engine.web.console.frame import READS, back_to, show
from engine.web.console.settings.landing import ROOM
from engine.web.console.signing_in.entering import refusal_of
from engine.web.cookies import caller_of, keep
from engine.web.edge import Edge, ThisEdge
from engine.web.person import ThisVisit

PAGE = f"{ROOM}/account"
WRONG = "That is not your password."

router = APIRouter(prefix=PAGE)


@router.api_route("", methods=READS)
def show_account(request: Request, edge: ThisEdge, visit: ThisVisit) -> Response:
    """Show one's own account."""
    return account_page(request, edge, visit)


@router.post("/password")
def take_password(request: Request, edge: ThisEdge, visit: ThisVisit, form: Form) -> Response:
    """Change the password; every session ends, and this browser gets a new one."""
    password, caller = form.get("password", ""), caller_of(request, edge)
    if password != form.get("again", ""):
        return account_page(request, edge, visit, problem="The two new passwords differ.", status=422)
    try:
        prove_again(edge.entrance, visit, form.get("current", ""), caller)
        opened = change_password(edge.entrance, visit.user_id, visit.email, visit.name, password, caller)
    except WeakPassword as error:
        return account_page(request, edge, visit, problem=str(error), status=422)
    except (WrongProof, Slowed, TooBusy) as error:
        return refuse(request, edge, visit, error)
    return keep(back_to(f"{PAGE}?said=password_changed"), edge, opened)


@router.post("/sessions/end")
def end_others(edge: ThisEdge, visit: ThisVisit) -> Response:
    """End every session of this person but this one."""
    with edge.kit.database.write() as connection:
        sessions.end_all(connection, visit.user_id, but=visit.session_id)
    return back_to(f"{PAGE}?said=other_sessions_ended")


def refuse(request: Request, edge: Edge, visit: Visit, error: Exception) -> Response:
    """Show the account again, and why nothing was changed."""
    status, problem = refusal_of(error, edge, WRONG)
    return account_page(request, edge, visit, problem=problem, status=422 if isinstance(error, WrongProof) else status)


def account_page(
    request: Request,
    edge: Edge,
    visit: Visit,
    *,
    problem: str = "",
    status: int = 200,
    offered: Mapping[str, Any] | None = None,
    codes: object = (),
) -> Response:
    """Return the page; *offered* is a second factor to confirm, *codes* those for its loss, shown this once."""
    with edge.kit.database.read() as connection:
        account = accounts.find(connection, visit.user_id)
        page = show(
            request,
            connection,
            "settings_account.html",
            room=ROOM,
            visit=visit,
            password_at=account["password_at"] if account else None,
            has_password=account is not None and account["password_hash"] is not None,
            has_second_factor=account is not None and account["totp_secret"] is not None,
            codes_left=accounts.count_recovery_codes(connection, visit.user_id),
            visits=sessions.of_user(connection, visit.user_id),
            least=LENGTH_MIN,
            problem=problem,
            offered=offered,
            codes=codes,
        )
    page.status_code = status
    return page
