"""Invented leads have the date that a sequence counts by, and are reminded of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from consent.rulebook import load_rulebook
from engine.content.preview import HARD_CASES
from engine.content.sequences import parse_sequence
from engine.domain.appointments import date_of
from engine.domain.lead import LeadId
from engine.simulation.appointments import DAYS, FIRST_DAY, with_date
from engine.simulation.rehearsal import Cast, rehearse

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
PLAN = parse_sequence(
    """\
name: reminder
date: appointment
purpose: service
leave: [opted_out]
stages:
  - {id: early, email: soon, before: 2 days at 10:00}
  - {id: late, email: today, before: 2 hours}
  - {id: past, email: thanks, past: 1 day}
""",
    file="sequences/reminder.yaml",
)
LEAD = replace(HARD_CASES["typical"], created_at=START, country="US", zone="America/New_York")


def test_a_supposed_date_lies_within_the_next_weeks_and_differs_from_lead_to_lead() -> None:
    leads = [replace(LEAD, id=LeadId(str(number))) for number in range(50)]

    dates = [date_of(with_date(lead, PLAN, START), "appointment") for lead in leads]

    known = [date for date in dates if date is not None]
    assert len(known) == len(leads)
    assert len(set(known)) > DAYS
    assert all(timedelta(days=FIRST_DAY - 1) < date - START < timedelta(days=FIRST_DAY + DAYS) for date in known)


def test_a_date_that_the_lead_has_is_kept() -> None:
    mine = replace(LEAD, custom={"appointment": "2026-03-20"})

    assert with_date(mine, PLAN, START) == mine


def test_a_rehearsal_counts_by_the_date_it_supposes_and_says_so() -> None:
    cast = Cast(lead=LEAD, rulebook=load_rulebook(None))

    steps = rehearse({"reminder": PLAN}, "reminder", cast, start=START, days=60)

    date = date_of(with_date(LEAD, PLAN, START), "appointment")
    assert date is not None
    assert [step.what.split()[0] for step in steps] == ["supposed:", "email", "email", "email", "ends:"]
    assert [step.at for step in steps[2:4]] == [date - timedelta(hours=2), date + timedelta(days=1)]
