"""Confirmations, and what waits: for a reader, for hours, and for how long."""

from datetime import datetime, timedelta
from pathlib import Path

from channels.address import Channel
from consent.answer import Outcome
from consent.facts import GateFacts, Purpose, SuppressionReason, TouchFact
from consent.gate import decide
from consent.rulebook import load_rulebook
from tests.consent import asking

minute = timedelta(minutes=1)
day = timedelta(days=1)


# --- confirmations


def confirmation(*, stopped_at: datetime | None, now: datetime, confirmed_at: datetime | None = None) -> str:
    stops = () if stopped_at is None else (asking.withdrawn(Channel.EMAIL, stopped_at),)
    sent = (
        ()
        if confirmed_at is None
        else (TouchFact(channel=Channel.EMAIL, at=confirmed_at, purpose=Purpose.CONFIRMATION),)
    )
    question = asking.request(Channel.EMAIL, purpose=Purpose.CONFIRMATION)
    answer = asking.ask(question, GateFacts(consents=stops, touches=sent), now)
    return answer.reason or answer.outcome.value


def test_one_confirmation_follows_a_stop_within_five_minutes() -> None:
    stopped_at = asking.MONDAY

    assert confirmation(stopped_at=stopped_at, now=stopped_at + 5 * minute) == "allow"
    assert confirmation(stopped_at=stopped_at, now=stopped_at + 6 * minute) == "confirmation_late"
    assert confirmation(stopped_at=stopped_at, now=stopped_at + minute, confirmed_at=stopped_at) == "already_confirmed"


def test_a_stop_said_twice_is_confirmed_once() -> None:
    stops = tuple(asking.withdrawn(at=asking.MONDAY + each * minute) for each in (0, 2))
    sent = (TouchFact(channel=Channel.SMS, at=asking.MONDAY + minute, purpose=Purpose.CONFIRMATION),)
    question = asking.request(purpose=Purpose.CONFIRMATION)

    answer = asking.ask(question, GateFacts(consents=stops, touches=sent), asking.MONDAY + 3 * minute)

    assert (answer.reason, answer.rule) == ("already_confirmed", "US-TCPA-CONFIRM-TEXT")


def test_a_start_after_a_stop_is_confirmed_again() -> None:
    facts = GateFacts(
        consents=(asking.withdrawn(at=asking.MONDAY), asking.granted(at=asking.MONDAY + 2 * minute)),
        touches=(TouchFact(channel=Channel.SMS, at=asking.MONDAY + minute, purpose=Purpose.CONFIRMATION),),
    )

    answer = asking.ask(asking.request(purpose=Purpose.CONFIRMATION), facts, asking.MONDAY + 3 * minute)

    assert answer.outcome is Outcome.ALLOW


def test_help_is_answered_once_a_day_also_after_an_old_stop() -> None:
    question = asking.request(purpose=Purpose.CONFIRMATION, planned_at=asking.MONDAY)
    stop = (asking.withdrawn(),)
    sent = tuple(
        TouchFact(channel=Channel.SMS, at=asking.MONDAY - hours * timedelta(hours=1), purpose=Purpose.CONFIRMATION)
        for hours in (3, 30)
    )

    assert asking.ask(question, GateFacts(consents=stop, touches=sent[1:])).outcome is Outcome.ALLOW
    assert asking.ask(question, GateFacts(consents=stop, touches=sent)).reason == "already_confirmed"
    assert asking.ask(question, GateFacts(touches=sent)).reason == "already_confirmed"
    assert asking.ask(question).outcome is Outcome.ALLOW


def test_a_confirmation_reaches_an_address_that_stopped_and_none_that_is_dead() -> None:
    def confirm(reason: SuppressionReason) -> Outcome:
        facts = GateFacts(
            consents=(asking.withdrawn(at=asking.MONDAY),), suppressions=(asking.suppressed(reason, Channel.SMS),)
        )
        return asking.ask(asking.request(purpose=Purpose.CONFIRMATION), facts).outcome

    assert confirm(SuppressionReason.OPTED_OUT) is Outcome.ALLOW
    assert confirm(SuppressionReason.DECEASED) is Outcome.BLOCK


