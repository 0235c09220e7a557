"""Sign in by password, then by the second factor where there is one; and sign out."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from engine.domain.signing_in import safe_next
from engine.flows.passwords import TooBusy
from engine.flows.signing_in import Opened, Slowed, WrongProof, confirm_code, sign_in, sign_out, visit_of
from engine.web.bodies import Form
from engine.web.console.frame import READS, go_to
from engine.web.cookies import caller_of, forget, keep, session_of
from engine.web.edge import Edge, ThisEdge
from engine.web.person import SIGN_IN, visit_in
from engine.web.rendering import render, show_duration

CODE = f"{SIGN_IN}/code"
WRONG = "That email and password don't belong together, or this person may not sign in."
WRONG_CODE = "That code is not right, or was used already. Wait for the next one."
BUSY = "Too many people sign in at this moment. Please try again in a few seconds."

router = APIRouter()


@router.api_route(SIGN_IN, methods=READS)
def show_sign_in(request: Request) -> Response:
    """Ask for email and password."""
    following = safe_next(request.query_params.get("next", ""))
    if visit_in(request) is not None:
        return go_to(following)
    return render(
        "sign_in.html", following=following, email="", problem="", said=request.query_params.get("said") == "out"
    )


@router.post(SIGN_IN)
def try_password(request: Request, edge: ThisEdge, form: Form) -> Response:
    """Let in whoever has this email and password, or ask for their code."""
    following, email = safe_next(form.get("next", "")), form.get("email", "")
    try:
        opened = sign_in(edge.entrance, email, form.get("password", ""), caller_of(request, edge))
    except (WrongProof, Slowed, TooBusy) as error:
        status, problem = refusal_of(error, edge, WRONG)
        return _headed(
            render("sign_in.html", status=status, following=following, email=email, problem=problem, said=False), error
        )
    return enter(request, edge, opened, following)


@router.api_route(CODE, methods=READS)
def show_code(request: Request, edge: ThisEdge) -> Response:
    """Ask for a code of the second factor."""
    following = safe_next(request.query_params.get("next", ""))
    if visit_of(edge.kit, session_of(request, edge), awaiting=True) is None:
        return go_to(SIGN_IN)
    return render("sign_in_code.html", following=following, problem="")


@router.post(CODE)
def try_code(request: Request, edge: ThisEdge, form: Form) -> Response:
    """Let in whoever gave the password and now gives the code."""
    following, token = safe_next(form.get("next", "")), session_of(request, edge)
    if visit_of(edge.kit, token, awaiting=True) is None:
        return go_to(SIGN_IN)
    try:
        opened = confirm_code(edge.entrance, token, form.get("code", ""), caller_of(request, edge))
    except (WrongProof, Slowed) as error:
        status, problem = refusal_of(error, edge, WRONG_CODE)
        return _headed(render("sign_in_code.html", status=status, following=following, problem=problem), error)
    return enter(request, edge, opened, following)


@router.post("/console/sign-out")
def leave(request: Request, edge: ThisEdge) -> Response:
    """End this browser's session, here and in the database."""
    sign_out(edge.kit, session_of(request, edge))
    return forget(go_to(f"{SIGN_IN}?said=out"), edge)


def enter(request: Request, edge: Edge, opened: Opened, following: str) -> Response:
    """Give the browser its new session, end the one it had, and send it on."""
    sign_out(edge.kit, session_of(request, edge))
    place = request.url_for("show_code").include_query_params(next=following) if opened.awaits_code else None
    return keep(go_to(f"{place.path}?{place.query}" if place else following), edge, opened)


def refusal_of(error: Exception, edge: Edge, wrong: str) -> tuple[int, str]:
    """Return the status and the words for what kept somebody out."""
    match error:
        case Slowed():
            return 429, f"Too many tries. Please wait {show_duration(_seconds(error.until, edge))} and try again."
        case TooBusy():
            return 503, BUSY
        case _:
            return 401, wrong


def _seconds(until: datetime, edge: Edge) -> float:
    with edge.kit.database.read() as connection:
        return max(1.0, (until - edge.kit.database.now(connection)).total_seconds())


def _headed(page: HTMLResponse, error: Exception) -> HTMLResponse:
    if isinstance(error, Slowed | TooBusy):
        page.headers["Retry-After"] = "30"
    return page
