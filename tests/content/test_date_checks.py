"""What is wrong with sequences that count by a date of the lead's own."""

import pytest

from engine.content.problems import Code, Severity
from engine.content.sequences import read_sequence
from engine.domain.sequence import ByDate
from engine.domain.timing import parse_delay
from tests.content.sequence_texts import FILE, faults, of_stages, parse

DATED = "name: plan\ndate: appointment\nstages:\n"


def warnings(text: str) -> list[tuple[Severity, Code, int | None]]:
    """Return what is wrong with *text* that can be published."""
    return [(one.severity, one.code, one.line) for one in read_sequence(text, file=FILE)[1]]


def test_stages_count_before_and_past_the_date_that_the_head_names() -> None:
    lines = "  - {id: a, email: x, before: 2 days at 10:00}\n  - {id: b, sms: x, past: 30 minutes}\n"

    plan = parse(DATED + lines)

    assert plan.date == "appointment"
    assert [stage.by_date for stage in plan.stages] == [
        ByDate(delay=parse_delay("2 days at 10:00"), is_before=True),
        ByDate(delay=parse_delay("30 minutes"), is_before=False),
    ]


def test_a_sequence_without_a_date_keeps_the_revision_it_had() -> None:
    revision = parse("name: old\nstages:\n  - {id: a, email: x, after: 1 day}\n").revision

    assert revision.startswith("a76c4e0d92eeb5f9")


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("{id: a, email: x, before: 1 day}", "the sequence names none"),
        ("{id: a, email: x, after: 1 day, past: 1 day}", "cannot wait for both after and past"),
        ("{id: a, email: x, before: 1 day, past: 1 day}", "cannot wait for both before and past"),
        ("{id: a, email: x, before: 0 days}", "no time before the date"),
        ("{id: a, email: x, before: soon}", "cannot read the delay"),
        ("{id: a, wait for: x, timeout: 1 day, before: 1 day}", "does not belong"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_line(stage: str, said: str) -> None:
    [problem] = [one for one in faults(of_stages(stage)) if said in one.message]

    assert problem.line == 3
    assert problem.remedy


def test_a_date_by_which_nothing_counts_is_a_warning() -> None:
    assert warnings(DATED + "  - {id: a, email: x}\n") == [(Severity.WARNING, Code.DATE_UNUSED, 2)]


@pytest.mark.parametrize("first", ["before: 2 hours", "past: 1 day", "before: 1 day"])
def test_what_is_always_passed_over_is_a_warning(first: str) -> None:
    text = DATED + f"  - {{id: a, email: x, {first}}}\n  - {{id: b, email: x, before: 2 days}}\n"

    assert warnings(text) == [(Severity.WARNING, Code.NEVER_IN_TIME, 5)]


def test_reminders_in_the_order_of_their_moments_are_fine() -> None:
    lines = "".join(
        f"  - {{id: s{number}, email: x, {when}}}\n"
        for number, when in enumerate(
            ["before: 1 week", "before: 2 days at 10:00", "before: 2 hours", "past: 1 hour", "past: 1 day"]
        )
    )

    assert warnings(DATED + lines) == []


def test_ending_by_the_event_that_starts_it_is_a_warning() -> None:
    head = "name: plan\ndate: appointment\nenter: {when: event, event: booked}\nleave: [booked]\nstages:\n"

    assert warnings(head + "  - {id: a, email: x, before: 1 day}\n") == [(Severity.WARNING, Code.ENDS_BY_ITS_START, 4)]


def test_a_loop_of_reminders_has_no_wait() -> None:
    text = DATED + "  - {id: a, email: x, before: 1 day}\n  - {id: b, repeat: a}\n"

    assert any("no wait" in problem.message for problem in faults(text))
