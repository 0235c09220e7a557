"""Messages: the delivery log, what was said and why, and a person's answers where something is in doubt."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from channels.address import Channel
from consent.answer import Outcome
from engine.domain.message import Delivery, MessageState
from engine.flows.cancelling import NotCancellable, cancel
from engine.flows.settle_failed import NotReplayable, replay
from engine.flows.settle_unknown import NotUnknown, send_again, settle_as_arrived
from engine.store import log as delivery_log
from engine.store.database import Connection
from engine.store.log import LogFilter
from engine.store.pages import Row
from engine.web.api import problems
from engine.web.api.answers import Answer, MessageOut, MessagesOut
from engine.web.api.carrying import ThisCarrier
from engine.web.api.paging import ThisOnward, TimedQuery, Word
from engine.web.api.permits import MESSAGES_READ, MESSAGES_WRITE
from engine.web.api.problems import Refused
from engine.web.api.texts import Strict
from engine.web.edge import ThisEdge

router = APIRouter(tags=["Messages"])

NO_MESSAGE = "There is no such message. Use the id that an answer of this API gave."
OK = 200


class DecisionOut(Answer):
    """What the gate answered, and by which rule."""

    at: datetime
    asked: str = Field(description="When it was asked: plan, dispatch, answer or show.")
    outcome: Outcome
    reason: str
    rule: str
    until: datetime | None


class AttemptOut(Answer):
    """One try at sending it."""

    number: int
    provider: str
    started_at: datetime
    outcome: str = Field(description="open, accepted, refused, never_started, unknown or overruled.")
    detail: str = Field(description="What the provider said.")


class ProviderEventOut(Answer):
    """What the provider said later."""

    kind: str
    at: datetime
    provider: str


class MessageDetailOut(MessageOut):
    """One message with its words, and all that is on record about it."""

    subject: str = Field(description="Of an email; else empty.")
    text: str = Field(description="The words, as they were rendered for sending; empty before that.")
    decisions: list[DecisionOut] = Field(description="Oldest first.")
    attempts: list[AttemptOut] = Field(description="Oldest first.")
    events: list[ProviderEventOut] = Field(description="Oldest first.")


class Settling(StrEnum):
    """What is said of a message in doubt."""

    ARRIVED = "arrived"  # it counts as accepted
    SEND_AGAIN = "send_again"  # once more, at the risk that it arrives twice
    REPLAY = "replay"  # one that failed and provably never left is sent after all


class SettlingIn(Strict):
    """What you know of a message whose outcome nobody knows, or that failed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"answer": "arrived"}]})

    answer: Settling = Field(
        description="`arrived` or `send_again` for one that is `unknown`; `replay` for one that `failed`."
    )


class MessageQuery(TimedQuery):
    """Which messages."""

    lead_id: UUID | None = Field(default=None, description="To this lead.")
    state: MessageState | None = Field(default=None, description="How far we got.")
    delivery: Delivery | None = Field(default=None, description="What the provider said.")
    channel: Channel | None = Field(default=None, description="By this channel.")
    sequence: Word | None = Field(default=None, description="Of this sequence.")
    stage: Word | None = Field(default=None, description="Of this stage.")
    reason: Word | None = Field(default=None, description="That stand so for this reason.")

    def filter(self) -> LogFilter:
        """Return which rows of the log are wanted."""
        equal = {name: getattr(self, name) for name in ("state", "delivery", "channel", "sequence", "stage", "reason")}
        return LogFilter(
            **equal, lead_id=str(self.lead_id) if self.lead_id else None, since=self.since, until=self.before
        )


@router.get("/v1/messages", summary="List messages", dependencies=[MESSAGES_READ])
def list_messages(edge: ThisEdge, onward: ThisOnward, query: Annotated[MessageQuery, Query()]) -> MessagesOut:
    """Return messages, the newest first; `since` and `before` ask when they were made."""
    with edge.kit.database.read() as connection:
        page = delivery_log.read_log(connection, query.filter(), after=query.start, rows=query.limit)
    return MessagesOut(messages=[message_out(row) for row in page.rows], next=onward(page.next))


