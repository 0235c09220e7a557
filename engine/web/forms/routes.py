"""Serve forms: show them, take what was filled in, and answer a page with a page and a script with JSON.

What can't be taken is shown again with everything the visitor wrote, so that nothing is lost; also to whoever a program is
suspected behind. Scripts of the sites a form names may post too (CORS); other sites' pages are asked to press the button
on ours, so that nobody's consent is given behind their back.
"""

from dataclasses import replace
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, BackgroundTasks, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response

from engine.content.forms import Form
from engine.flows.checking import ask_online
from engine.flows.draft import Draft
from engine.flows.intake import take_in_and_start
from engine.flows.shelf import Missing
from engine.web.api import problems
from engine.web.api.problems import FieldError, Kind, Refused
from engine.web.bodies import clean
from engine.web.edge import Edge, ThisEdge
from engine.web.forms.posted import REVISION, SHOWN, TRAP, Posted, ThisPost, is_too_quick, sign_instant
from engine.web.forms.suspecting import Suspicion, TooOften, came, count, hold
from engine.web.forms.taking import Visit, page_of, read_draft
from engine.web.lead_pages.speaking import words_in
from engine.web.lead_pages.tokens import seller
from engine.web.rendering import STATIC, render
from engine.web.security import CONTENT_POLICY

log = structlog.get_logger(__name__)

NAME_MAX = 80
USER_AGENT_CHARACTERS_MAX = 300
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}
ELSEWHERE = "Please check what you wrote and press the button once more."
QUICKLY = "That was quick. Please press the button once more."
LEAVE_EMPTY = "Please leave the last field empty; it is there for programs."

OFTEN = replace(
    problems.TOO_MANY,
    title="This form was sent too often",
    remedy="Wait as the header `Retry-After` says, and send it again.",
)

router = APIRouter(prefix="/forms")