# --- waiting


def test_nothing_is_sent_while_a_message_of_the_lead_is_unread() -> None:
    since = asking.MONDAY - timedelta(hours=30)
    facts = GateFacts(consents=(asking.granted(),), review_since=since)

    answer = asking.ask(asking.request(Channel.EMAIL), facts)

    assert (answer.reason, answer.until) == ("pending_review", since + 2 * day)
    assert (asking.ask(asking.request(Channel.EMAIL, "JP"), facts).outcome) is Outcome.BLOCK


def test_review_is_named_before_the_hour() -> None:
    night = datetime.fromisoformat("2026-11-23T23:00-05:00")
    facts = GateFacts(consents=(asking.granted(),), review_since=night - timedelta(hours=23))

    answer = asking.ask(asking.request(zones=("America/New_York",)), facts, night)

    assert (answer.reason, answer.rule) == ("pending_review", "US-TCPA-REVOKE-MEANS")
    assert answer.until == datetime.fromisoformat("2026-11-24T08:00-05:00")


def test_a_touch_that_waits_beyond_two_weeks_is_given_up() -> None:
    night = datetime.fromisoformat("2026-11-23T23:00-05:00")
    facts = GateFacts(consents=(asking.granted(),))
    question = asking.request(zones=("America/New_York",), planned_at=night - 14 * day)

    answer = asking.ask(question, facts, night)

    assert (answer.outcome, answer.reason, answer.rule) == ("block", "expired_plan", "HOUSE-FAILSAFE")
    assert asking.rule(answer, "HOUSE-FAILSAFE").inputs["held_by"] == "US-TCPA-HOURS"


def test_clocks_that_never_agree_block_instead_of_holding() -> None:
    facts = GateFacts(consents=(asking.granted(),))
    around_the_world = ("America/New_York", "Europe/Paris", "Asia/Tokyo", "Pacific/Honolulu")

    answer = asking.ask(asking.request(Channel.SMS, zones=around_the_world), facts)

    assert (answer.outcome, answer.reason) == ("block", "never_open")


def test_laws_whose_hours_never_meet_block_instead_of_holding(tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text(
        """
rules:
  - id: OURS-BEFORE-BREAKFAST
    jurisdiction: "*"
    kind: hours
    channels: [call]
    weekdays: "06:00-08:00"
    saturday: closed
    sunday: closed
    holidays: as usual
    citation: policy
    verified: true
"""
    )
    question = asking.request(Channel.CALL, zones=("America/New_York",))

    facts = GateFacts(consents=(asking.granted(Channel.CALL),))
    answer = decide(question, facts, load_rulebook(ours), asking.MONDAY)

    assert asking.rule(answer, "OURS-BEFORE-BREAKFAST").outcome is Outcome.HOLD
    assert (answer.outcome, answer.reason, answer.rule) == ("block", "never_open", "HOUSE-FAILSAFE")


def test_a_rule_that_comes_into_force_while_waiting_is_asked(tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text(
        """
rules:
  - id: OURS-NO-MORE-TEXTS
    jurisdiction: "*"
    kind: prohibition
    channels: [sms]
    reason: forbidden
    from: 2026-11-24
    until: 2027-11-24
    citation: policy
    verified: true
"""
    )
    night = datetime.fromisoformat("2026-11-22T23:00-05:00")
    facts = GateFacts(consents=(asking.granted(),), touches=asking.touches(Channel.SMS, 1, now=night))
    question = asking.request(zones=("America/New_York",))

    answer = decide(question, facts, load_rulebook(ours), night)

    assert (answer.outcome, answer.rule, answer.rules[-1].id) == ("block", "OURS-NO-MORE-TEXTS", "OURS-NO-MORE-TEXTS")


def test_an_answer_carries_its_rulebook_and_where_the_lead_may_be() -> None:
    answer = asking.ask(asking.request(Channel.EMAIL, "US-OH", zones=("America/New_York",)))

    assert len(answer.rulebook) == 16
    assert [(sign.value, sign.source) for sign in answer.evidence] == [
        ("US-OH", "address"),
        ("America/New_York", "address"),
    ]
