"""Try a sequence out on invented leads: the whole loop, in a database that is thrown away afterwards.

Where `simulation.rehearsal` walks one silent lead on paper, here many arrive, answer, stop and are called.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.bootstrap import prepare
from engine.content.library import Library
from engine.flows.enroll import enroll
from engine.flows.intake import receive_leads
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.simulation.people import Person, invent
from engine.simulation.run import Watch, run_world, virtual_world
from engine.simulation.simulate import Plan, in_silence
from engine.simulation.summary import Summary, summarise
from engine.store.touch_list import Holds, Touch, list_holds, list_touches


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of a trial: the calendar of touches, why some were held, and the whole in numbers."""

    touches: Sequence[Touch]
    holds: Sequence[Holds]
    summary: Summary


def try_out(
    library: Library,
    sequence: str,
    *,
    leads: int,
    days: int,
    seed: int,
    start: datetime | None = None,
    progress: Watch = in_silence,
) -> Trial:
    """Let *leads* invented people enter *sequence* at once and live for *days*; start when the seed says, or at *start*.

    Only this sequence begins; it may hand over to others. Raises `Missing` when *library* has none of that name.
    """
    start = start or Plan(leads=leads, days=days, seed=seed).start
    world = virtual_world(seed, start)
    with TemporaryDirectory(prefix="fifthtouch-") as folder:
        settings = Settings(database_url=f"sqlite:///{Path(folder) / 'trial.db'}", secret_key="trial")  # noqa: S106
        kit = prepare(settings, world, library=library)
        try:
            interests = list(library.brand.interests)
            people = invent(leads, seed=seed, start=start, days=days, interests=interests, at_once=True)
            end = start + timedelta(days=days)
            run_world(kit, people, seed=seed, end=end, take_in=partial(_enter, sequence), watch=progress)
            return _told(kit, days=days, seed=seed, start=start, end=end)
        finally:
            kit.database.close()


def _enter(sequence: str, kit: Kit, people: Sequence[Person]) -> None:
    arrivals = receive_leads(kit, [person.draft for person in people], recorded_by="trial", enter=False)
    with kit.database.write() as connection:
        enroll(kit, connection, [one.lead_id for one in arrivals], sequence, kit.database.now(connection))


def _told(kit: Kit, *, days: int, seed: int, start: datetime, end: datetime) -> Trial:
    with kit.database.read() as connection:
        return Trial(
            touches=list_touches(connection),
            holds=list_holds(connection),
            summary=summarise(connection, days=days, seed=seed, start=start, end=end, seconds=0.0),
        )
