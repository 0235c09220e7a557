"""What an integrator's program is told when a request can't be carried out (RFC 9457): one shape, a closed list of kinds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"
TYPES = "/api/v1/problems/"
"""Where each kind explains itself: what a problem's `type` begins with. It is the same on every installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of problem: the last part of its `type`, its status, its title, and what to do about it."""

    name: str
    status: int
    title: str
    remedy: str

    @property
    def type(self) -> str:
        """The URI reference that names it."""
        return TYPES + self.name


def _kind(status: int, name: str, title: str, remedy: str) -> Kind:
    return Kind(name=name, status=status, title=title, remedy=remedy)


UNREADABLE = _kind(400, "unreadable", "The body is not JSON", "Send one JSON object, in UTF-8.")
UNAUTHORISED = _kind(
    401, "unauthorised", "A valid API key is needed",
    "Send the header `Authorization: Bearer ft_...`. A key is made by `fifthtouch apikey create NAME`.",
)  # fmt: skip
FOREIGN = _kind(
    403, "foreign-origin", "This site's pages may not post here",
    "Add its origin to the form's `origins`, and publish. The visitor may send the form from our own page meanwhile.",
)  # fmt: skip
OUT_OF_SCOPE = _kind(
    403, "out-of-scope", "The key was not made for this",
    "The member `scope` says what it lacks. Make a key that has it: `fifthtouch apikey create NAME --scope SCOPE`.",
)  # fmt: skip
NOT_FOUND = _kind(
    404, "not-found", "There is nothing here",
    "Check the path against `/api/v1/openapi.json`, and the id against the answer that named it.",
)  # fmt: skip
WRONG_METHOD = _kind(405, "wrong-method", "This address does not take that method", "See the header `Allow`.")
UNDER_WAY = _kind(
    409, "under-way", "The same request is being carried out",
    "Wait a second and send it again: the answer of the first is then given again.",
)  # fmt: skip
NOT_ENTERED = _kind(
    409, "not-entered", "The lead does not enter the sequence",
    "The member `reason` says which of the sequence's rules forbids it, and `until` when asking again may help.",
)  # fmt: skip
NOT_NOW = _kind(
    409, "not-now", "It stands otherwise by now",
    "The member `reason` says how it stands. Read it again, and decide anew.",
)  # fmt: skip
ERASED = _kind(
    410, "erased", "What was answered is erased",
    "This was carried out before, and is not done again. Who the answer named was erased on request since.",
)  # fmt: skip
CHANGED = _kind(
    412, "changed", "Somebody changed it since you read it",
    "Read it again, and send your change with the new `ETag` in `If-Match`.",
)  # fmt: skip
TOO_LARGE = _kind(
    413, "too-large", "The body is too large", "Send at most 64 KiB, and at most 1 MiB of leads together."
)
WRONG_TYPE = _kind(415, "wrong-type", "The body must be JSON", "Send the header `Content-Type: application/json`.")
INVALID = _kind(
    422, "invalid", "Some fields can't be used",
    "The member `errors` names each field, what is wrong with it, and what to do. Nothing was taken in.",
)  # fmt: skip
KEY_REUSED = _kind(
    422, "key-reused", "The Idempotency-Key was used for another request",
    "Use a new key for each new request, and the same key only to send the same request again.",
)  # fmt: skip
NO_MATCH_SAID = _kind(
    428, "no-match-said", "Say which version you change",
    "Read it, and send its `ETag` in `If-Match`, so that nobody's change is overwritten unseen.",
)  # fmt: skip
TOO_MANY = _kind(
    429, "too-many", "This key asks too much at once",
    "Wait as the header `Retry-After` says. `RateLimit-Policy` tells how much may be asked, `RateLimit` what is left.",
)  # fmt: skip
BROKEN = _kind(
    500, "broken", "Something went wrong here",
    "It was logged. Send the request again with the same Idempotency-Key: nothing is done twice.",
)  # fmt: skip
AWAY = _kind(
    503, "away", "The database does not answer",
    "Wait as the header `Retry-After` says, and send the request again with the same Idempotency-Key.",
)  # fmt: skip

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        UNREADABLE, UNAUTHORISED, FOREIGN, OUT_OF_SCOPE, NOT_FOUND, WRONG_METHOD, UNDER_WAY, NOT_ENTERED, NOT_NOW, ERASED,
        CHANGED, TOO_LARGE, WRONG_TYPE, INVALID, KEY_REUSED, NO_MATCH_SAID, TOO_MANY, BROKEN, AWAY,
    )
}  # fmt: skip


class FieldError(BaseModel):
    """One field that can't be used."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(description="Where it stands, such as `consents[0].wording`; empty for the body as a whole.")
    message: str = Field(description="What is wrong.")
    remedy: str = Field(description="What to do.")


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="Names the kind of problem; following it explains the kind.")
    title: str = Field(description="The kind in a few words; always the same for one kind.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong this time, and what to do.")
    errors: list[FieldError] | None = Field(default=None, description="Each field that can't be used.")
    reason: str | None = Field(default=None, description="Why a lead does not enter a sequence, or how it stands now.")
    until: str | None = Field(default=None, description="When asking again may help, if time alone would.")
    scope: str | None = Field(default=None, description="What the key lacks.")


class Refused(Exception):
    """The request can't be carried out; raised anywhere below the door, told at it."""

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **members: str | None,
    ) -> None:
        super().__init__(kind.name)
        self.kind = kind
        self.detail = detail or kind.remedy
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.members = members

    def told(self) -> dict[str, Any]:
        """Return the problem's members."""
        problem: dict[str, Any] = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
        }
        if self.errors:
            problem["errors"] = [error.model_dump() for error in self.errors]
        return problem | {name: value for name, value in self.members.items() if value is not None}

    def answer(self) -> JSONResponse:
        """Return the problem as it is sent."""
        return JSONResponse(self.told(), status_code=self.kind.status, headers=self.headers, media_type=MEDIA_TYPE)
