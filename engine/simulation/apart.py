"""Run a rehearsal in a process of its own, for a server: apart from its log, its metrics and its other requests.

What takes too long is killed, and the folder it worked in is removed from here, with the copies in it.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from engine import logs
from engine.content.library import load_library
from engine.content.problems import ContentErrors
from engine.flows.shelf import Missing
from engine.settings import LogFormat, LogLevel
from engine.simulation.audience import Audience
from engine.simulation.behaviour import named
from engine.simulation.trial import Trial, try_out
from engine.store.errors import StoreError


class TakesTooLong(Exception):
    """A rehearsal was ended because its seconds were over."""


class CannotBeRehearsed(Exception):
    """A rehearsal did not come to its end; the argument says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to rehearse, in values that another process can read; *templates* and *trade* are as `load_library` takes them."""

    sequence: str
    audience: Audience
    start: datetime
    days: int
    seed: int
    behaviour: str
    templates: Path | None = None
    trade: str | None = None


def try_out_apart(request: Request, *, seconds: float) -> Trial:
    """Return what comes of *request*; raises `TakesTooLong` after *seconds*, and `CannotBeRehearsed` with the reason."""
    context = get_context("spawn")  # a fork would take the server's threads' locks along
    with TemporaryDirectory(prefix="fifthtouch-") as folder:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(request, folder, theirs), name="rehearsal", daemon=True)
        process.start()
        theirs.close()
        try:
            if not ours.poll(seconds):
                raise TakesTooLong
            outcome = ours.recv()
        except EOFError as error:
            raise CannotBeRehearsed("it ended before its time; the log says why") from error
        finally:
            process.kill()
            process.join()
            process.close()
            ours.close()
    if isinstance(outcome, str):
        raise CannotBeRehearsed(outcome)
    assert isinstance(outcome, Trial)
    return outcome


def _run(request: Request, folder: str, answer: "Connection[object, object]") -> None:
    """Rehearse in this process, and send what came of it: a trial, or why there is none."""
    tempfile.tempdir = folder
    logs.configure(LogLevel.WARNING, LogFormat.AUTO)
    try:
        outcome: Trial | str = try_out(
            load_library(request.templates, trade=request.trade),
            request.sequence,
            leads=request.audience,
            days=request.days,
            seed=request.seed,
            start=request.start,
            behaviour=named(request.behaviour),
        )
    except (ContentErrors, Missing, StoreError) as error:
        outcome = str(error)
    answer.send(outcome)
