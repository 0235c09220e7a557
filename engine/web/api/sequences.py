"""Sequences: what is published, and whether it rests."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from engine.flows import steering
from engine.flows.kit import Kit
from engine.flows.steering import NoSuchSequence
from engine.store import contents
from engine.store.database import Connection
from engine.store.pages import Row
from engine.web.api import problems
from engine.web.api.answers import SequenceOut, SequencesOut
from engine.web.api.carrying import Carrier, ThisCarrier
from engine.web.api.permits import SEQUENCES_READ, SEQUENCES_WRITE
from engine.web.api.problems import Refused
from engine.web.api.texts import Line, Strict
from engine.web.edge import ThisEdge

router = APIRouter(tags=["Sequences"])

OK = 200
Name = Annotated[str, Path(max_length=80, description="The sequence's name.")]


class SequencePauseIn(Strict):
    """Why it rests."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "prices changed"}, {}]})

    reason: Line = Field(default="", description="For whoever looks.")


@router.get("/v1/sequences", summary="List the published sequences", dependencies=[SEQUENCES_READ])
def list_sequences(edge: ThisEdge) -> SequencesOut:
    """Return every published sequence, by name; there are as many as files, so this is no list of pages."""
    with edge.kit.database.read() as connection:
        rows = contents.sequences(connection)
        return SequencesOut(sequences=[_out(edge.kit, connection, row) for row in rows])


@router.get("/v1/sequences/{name}", summary="Read a sequence", dependencies=[SEQUENCES_READ])
def read_sequence(name: Name, edge: ThisEdge) -> SequenceOut:
    """Return one published sequence."""
    return _named(edge.kit, name)


@router.post(
    "/v1/sequences/{name}/pause",
    response_model=SequenceOut,
    summary="Pause a sequence",
    dependencies=[SEQUENCES_WRITE],
)
def pause_sequence(name: Name, body: SequencePauseIn, carrier: ThisCarrier) -> Response:
    """Let nothing more of a sequence leave; when this answers, nothing does. Its walks go on, and what they plan waits."""

    def pause() -> None:
        steering.pause_sequence(carrier.edge.kit, name, by=carrier.caller.by, reason=body.reason)

    return carrier.carry_apart(body, lambda: _turned(carrier, name, pause))


@router.post(
    "/v1/sequences/{name}/resume",
    response_model=SequenceOut,
    summary="Resume a sequence",
    dependencies=[SEQUENCES_WRITE],
)
def resume_sequence(name: Name, carrier: ThisCarrier) -> Response:
    """Let a sequence go on; what is overdue leaves at its senders' pace."""

    def resume() -> None:
        steering.resume_sequence(carrier.edge.kit, name, by=carrier.caller.by)

    return carrier.carry_apart(None, lambda: _turned(carrier, name, resume))


def _turned(carrier: Carrier, name: str, act: Callable[[], None]) -> tuple[int, SequenceOut]:
    try:
        act()
    except NoSuchSequence as error:
        raise Refused(problems.NOT_FOUND, NO_SEQUENCE) from error
    return OK, _named(carrier.edge.kit, name)


NO_SEQUENCE = "No sequence of this name is published. `GET /v1/sequences` lists them."


def _named(kit: Kit, name: str) -> SequenceOut:
    with kit.database.read() as connection:
        for row in contents.sequences(connection):
            if row["name"] == name:
                return _out(kit, connection, row)
    raise Refused(problems.NOT_FOUND, NO_SEQUENCE)


def _out(kit: Kit, connection: Connection, row: Row) -> SequenceOut:
    sequence = kit.shelf.sequence(connection, row["revision"])
    told = {name: row[name] for name in ("name", "purpose", "is_paused", "published_at", "revision")}
    return SequenceOut(**told, stages=len(sequence.stages), starts=sequence.enter.event or sequence.enter.when)