@router.get("/v1/messages/{message_id}", summary="Read a message", dependencies=[MESSAGES_READ])
def read_message(message_id: UUID, edge: ThisEdge) -> MessageDetailOut:
    """Return one message: its words, the gate's decisions, the attempts, and what the provider said."""
    with edge.kit.database.read() as connection:
        return _detail(connection, str(message_id))


@router.post(
    "/v1/messages/{message_id}/settle",
    response_model=MessageDetailOut,
    summary="Settle a message in doubt",
    dependencies=[MESSAGES_WRITE],
    openapi_extra={"x-problems": ["not-now"]},
)
def settle_message(message_id: UUID, body: SettlingIn, carrier: ThisCarrier) -> Response:
    """Say that a message arrived, or that it is to be sent again; the gate is asked as always."""

    def work() -> tuple[int, MessageDetailOut]:
        kit = carrier.edge.kit
        with kit.database.read() as connection:
            _detail(connection, str(message_id))
        try:
            SETTLE[body.answer](kit, str(message_id), by=carrier.caller.by)
        except (NotUnknown, NotReplayable) as error:
            why = error.why if isinstance(error, NotReplayable) else f"it is {error.state}"
            raise Refused(problems.NOT_NOW, f"Nothing was changed: {why}.", reason=error.state) from error
        with kit.database.read() as connection:
            return OK, _detail(connection, str(message_id))

    return carrier.carry_apart(body, work)


@router.post(
    "/v1/messages/{message_id}/cancel",
    response_model=MessageDetailOut,
    summary="Cancel a message",
    dependencies=[MESSAGES_WRITE],
    openapi_extra={"x-problems": ["not-now"]},
)
def cancel_message(message_id: UUID, carrier: ThisCarrier) -> Response:
    """Take back a message that nothing has left of; its sequence goes on as if it had been skipped."""

    def work() -> tuple[int, MessageDetailOut]:
        kit = carrier.edge.kit
        with kit.database.read() as connection:
            _detail(connection, str(message_id))
        try:
            cancel(kit, str(message_id), by=carrier.caller.by)
        except NotCancellable as error:
            raise Refused(problems.NOT_NOW, f"Nothing was changed: it is {error.state}.", reason=error.state) from error
        with kit.database.read() as connection:
            return OK, _detail(connection, str(message_id))

    return carrier.carry_apart(None, work)


SETTLE: dict[Settling, Callable[..., None]] = {
    Settling.ARRIVED: settle_as_arrived,
    Settling.SEND_AGAIN: send_again,
    Settling.REPLAY: replay,
}


def message_out(row: Row) -> MessageOut:
    """Return one message as integrators get it."""
    return MessageOut(**{name: row[name] for name in MessageOut.model_fields})


def _detail(connection: Connection, message_id: str) -> MessageDetailOut:
    record = delivery_log.read_message(connection, message_id)
    if record is None:
        raise Refused(problems.NOT_FOUND, NO_MESSAGE)
    body = record.body or {}
    return MessageDetailOut(
        **{name: record.message[name] for name in MessageOut.model_fields},
        subject=body.get("subject") or "",
        text=body.get("text") or body.get("body") or body.get("script") or "",
        decisions=[DecisionOut(at=row["created_at"], **_pick(row, DecisionOut, "at")) for row in record.decisions],
        attempts=[AttemptOut(**_pick(row, AttemptOut)) for row in record.attempts],
        events=[ProviderEventOut(**_pick(row, ProviderEventOut)) for row in record.events],
    )


def _pick(row: Row, model: type[Answer], *but: str) -> dict[str, Any]:
    return {name: row[name] for name in model.model_fields if name not in but}
