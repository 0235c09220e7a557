"""Who may enter a sequence, and the reason for a no."""

from dataclasses import replace

import pytest

from engine.domain.enrollment import Enrollment, EnrollmentStatus
from engine.domain.entry import EntryAnswer, EntryReason, enters
from engine.domain.lead import LeadStatus
from engine.domain.sequence import EntryRule, Sequence, Trigger
from engine.domain.timing import parse_delay
from tests.domain.walks import DAY, EMAIL, MONDAY, at, facts, happening, plan, stage

ENTERS = EntryAnswer(reason=EntryReason.ENTERS)
PLAN = plan(stage("a", EMAIL), enter=EntryRule(when=Trigger.LEAD_CREATED))
ENDED = at("a", status=EnrollmentStatus.FINISHED, started_at=MONDAY - 10 * DAY)
ELSEWHERE = at("x", sequence="other")


def with_rule(rule: EntryRule) -> Sequence:
    return replace(PLAN, enter=rule)


def test_a_lead_enters_by_the_trigger_that_the_rule_names() -> None:
    assert enters(PLAN, facts(), (), Trigger.LEAD_CREATED, MONDAY) == ENTERS
    assert enters(PLAN, facts(), (), Trigger.EVENT, MONDAY, event="x").reason is EntryReason.OTHER_TRIGGER


def test_an_event_must_be_the_one_that_the_rule_names() -> None:
    sequence = with_rule(EntryRule(when=Trigger.EVENT, event="visited"))

    assert enters(sequence, facts(), (), Trigger.EVENT, MONDAY, event="visited").enters
    assert not enters(sequence, facts(), (), Trigger.EVENT, MONDAY, event="other").enters
    assert not enters(sequence, facts(), (), Trigger.LEAD_CREATED, MONDAY).enters


def test_any_sequence_can_be_entered_by_hand_also_again() -> None:
    assert enters(PLAN, facts(), (ENDED,), Trigger.MANUAL, MONDAY) == ENTERS


@pytest.mark.parametrize(
    ("known", "detail"),
    [(facts(opted_out=True), "opted_out"), (facts(lead={"status": LeadStatus.CUSTOMER}), "customer")],
    ids=["opted out", "customer"],
)
@pytest.mark.parametrize("trigger", [Trigger.LEAD_CREATED, Trigger.MANUAL])
def test_a_lead_who_would_leave_at_once_does_not_enter(known: object, detail: str, trigger: Trigger) -> None:
    answer = enters(PLAN, known, (), trigger, MONDAY)  # type: ignore[arg-type]

    assert (answer.reason, answer.detail) == (EntryReason.LEAVES, detail)


def test_an_old_booking_does_not_keep_a_lead_out() -> None:
    assert enters(PLAN, facts(happenings=(happening("booked", MONDAY - DAY),)), (), Trigger.MANUAL, MONDAY) == ENTERS


@pytest.mark.parametrize("trigger", [Trigger.LEAD_CREATED, Trigger.MANUAL])
def test_a_lead_is_in_a_sequence_once_at_a_time(trigger: Trigger) -> None:
    resting = at("a", status=EnrollmentStatus.SNOOZED)

    assert enters(PLAN, facts(), (ENDED, resting), trigger, MONDAY).reason is EntryReason.ALREADY_IN


def test_a_lead_enters_again_only_when_the_rule_says_so_and_its_time_has_passed() -> None:
    again = with_rule(EntryRule(when=Trigger.LEAD_CREATED, again=parse_delay("20 days")))

    never = enters(PLAN, facts(), (ENDED,), Trigger.LEAD_CREATED, MONDAY + 999 * DAY)
    too_soon = enters(again, facts(), (ENDED,), Trigger.LEAD_CREATED, MONDAY)

    assert never.reason is EntryReason.ENTERED_BEFORE
    assert (too_soon.reason, too_soon.until) == (EntryReason.ENTERED_BEFORE, MONDAY + 10 * DAY)
    assert enters(again, facts(), (ENDED,), Trigger.LEAD_CREATED, MONDAY + 10 * DAY) == ENTERS


@pytest.mark.parametrize(
    ("sequence", "other", "shared", "reason"),
    [
        (PLAN, ELSEWHERE, frozenset[str](), EntryReason.EXCLUSIVE),
        (PLAN, ELSEWHERE, frozenset({"other"}), EntryReason.ENTERS),
        (replace(PLAN, exclusive=False), ELSEWHERE, frozenset[str](), EntryReason.ENTERS),
        (PLAN, replace(ELSEWHERE, status=EnrollmentStatus.STOPPED), frozenset[str](), EntryReason.ENTERS),
    ],
    ids=["both exclusive", "other is shared", "this one is not exclusive", "other has ended"],
)
def test_a_lead_is_in_one_exclusive_sequence_at_a_time(
    sequence: Sequence, other: Enrollment, shared: frozenset[str], reason: EntryReason
) -> None:
    assert enters(sequence, facts(), (other,), Trigger.MANUAL, MONDAY, shared=shared).reason is reason


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("lead.source == 'web'", EntryReason.ENTERS),
        ("lead.source == 'phone'", EntryReason.CONDITION),
        ("lead.custom.budget > 5", EntryReason.BAD_CONDITION),
    ],
)
@pytest.mark.parametrize("trigger", [Trigger.LEAD_CREATED, Trigger.MANUAL])
def test_the_condition_is_asked_of_everybody(condition: str, reason: EntryReason, trigger: Trigger) -> None:
    sequence = with_rule(EntryRule(when=Trigger.LEAD_CREATED, condition=condition))

    assert enters(sequence, facts(lead={"source": "web"}), (), trigger, MONDAY).reason is reason