@router.api_route("/embed.js", methods=["GET", "HEAD"])
def script() -> Response:
    """Return the script that a pasted form may bring along; any site may load it."""
    headers = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
    return FileResponse(STATIC / "embed.js", media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/{name}/shown")
def sign_shown(request: Request, name: str, edge: ThisEdge) -> Response:
    """Tell a script of a site when its form was shown, signed, so that a person is told from a program."""
    form = _form(edge, name)
    shown = sign_instant(edge.kit.clock.now(), form.name, edge.link_secrets[0])
    return JSONResponse({SHOWN: shown}, headers=_cors(request, form))


@router.api_route("/{name}", methods=["GET", "HEAD"])
def show_form(name: str, edge: ThisEdge) -> Response:
    """Show a form, every box unticked."""
    return _page(edge, _form(edge, name), Posted())


@router.api_route("/{name}/thanks", methods=["GET", "HEAD"])
def show_thanks(name: str, edge: ThisEdge) -> Response:
    """Say thank you, where the site has no page of its own for that."""
    form = _form(edge, name)
    language, words = words_in(form.language)
    return render("form_thanks.html", seller=seller(edge.kit), form=form, words=words, language=language)


@router.options("/{name}")
def allow_script(request: Request, name: str, edge: ThisEdge) -> Response:
    """Tell a browser whether a site's script may post here."""
    allowed = _cors(request, _form(edge, name))
    return Response(status_code=204 if len(allowed) > 1 else 403, headers={**PREFLIGHT, **allowed})


@router.post("/{name}")
def take_form(request: Request, name: str, posted: ThisPost, edge: ThisEdge, later: BackgroundTasks) -> Response:
    """Take a lead in as its visitor filled it in, with consent for the boxes that were ticked and no others."""
    form = _form(edge, name)
    answer = _take(request, _as_shown(edge, form, posted), posted, edge, later)
    answer.headers.update(_cors(request, form))
    return answer


def _form(edge: Edge, name: str) -> Form:
    with edge.kit.database.read() as connection:
        try:
            return edge.kit.shelf.current(connection).form(name[:NAME_MAX])
        except Missing:
            raise HTTPException(404, "There is no such form.") from None


def _take(request: Request, form: Form, posted: Posted, edge: Edge, later: BackgroundTasks) -> Response:
    if not posted.is_readable:
        fault = FieldError(field="", message="This could not be read.", remedy="Please fill it in and send it again.")
        return _again(edge, form, posted, [fault], problems.UNREADABLE)
    visit = Visit(
        page=page_of(posted, request.headers),
        ip=request.client.host if request.client else "",
        user_agent=clean(request.headers.get("user-agent", ""))[:USER_AGENT_CHARACTERS_MAX],
        seller=seller(edge.kit),
    )
    if (often := count(edge, form, visit.ip)) is not None:
        return _too_often(edge, form, posted, often)
    if (refused := _suspicion(request, form, posted, edge, visit)) is not None:
        return refused
    draft = read_draft(form, posted, visit)
    if not isinstance(draft, Draft):
        return _again(edge, form, posted, draft, problems.INVALID)
    with edge.kit.database.write() as connection:
        now = edge.kit.database.now(connection)
        [arrival] = take_in_and_start(edge.kit, connection, [draft], now, recorded_by=f"form:{form.name}")
        came(edge, connection, form, posted, arrival, now)
    edge.ring()
    later.add_task(ask_online, edge.kit, arrival.lead_id)
    thanks = form.thanks or f"/forms/{form.name}/thanks"
    if not posted.is_json:
        return RedirectResponse(thanks, status_code=303)
    suggestion = draft.checks.get("email", {}).get("suggestion")
    # Whether the lead was known is nobody's business who merely types an address.
    return JSONResponse({"ok": True, "thanks": thanks, "suggestion": suggestion}, status_code=201)


def _too_often(edge: Edge, form: Form, posted: Posted, often: TooOften) -> Response:
    """Say that a form was sent too often and when it may be again, with everything the visitor wrote."""
    minutes = -(-often.seconds // 60)
    who = "Many people send this form right now." if often.is_everybody else "This form was sent often from here."
    remedy = f"Please send it again in {minutes} minute{'s' if minutes != 1 else ''}: what you wrote is still here."
    answer = _again(edge, form, posted, [FieldError(field="", message=f"{who} {remedy}", remedy=remedy)], OFTEN)
    answer.headers["Retry-After"] = str(often.seconds)
    return answer


def _suspicion(request: Request, form: Form, posted: Posted, edge: Edge, visit: Visit) -> Response | None:
    """Return the form again where a program, or another site's page, seems to send it; a person sends it once more."""
    if posted.values.get(TRAP):
        hold(edge, form, posted, visit, Suspicion.TRAP)
        fault = FieldError(field=TRAP, message=LEAVE_EMPTY, remedy="Empty it and send the form again.")
        return _again(edge, form, posted, [fault], problems.INVALID)
    if is_too_quick(posted.values.get(SHOWN, ""), form.name, edge.link_secrets, edge.kit.clock.now()):
        hold(edge, form, posted, visit, Suspicion.QUICK)
        fault = FieldError(field="", message=QUICKLY, remedy="Send it again in a few seconds.")
        return _again(edge, form, posted, [fault], problems.INVALID)
    origin = request.headers.get("origin")
    if origin is None or origin.lower() in form.origins or _is_ours(request, origin, edge):
        return None
    log.warning("form.foreign_origin", form=form.name, origin=origin[:100])
    remedy = f"Add {origin[:100]} to `origins` in templates/forms/{form.name}.yaml, and publish."
    fault = FieldError(field="", message=ELSEWHERE, remedy=remedy if posted.is_json else "")
    return _again(edge, form, posted, [fault], problems.FOREIGN)


def _as_shown(edge: Edge, form: Form, posted: Posted) -> Form:
    """Return the revision of *form* that the visitor saw: a consent is to the words that stood there."""
    revision = posted.values.get(REVISION, "")
    if not revision or revision == form.revision:
        return form
    with edge.kit.database.read() as connection:
        try:
            shown = edge.kit.shelf.form(connection, revision)
        except Missing:
            return form
    return shown if shown.name == form.name else form


def _again(edge: Edge, form: Form, posted: Posted, faults: list[FieldError], kind: Kind) -> Response:
    if not posted.is_json:
        return _page(edge, form, posted, faults, status=kind.status)
    return Refused(kind, errors=faults).answer()


def _page(
    edge: Edge, form: Form, posted: Posted, faults: list[FieldError] | None = None, *, status: int = 200
) -> Response:
    named = {fault.field: fault for fault in faults or []}
    shown = sign_instant(edge.kit.clock.now(), form.name, edge.link_secrets[0])
    answer = render(
        "form.html",
        status=status,
        language=form.language,
        words=words_in(form.language)[1],
        seller=seller(edge.kit),
        form=form,
        values=posted.values,
        ticked={box.key for box in form.consents if posted.has_ticked(box.key)},
        faults=named,
        general=[fault for name, fault in named.items() if name not in {one.name for one in form.fields}],
        hidden={SHOWN: posted.values.get(SHOWN) or shown, REVISION: form.revision},
        trap=TRAP,
    )
    if form.thanks:  # a browser asks this policy about the redirect after a form, too
        parts = urlsplit(form.thanks)
        target = f"form-action 'self' {parts.scheme}://{parts.netloc}"
        answer.headers["Content-Security-Policy"] = CONTENT_POLICY.replace("form-action 'self'", target)
    return answer


def _cors(request: Request, form: Form) -> dict[str, str]:
    origin = request.headers.get("origin", "")
    allowed = {"Access-Control-Allow-Origin": origin} if origin.lower() in form.origins else {}
    return {"Vary": "Origin", **allowed}


def _is_ours(request: Request, origin: str, edge: Edge) -> bool:
    host = request.headers.get("host", "").lower()
    return origin.lower() == edge.settings.base_url.lower() or (bool(host) and urlsplit(origin).netloc.lower() == host)
