"""What a person sees when a request can't be served: one clear sentence, and where to go on."""

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from engine.store.errors import StoreError
from engine.web.listing import wants_json
from engine.web.rendering import render

log = structlog.get_logger(__name__)

TITLES = {
    400: "This could not be done",
    401: "Please sign in",
    403: "This is not open to you",
    404: "There is nothing here",
    405: "That can't be done here",
    409: "This has changed meanwhile",
    413: "This is too large",
    422: "This could not be read",
    429: "One moment, please",
    500: "Something went wrong here",
    503: "Back in a moment",
}
"""What stands above each error, in a person's words; the status itself stands below."""

SENTENCES = {
    401: "You are not signed in, or no longer. Sign in, and then open this page again.",
    403: "Your role does not allow this. Whoever looks after this installation can change that.",
    404: "There is nothing at this address. It may have been mistyped, or what was here is gone.",
    409: "Somebody, or the engine, was quicker. Go back, look at how it stands now, and try again.",
    413: "Please send less at once.",
    429: "There were too many tries. Wait a minute, and try again.",
    500: "It was logged. Please try again; if it happens again, tell whoever looks after this installation when it did.",
    405: "This address does not take that kind of request.",
    422: "Something in this address or form could not be read.",
    503: "The database does not answer at the moment. Please try again shortly.",
}

PASSES = frozenset({429, 500, 503})
"""What may be gone when the same page is asked for again."""


def add_error_pages(app: FastAPI) -> None:
    """Let *app* answer errors with a page, or with JSON where that is asked for."""

    @app.exception_handler(HTTPException)
    def refuse(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.SEE_OTHER:
            return RedirectResponse(dict(error.headers or {})["Location"], status_code=303)
        phrase = HTTPStatus(error.status_code).phrase
        said = SENTENCES.get(error.status_code, phrase) if error.detail == phrase else error.detail
        return _answer(request, error.status_code, str(said), error.headers)

    @app.exception_handler(RequestValidationError)
    def refuse_unreadable(request: Request, _error: RequestValidationError) -> Response:
        return _answer(request, 422, SENTENCES[422])

    @app.exception_handler(StoreError)
    def database_is_away(request: Request, error: StoreError) -> Response:
        log.error("request.database_away", problem=str(error))
        return _answer(request, 503, SENTENCES[503], {"Retry-After": "5"})


def _answer(request: Request, status: int, sentence: str, headers: object = None) -> Response:
    extra = dict(headers) if isinstance(headers, dict) else {}
    if wants_json(request):
        return JSONResponse({"error": sentence}, status_code=status, headers=extra)
    answer = error_page(status, sentence, path=request.url.path, is_read=request.method in {"GET", "HEAD"})
    answer.headers.update(extra)
    return answer


def error_page(
    status: int, sentence: str = "", *, title: str = "", path: str = "", is_read: bool = False
) -> HTMLResponse:
    """Return the page for *status*, with what to do next; needs no database. *is_read* says that trying again is harmless."""
    is_console = path.startswith("/console")
    return render(
        "error.html",
        status=status,
        code=status,
        title=title or TITLES.get(status, HTTPStatus(status).phrase),
        sentence=sentence or SENTENCES.get(status, HTTPStatus(status).phrase),
        is_console=is_console,
        may_sign_in=is_console and status == HTTPStatus.UNAUTHORIZED,
        again="/" + path.lstrip("/") if is_read and status in PASSES else None,  # two strokes would lead elsewhere
    )
