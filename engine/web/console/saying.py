"""What was just done, said once on the page that follows: in a cookie of ours, so that no link can put words on a page."""

import re
from urllib.parse import quote, unquote, unquote_plus

from fastapi import Request
from fastapi.responses import Response

COOKIE = "said"
PATH = "/console"
TEXT_MAX = 200
KEPT_SECONDS = 60  # the browser follows at once

_SAID = re.compile(r"(?P<sign>[?&])said=(?P<words>[^&#]*)(?P<more>&?)")


def take_off(path: str) -> tuple[str, str]:
    """Return *path* without its `said`, and the words that stood there; empty where nothing did."""
    found = _SAID.search(path)
    if found is None:
        return path, ""
    kept = found["sign"] if found["more"] else ""
    return path[: found.start()] + kept + path[found.end() :], unquote_plus(found["words"])[:TEXT_MAX]


def leave(response: Response, words: str) -> None:
    """Let the page that follows *response* say *words*."""
    response.set_cookie(
        COOKIE, quote(words, safe=""), max_age=KEPT_SECONDS, path=PATH, httponly=True, samesite="strict"
    )


def read(request: Request) -> str:
    """Return what is to be said on this page, empty for nothing."""
    return unquote(request.cookies.get(COOKIE, ""))[:TEXT_MAX]


def let_go(request: Request, response: Response) -> None:
    """Let the browser forget what was said by *response*."""
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")
