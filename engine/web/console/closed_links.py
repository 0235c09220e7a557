"""Links in messages that act for a lead without a login: shown only to who may work on leads."""

import re
from typing import TypeVar

from fastapi.responses import Response

from engine.domain.access import Right
from engine.web.person import Person

Shown = TypeVar("Shown", bound=Response)

_TOKEN = re.compile(rb"(/(?:u|p|confirm)/)[A-Za-z0-9_-]{20,}")


def close_links(answer: Shown, person: Person) -> Shown:
    """Take the tokens of leads' links out of *answer*, unless *person* may work on leads: such a link never ends."""
    if Right.WORK not in person.rights:
        answer.body = _TOKEN.sub(rb"\1...", bytes(answer.body))
        answer.headers["Content-Length"] = str(len(answer.body))
    return answer
