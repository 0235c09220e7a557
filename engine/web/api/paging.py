"""Long lists: a page at a time, after a place that only we can read, and where the next page is."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from engine.store.listings import Wanted
from engine.store.pages import Key
from engine.web.api.texts import End, refuse
from engine.web.listing import SEPARATOR

ROWS_MAX = 200


def place(key: Key | None) -> str | None:
    """Return *key* as an answer tells it: a text to be sent back as it is."""
    if key is None:
        return None
    return urlsafe_b64encode(f"{key.at.isoformat()}{SEPARATOR}{key.id}".encode()).decode().rstrip("=")


def read_place(text: str) -> Key:
    """Return the key that `place` told; raises `ValueError`."""
    try:
        plain = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode()
        at, _, row_id = plain.partition(SEPARATOR)
        instant = datetime.fromisoformat(at)
        return Key(
            at=(instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC), id=str(UUID(row_id))
        )
    except (NotBase64, OverflowError, UnicodeError) as error:
        raise ValueError(text) from error


Moment = End
Word = Annotated[str, Field(max_length=80)]


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(default=None, max_length=200, description="The `next` of the page before.")
    limit: int = Field(default=50, ge=1, le=ROWS_MAX, description="How many at most.")

    @field_validator("after")
    @classmethod
    def _is_place(cls, text: str | None) -> str | None:
        try:
            read_place(text) if text else None
        except ValueError as error:
            raise refuse("This is no place in a list.", "Send the `next` of an answer.") from error
        return text

    @property
    def start(self) -> Key | None:
        """The place that the page begins after."""
        return read_place(self.after) if self.after else None


class TimedQuery(PageQuery):
    """Which page of what is in a span of time."""

    since: Moment | None = Field(default=None, description="From this instant on.")
    before: Moment | None = Field(default=None, description="Before this instant.")

    def wanted(self, **equal: object) -> Wanted:
        """Return which rows to list, besides those whose columns hold *equal*."""
        told = {name: None if value is None else str(value) for name, value in equal.items()}
        return Wanted(equal=told, since=self.since, until=self.before)


ThisPage = Annotated[PageQuery, Query()]


class Onward:
    """Tells where the next page is: in the answer's `next`, and in the header `Link`."""

    def __init__(self, request: Request, response: Response) -> None:
        self._url = request.url
        self._response = response

    def __call__(self, key: Key | None) -> str | None:
        """Return the place of *key* for the answer's `next`."""
        told = place(key)
        if told is not None:
            following = self._url.include_query_params(after=told)
            self._response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        return told


ThisOnward = Annotated[Onward, Depends()]
