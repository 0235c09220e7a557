"""Whether somebody changes what they have read: the version in `ETag`, and in the `If-Match` that comes back (RFC 9110)."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header

from engine.web.api import problems
from engine.web.api.problems import FieldError, Refused

MATCH_HELP = (
    "The `ETag` of what you read, so that nobody's change is overwritten unseen; `*` for whatever it is by now."
)
VERSION_DIGITS_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a change is for: one version, or with None whatever there is."""

    version: int | None


def tag(version: int) -> str:
    """Return the ETag of *version*."""
    return f'"{version}"'


def match_of(if_match: Annotated[str | None, Header(description=MATCH_HELP)] = None) -> Match:
    """Return what `If-Match` says; refuses a change without it."""
    if if_match is None:
        raise Refused(problems.NO_MATCH_SAID)
    text = if_match.strip()
    if text == "*":
        return Match(version=None)
    found = re.fullmatch(rf'"(\d{{1,{VERSION_DIGITS_MAX}}})"', text, re.ASCII)
    if found is None:
        if re.fullmatch(r'(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*', text):
            raise Refused(problems.CHANGED)  # an entity tag, and none of ours
        error = FieldError(
            field="header If-Match",
            message="This is no ETag.",
            remedy='Send the `ETag` as it came: "3", quotes and all.',
        )
        raise Refused(problems.INVALID, errors=[error])
    return Match(version=int(found[1]))


ThisMatch = Annotated[Match, Depends(match_of)]
