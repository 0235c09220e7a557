"""What the gate says of permission, of confirmations, and of touches that wait too long."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.address import Channel
from consent.answer import Outcome
from consent.facts import Basis, ConsentFact, GateFacts, Purpose, Suppression, SuppressionReason
from tests.consent import asking

minute = timedelta(minutes=1)
day = timedelta(days=1)


def outcome(
    channel: Channel, *consents: ConsentFact, place: str = "US-OH", purpose: Purpose = Purpose.MARKETING
) -> str:
    return asking.ask(asking.request(channel, place, purpose=purpose), GateFacts(consents=consents)).outcome.value


# --- addresses and suppressions


def test_a_channel_that_needs_an_address_is_blocked_without_one() -> None:
    facts = GateFacts(consents=(asking.granted(),))

    answer = asking.ask(asking.request(Channel.SMS, address=None), facts)

    assert (answer.outcome, answer.reason, answer.rule) == ("block", "no_address", "HOUSE-ADDRESS")


@pytest.mark.parametrize("channel", [Channel.LETTER, Channel.SOCIAL])
def test_a_person_finds_the_way_for_letters_and_social_networks(channel: Channel) -> None:
    assert asking.ask(asking.request(channel, address=None)).outcome is Outcome.ALLOW


@pytest.mark.parametrize("reason", SuppressionReason)
@pytest.mark.parametrize("purpose", [Purpose.MARKETING, Purpose.SERVICE])
def test_a_suppressed_address_is_not_used(reason: SuppressionReason, purpose: Purpose) -> None:
    facts = GateFacts(consents=(asking.granted(),), suppressions=(asking.suppressed(reason),))

    answer = asking.ask(asking.request(purpose=purpose), facts)

    assert (answer.outcome, answer.reason) == ("block", "suppressed")


def test_a_suppression_of_one_channel_leaves_the_others_of_the_address() -> None:
    facts = GateFacts(
        consents=(asking.granted(Channel.CALL),),
        suppressions=(asking.suppressed(SuppressionReason.HARD_BOUNCE, Channel.SMS),),
    )

    assert asking.ask(asking.request(Channel.CALL), facts).outcome is Outcome.ALLOW


@pytest.mark.parametrize(("on", "asked"), [(Channel.SMS, Channel.VOICEMAIL), (Channel.VOICEMAIL, Channel.SMS)])
def test_a_text_stop_from_elsewhere_stops_voicemail_and_the_other_way_round(on: Channel, asked: Channel) -> None:
    facts = GateFacts(
        consents=(asking.granted(asked),), suppressions=(asking.suppressed(SuppressionReason.OPTED_OUT, on),)
    )

    assert asking.ask(asking.request(asked), facts).reason == "suppressed"


def test_a_complaint_names_the_provider_rule_and_a_stop_elsewhere_the_house() -> None:
    complaint = Suppression(id="s", reason=SuppressionReason.COMPLAINT, channel=Channel.EMAIL, at=asking.LONG_AGO)
    legal = Suppression(id="s", reason=SuppressionReason.LEGAL, channel=None, at=asking.LONG_AGO)

    assert asking.ask(asking.request(Channel.EMAIL), GateFacts(suppressions=(complaint,))).rule == "MBX-ARF"
    assert asking.ask(asking.request(Channel.EMAIL), GateFacts(suppressions=(legal,))).rule == "HOUSE-SUPPRESSED"


# --- stops


def test_american_email_needs_no_consent_and_ends_with_a_stop() -> None:
    stop = asking.withdrawn(Channel.EMAIL, purpose=Purpose.MARKETING)

    assert outcome(Channel.EMAIL) == "allow"
    assert outcome(Channel.EMAIL, stop) == "block"
    assert outcome(Channel.EMAIL, stop, purpose=Purpose.SERVICE) == "allow"
    assert outcome(Channel.EMAIL, asking.withdrawn(Channel.EMAIL), purpose=Purpose.SERVICE) == "block"


def test_a_stop_names_the_law_that_asks_for_it() -> None:
    answer = asking.ask(asking.request(Channel.EMAIL), GateFacts(consents=(asking.withdrawn(Channel.EMAIL),)))

    assert (answer.rule, answer.reason) == ("US-CANSPAM-BASIS", "withdrawn")


def test_at_the_same_instant_a_stop_beats_a_grant() -> None:
    assert outcome(Channel.EMAIL, asking.withdrawn(Channel.EMAIL), asking.granted(Channel.EMAIL)) == "block"


def test_a_later_grant_ends_a_stop_on_its_own_channel_only() -> None:
    stop = asking.withdrawn(Channel.SMS, at=asking.MONDAY - 2 * day)
    start = asking.granted(Channel.SMS, at=asking.MONDAY - day)
    before = asking.granted(Channel.VOICEMAIL)

    assert outcome(Channel.SMS, stop, start) == "allow"
    assert outcome(Channel.VOICEMAIL, before, stop, start) == "block"


def test_a_stop_of_texts_leaves_calls_by_a_person_and_email() -> None:
    stop = asking.withdrawn(Channel.SMS)

    assert outcome(Channel.CALL, stop, asking.granted(Channel.CALL)) == "allow"
    assert outcome(Channel.EMAIL, stop) == "allow"


def test_a_grant_that_has_run_out_no_longer_ends_a_stop() -> None:
    stop = asking.withdrawn(Channel.EMAIL, at=asking.MONDAY - 9 * day)
    back = asking.granted(Channel.EMAIL, at=asking.MONDAY - 8 * day, expires_at=asking.MONDAY - day)

    assert outcome(Channel.EMAIL, stop, back) == "block"


# --- consent


@pytest.mark.parametrize(
    ("channel", "place", "basis", "expected"),
    [
        (Channel.SMS, "US-OH", Basis.EXPRESS_WRITTEN, "allow"),
        (Channel.SMS, "US-OH", Basis.EXPRESS, "block"),
        (Channel.SMS, "CA", Basis.EXPRESS, "allow"),
        (Channel.SMS, "CA", Basis.SOFT_OPT_IN, "block"),
        (Channel.EMAIL, "CA", Basis.IMPLIED_PURCHASE, "allow"),
        (Channel.EMAIL, "GB", Basis.SOFT_OPT_IN, "allow"),
        (Channel.EMAIL, "GB", Basis.IMPLIED_INQUIRY, "block"),
        (Channel.EMAIL, "IE", Basis.SOFT_OPT_IN, "allow"),
        (Channel.EMAIL, "AT", Basis.SOFT_OPT_IN, "block"),
        (Channel.EMAIL, "AU", Basis.EXISTING_RELATIONSHIP, "allow"),
        (Channel.EMAIL, "NZ", Basis.IMPLIED_INQUIRY, "block"),
        (Channel.EMAIL, "JP", Basis.EXPRESS, "allow"),
        (Channel.EMAIL, "JP", Basis.SOFT_OPT_IN, "block"),
        (Channel.EMAIL, "US-OH", Basis.NONE, "allow"),
        (Channel.EMAIL, "GB", Basis.NONE, "block"),
        (Channel.CALL, "US-OH", Basis.NONE, "block"),
        (Channel.CALL, "US-OH", Basis.EXPRESS_WRITTEN, "allow"),
        (Channel.CALL, "US-OH", Basis.IMPLIED_INQUIRY, "allow"),
        (Channel.CALL, "JP", Basis.NONE, "block"),
        (Channel.CALL, "US-CT", Basis.EXPRESS, "block"),
    ],
)
def test_each_country_asks_for_its_own_kind_of_consent(
    channel: Channel, place: str, basis: Basis, expected: str
) -> None:
    assert outcome(channel, asking.granted(channel, basis, asking.MONDAY - day), place=place) == expected


def test_consent_given_on_one_channel_says_nothing_about_another() -> None:
    assert outcome(Channel.VOICEMAIL, asking.granted(Channel.SMS)) == "block"


@pytest.mark.parametrize("place", ["US-OH", "CA", "GB", "AU", "NZ"])
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICEMAIL])
def test_machines_text_and_speak_only_to_those_who_opted_in(channel: Channel, place: str) -> None:
    bought_something = asking.granted(channel, Basis.IMPLIED_PURCHASE, asking.MONDAY - day)

    assert outcome(channel, place=place) == "block"
    assert outcome(channel, bought_something, place=place) == "block"


def test_what_the_lead_asked_for_needs_less_than_an_offer() -> None:
    spoken = asking.granted(Channel.SMS, Basis.EXPRESS)

    assert outcome(Channel.SMS, spoken) == "block"
    assert outcome(Channel.SMS, spoken, purpose=Purpose.SERVICE) == "allow"


def test_who_wants_offers_on_a_channel_wants_service_there_and_not_the_other_way_round() -> None:
    offers = asking.granted(purpose=Purpose.MARKETING)
    service = asking.granted(purpose=Purpose.SERVICE)

    assert outcome(Channel.SMS, offers, purpose=Purpose.SERVICE) == "allow"
    assert outcome(Channel.SMS, service) == "block"


def test_a_company_may_be_written_to_where_the_law_tells_companies_from_people() -> None:
    company = asking.request(Channel.EMAIL, "GB", business=True)
    german_company = asking.request(Channel.CALL, "DE", business=True)
    inquiry = GateFacts(consents=(asking.granted(Channel.CALL, Basis.IMPLIED_INQUIRY),))

    assert asking.ask(company).outcome is Outcome.ALLOW
    assert asking.ask(german_company).outcome is Outcome.BLOCK
    assert asking.ask(german_company, inquiry).outcome is Outcome.ALLOW


def test_a_stop_from_a_company_counts_all_the_same() -> None:
    company = asking.request(Channel.EMAIL, "GB", business=True)

    assert asking.ask(company, GateFacts(consents=(asking.withdrawn(Channel.EMAIL),))).rule == "UK-OBJECT"


def test_months_of_consent_are_calendar_months() -> None:
    asked_at = datetime(2026, 8, 31, 12, tzinfo=UTC)
    facts = GateFacts(consents=(asking.granted(Channel.EMAIL, Basis.IMPLIED_INQUIRY, asked_at),))
    question = asking.request(Channel.EMAIL, "CA")

    last = asking.ask(question, facts, datetime(2027, 2, 28, 11, 59, tzinfo=UTC))
    over = asking.ask(question, facts, datetime(2027, 2, 28, 12, 0, tzinfo=UTC))

    assert (last.outcome, over.outcome, over.reason) == ("allow", "block", "consent_expired")


def test_consent_that_runs_out_before_the_hours_open_blocks_now() -> None:
    night = datetime.fromisoformat("2026-11-23T23:00-05:00")
    facts = GateFacts(consents=(asking.granted(expires_at=night + timedelta(hours=2)),))

    answer = asking.ask(asking.request(zones=("America/New_York",)), facts, night)

    assert (answer.outcome, answer.reason, answer.rule) == ("block", "consent_expired", "US-TCPA-PEWC")
    assert asking.rule(answer, "US-TCPA-PEWC").inputs["asked_about"] == night + timedelta(hours=9)


def test_a_grant_dated_far_ahead_has_not_been_given() -> None:
    assert outcome(Channel.SMS, asking.granted(at=asking.MONDAY + 2 * day)) == "block"
    assert outcome(Channel.SMS, asking.granted(at=asking.MONDAY + minute)) == "allow"


# --- where


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICEMAIL, Channel.CALL])
@pytest.mark.parametrize("place", ["JP", "CH", "Narnia"])
def test_no_phone_is_used_in_a_country_without_rules(channel: Channel, place: str) -> None:
    facts = GateFacts(consents=(asking.granted(channel),))

    answer = asking.ask(asking.request(channel, place), facts)

    assert (answer.outcome, answer.reason, answer.rule) == ("block", "unknown_country", "UNKNOWN-PHONE")


def test_recordings_to_washington_are_forbidden_whatever_was_agreed() -> None:
    answer = asking.ask(
        asking.request(Channel.VOICEMAIL, "US-WA"), GateFacts(consents=(asking.granted(Channel.VOICEMAIL),))
    )

    assert (answer.reason, answer.rule) == ("forbidden", "US-WA-ADAD-BAN")


def test_every_rule_is_asked_also_after_a_block() -> None:
    night = datetime.fromisoformat("2026-11-23T23:00-05:00")

    answer = asking.ask(asking.request(zones=("America/New_York",)), now=night)

    assert (answer.outcome, answer.reason, answer.until) == ("block", "no_consent", None)
    assert asking.rule(answer, "US-TCPA-HOURS").outcome is Outcome.HOLD
    assert asking.rule(answer, "HOUSE-WEEK").outcome is Outcome.ALLOW


def test_french_consent_to_calls_is_asked_for_from_its_day_on() -> None:
    question = asking.request(Channel.CALL, "FR")

    before = asking.ask(question, now=datetime(2026, 8, 9, 12, tzinfo=UTC))
    after = asking.ask(question, now=datetime(2026, 8, 11, 12, tzinfo=UTC))

    assert "FR-OPTIN" not in {said.id for said in before.rules}
    assert asking.rule(after, "FR-OPTIN").outcome is Outcome.BLOCK


# --- topics


def about(topic: str | None, *consents: ConsentFact) -> str:
    question = asking.request(Channel.EMAIL, topic=topic)
    return asking.ask(question, GateFacts(consents=(asking.granted(Channel.EMAIL), *consents))).outcome.value


def test_a_stop_of_one_topic_leaves_the_others() -> None:
    stop = asking.withdrawn(Channel.EMAIL, at=asking.MONDAY - day, topic="offers")

    assert [about(topic, stop) for topic in ("offers", "courses", None)] == ["block", "allow", "allow"]


def test_a_stop_of_no_topic_stops_every_topic() -> None:
    stop = asking.withdrawn(Channel.EMAIL, at=asking.MONDAY - day)

    assert [about(topic, stop) for topic in ("offers", None)] == ["block", "block"]


def test_who_comes_back_to_one_topic_has_not_come_back_to_the_others() -> None:
    stop = asking.withdrawn(Channel.EMAIL, at=asking.MONDAY - day)
    back = asking.granted(Channel.EMAIL, at=asking.MONDAY - minute, topic="courses")

    assert [about(topic, stop, back) for topic in ("courses", "offers", None)] == ["allow", "block", "block"]


@pytest.mark.parametrize(("topic", "expected"), [("courses", "allow"), ("offers", "block"), (None, "block")])
def test_consent_to_one_topic_is_none_to_another(topic: str | None, expected: str) -> None:
    facts = GateFacts(consents=(asking.granted(Channel.SMS, topic="courses"),))

    assert asking.ask(asking.request(Channel.SMS, topic=topic), facts).outcome.value == expected
