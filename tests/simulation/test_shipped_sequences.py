"""Every sequence that ships is walked to its end, or for years where it is to have none, by leads who agreed and who did not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from consent.rulebook import Rulebook, load_rulebook
from engine.content.preview import HARD_CASES
from engine.content.sequences import parse_sequence
from engine.content.trades import load_every_library
from engine.domain.lead import Lead
from engine.domain.sequence import Sequence
from engine.domain.task import TaskOutcome
from engine.simulation.rehearsal import Cast, Step, rehearse

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
YEARS_DAYS = 2 * 365  # twice round the year, holidays and both changes of the clock
STILL_AT_IT = timedelta(days=200)  # a sequence without an end says something at least so often
PHONE = "+12025550123"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """One sequence as one trade has it, with those it may hand over to left out."""

    trade: str
    sequence: Sequence

    def __str__(self) -> str:
        return f"{self.trade}-{self.sequence.name}"


def shipped() -> Iterator[Shipped]:
    """Yield every shipped sequence once: those that several trades share, as the first has them."""
    seen: set[str] = set()
    for trade, library in load_every_library().items():
        for name, text in sorted(library.sequences.items()):
            if text not in seen:
                seen.add(text)
                yield Shipped(trade=trade, sequence=parse_sequence(text, file=name, templates=library.touches))


@cache
def rulebook() -> Rulebook:
    return load_rulebook(None)


def walk(one: Shipped, *, consented: bool, calls: TaskOutcome) -> list[Step]:
    cast = Cast(lead=lead_for(one.sequence), rulebook=rulebook(), outcome=calls, consented=consented)
    return rehearse({one.sequence.name: one.sequence}, one.sequence.name, cast, start=START, days=YEARS_DAYS)


def lead_for(sequence: Sequence) -> Lead:
    """Return a lead in New York, with the date that *sequence* goes by, if it does, three weeks on."""
    lead = replace(
        HARD_CASES["typical"], country="US", region="NY", zone="America/New_York", phone=PHONE, created_at=START
    )
    if sequence.date is None:
        return lead
    return replace(lead, custom={**lead.custom, sequence.date: (START + timedelta(weeks=3)).isoformat()})


@pytest.mark.parametrize("one", list(shipped()), ids=str)
@pytest.mark.parametrize(
    ("consented", "calls"),
    [(True, TaskOutcome.NO_ANSWER), (False, TaskOutcome.NO_ANSWER), (True, TaskOutcome.VOICEMAIL_LEFT)],
    ids=["silent", "agreed-to-nothing", "voicemail-left"],
)
def test_it_comes_to_its_end_or_goes_on_for_years(one: Shipped, *, consented: bool, calls: TaskOutcome) -> None:
    steps = walk(one, consented=consented, calls=calls)

    assert steps
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    has_ended = steps[-1].what.startswith(("ends", "goes on"))
    assert has_ended or steps[-1].at > START + timedelta(days=YEARS_DAYS) - STILL_AT_IT, steps[-1]
