"""`work` and `tick`: start the parts that need no web."""

from enum import StrEnum
from typing import Annotated

import typer

from engine.bootstrap import open_kit, real_world
from engine.cli.apps import one_command
from engine.cli.complaints import Complaint
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, say
from engine.flows.claiming import FIRST, MAIN
from engine.flows.rounds import run_due
from engine.flows.sandboxed import tell_events
from engine.flows.seal import seal_facts
from engine.running import close, run_ticker, run_worker
from engine.settings import Settings

APPS = {name: one_command() for name in ("work", "tick")}


class Lane(StrEnum):
    """Which bells a worker answers."""

    FIRST = FIRST  # first touches, answers and confirmations
    MAIN = MAIN  # everything else


@APPS["work"].command()
def work(
    *,
    lane: Annotated[Lane, typer.Option(help="Which bells to answer.")] = Lane.MAIN,
    threads: Annotated[int, typer.Option(min=1, max=64, help="How many batches at once.")] = 4,
    once: Annotated[bool, typer.Option("--once", help="Do all that is due now, in every lane, and end.")] = False,
    json: Json = False,
) -> None:
    """Answer the bells of one lane."""
    if once:
        _work_once(settings_now(), json=json)
        return
    settings = settings_now(is_service=True)
    _need_redis(settings, "work")
    run_worker(settings, lane, threads=threads)


@APPS["tick"].command()
def tick() -> None:
    """Look once a second at what is due, and ring for it."""
    settings = settings_now(is_service=True)
    _need_redis(settings, "tick")
    run_ticker(settings)


def _work_once(settings: Settings, *, json: bool) -> None:
    world = real_world(settings)
    kit = open_kit(settings, world)
    try:
        done = run_due(kit)
        while told := tell_events(kit):
            done += told + run_due(kit)
        seal_facts(kit)
    finally:
        close(kit, world)
    if json:
        emit({"done": done})
    else:
        say(f"{done} things done, nothing more is due now")


def _need_redis(settings: Settings, command: str) -> None:
    if settings.redis_url is None:
        raise Complaint(
            f"`{command}` needs the bell of other processes: set REDIS_URL, or run everything in one with `fifthtouch up`"
        )
