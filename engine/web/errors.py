"""What a person sees when a request can't be served: one clear sentence, and where to go on."""

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from engine.store.errors import StoreError
from engine.web.listing import wants_json
from engine.web.rendering import render

log = structlog.get_logger(__name__)

SENTENCES = {
    404: "There is nothing at this address. It may have been mistyped, or what was here is gone.",
    405: "This address does not take that kind of request.",
    422: "Something in this address or form could not be read.",
    503: "The database does not answer at the moment. Please try again shortly.",
}


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
    is_console = request.url.path.startswith("/console") and status != HTTPStatus.FORBIDDEN
    answer = render("error.html", status=status, title=HTTPStatus(status).phrase, sentence=sentence, console=is_console)
    answer.headers.update(extra)
    return answer
