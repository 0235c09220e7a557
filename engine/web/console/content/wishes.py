"""What a visitor wishes to see, as the address of the page says it: whose eyes, which language, which trade, how wide."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Self
from urllib.parse import urlencode

from fastapi import HTTPException, Request

from engine.content.schemes import Scheme
from engine.web.bodies import clean
from engine.web.console.content.desk import Desk
from engine.web.security import CONTENT_POLICY

LIVE_POLICY = {"Content-Security-Policy": f"{CONTENT_POLICY}; media-src 'self'"}
"""A page that plays sounds of ours."""

TYPICAL = "typical"
VIEWS = ("desktop", "phone", "small", "text")
FOLDER, PUBLISHED = "folder", "published"
VALUE_CHARACTERS_MAX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The query of a page about content; an empty value stays out of its address."""

    lead: str = ""
    find: str = ""
    locale: str = ""
    trade: str = ""
    interest: str = ""
    source: str = ""  # of what is shown: the folder, or what is published
    view: str = ""
    scheme: str = ""
    images: str = ""

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return what *request* asks for; refuses a choice that does not exist."""
        asked = {
            each.name: clean(request.query_params.get(each.name, ""))[:VALUE_CHARACTERS_MAX] for each in fields(cls)
        }
        for name, choices in _CHOICES.items():
            if asked[name] and asked[name] not in choices:
                raise HTTPException(400, f"There is no {name} called “{asked[name][:40]}”.")
        return cls(**asked)

    def but(self, **changes: str) -> Self:
        """Return the same wishes with some changed."""
        return replace(self, **changes)

    def link(self, path: str) -> str:
        """Return *path* with these wishes in its query."""
        query = urlencode({name: value for name, value in self.given.items() if value})
        return f"{path}?{query}" if query else path

    @property
    def given(self) -> dict[str, str]:
        """The wishes by name, for the hidden fields of a form."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "view": VIEWS,
    "scheme": tuple(Scheme),
    "source": (FOLDER, PUBLISHED),
    "images": ("1",),
}


def this_trade(request: Request, desk: Desk) -> str | None:
    """Return the trade that *request* asks for, None for the one the brand names; refuses one that has no folder."""
    wanted = Wishes.of(request).trade
    if not wanted:
        return None
    if wanted not in desk.bench.read().trades:
        raise HTTPException(400, f"There is no trade called “{wanted[:40]}”.")
    return wanted
