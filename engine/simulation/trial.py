"""Rehearse a sequence: the whole loop for many leads, to the second, in a database that is thrown away afterwards.

Where `simulation.rehearsal` walks one silent lead on paper, here many arrive, answer, stop and are called. Nothing leaves:
the clock is virtual, so that there are no real providers, and each adapter is the sandbox.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.content.library import Library
from engine.flows.enroll import Entry
from engine.simulation.audience import Audience, Frame, Invented, Stage, set_up
from engine.simulation.behaviour import TYPICAL, Behaviour
from engine.simulation.run import BY_THE_SECOND, Manner, Watch, run_world, virtual_world
from engine.simulation.simulate import Plan, in_silence
from engine.simulation.summary import Summary, summarise
from engine.simulation.volume import Day, Texts, count_texts, count_volume
from engine.store import rehearsed, senders
from engine.store.rehearsed import Held, Untexted
from engine.store.touch_list import Holds, Touch, list_holds, list_touches


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of a rehearsal: the calendar of touches, what was held, the volume, and the whole in numbers."""

    touches: Sequence[Touch]
    held: Sequence[Held]  # each hold of each touch
    holds: Sequence[Holds]  # how many touches were held for what
    volume: Sequence[Day]
    texts: Texts
    untexted: Sequence[Untexted]
    refused: Sequence[Entry]  # who was not let in, where they were there before
    answered: int  # leads who wrote back
    summary: Summary


def try_out(  # noqa: PLR0913 - one argument for each thing that is chosen
    library: Library,
    sequence: str,
    *,
    leads: int | Audience,
    days: int,
    seed: int,
    start: datetime | None = None,
    behaviour: Behaviour = TYPICAL,
    progress: Watch = in_silence,
) -> Trial:
    """Let *leads* enter *sequence* at once and live for *days*; start when the seed says, or at *start*.

    A number stands for so many invented people. Only this sequence begins; it may hand over to others. Raises `Missing`
    when *library* has none of that name.
    """
    audience = Invented(count=leads) if isinstance(leads, int) else leads
    start = start or Plan(leads=1, days=days, seed=seed).start
    frame = Frame(library=library, sequence=sequence, seed=seed, start=start, days=days)
    world = virtual_world(seed, start)
    end = start + timedelta(days=days)
    with TemporaryDirectory(prefix="fifthtouch-") as folder:
        stage = set_up(audience, frame, world, Path(folder))
        try:
            run_world(
                stage.kit,
                stage.people,
                seed=seed,
                end=end,
                take_in=stage.take_in,
                watch=progress,
                manner=Manner(tempo=BY_THE_SECOND, behaviour=behaviour),
            )
            return _told(stage, frame, end)
        finally:
            stage.kit.database.close()


def _told(stage: Stage, frame: Frame, end: datetime) -> Trial:
    with stage.kit.database.read() as connection:
        sent = [one for one in rehearsed.list_sent(connection) if one.at >= frame.start]
        touches = [one for one in list_touches(connection) if one.at is None or one.at >= frame.start]
        return Trial(
            touches=touches,
            held=rehearsed.list_held(connection),
            holds=list_holds(connection),
            volume=count_volume(sent, senders.all_senders(connection)),
            texts=count_texts(sent),
            untexted=rehearsed.list_untexted(connection, frame.start),
            refused=stage.refused,
            answered=rehearsed.count_who_answered(connection, frame.start),
            summary=summarise(connection, days=frame.days, seed=frame.seed, start=frame.start, end=end, seconds=0.0),
        )
