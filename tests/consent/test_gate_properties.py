"""What the gate promises whatever it is asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from consent.answer import Answer, Outcome
from consent.case import case_of
from consent.facts import (
    Attestation,
    Basis,
    ConsentFact,
    Emergency,
    Evidence,
    FactKind,
    GateFacts,
    Purpose,
    RegistryFact,
    Request,
    Suppression,
    SuppressionReason,
    TouchFact,
)
from consent.gate import ask
from consent.rulebook import load_rulebook
from tests.consent import asking

PLACES = [
    "US-FL",
    "US-TX",
    "US-OH",
    "US-RI",
    "US-MS",
    "US-AL",
    "US-ME",
    "US-WA",
    "US-NY",
    "US-VA",
    "CA",
    "GB",
    "DE",
    "FR",
    "AU",
    "NZ",
    "JP",
]
ZONES = ["America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Honolulu", "Europe/Paris", "Asia/Tokyo"]
SEVERITY = {Outcome.ALLOW: 0, Outcome.HOLD: 1, Outcome.BLOCK: 2}

instants = st.integers(0, 500 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
ages = st.integers(0, 60 * 24 * 20).map(lambda minutes: timedelta(minutes=minutes))
channels = st.sampled_from(list(Channel))
places = st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True).map(tuple)
topics = st.sampled_from([None, "offers", "courses"])
zones = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True).map(tuple)


@st.composite
def consents(draw: st.DrawFn, now: datetime) -> tuple[ConsentFact, ...]:
    fact = st.builds(
        ConsentFact,
        id=st.uuids().map(str),
        kind=st.sampled_from(
            [FactKind.GRANTED, FactKind.GRANTED, FactKind.GRANTED, FactKind.WITHDRAWN, FactKind.ATTESTED]
        ),
        channel=st.sampled_from([Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL]),
        purpose=st.sampled_from([None, Purpose.MARKETING, Purpose.SERVICE]),
        basis=st.sampled_from(list(Basis)),
        at=ages.map(lambda age: now - 20 * age),
        expires_at=st.none() | ages.map(lambda age: now + age),
        topic=topics,
    )
    return tuple(draw(st.lists(fact, max_size=4)))


LISTS = [
    "us_national_dnc",
    "us_tx_no_call",
    "us_reassigned_numbers",
    "gb_tps",
    "gb_ctps",
    "au_dncr",
    "ca_national_dncl",
]
WORDS = ["us-10dlc-registered", "us-do-not-call-policy", "us-texas-registered", "au-sender-id-registered"]


@st.composite
def registers(draw: st.DrawFn, now: datetime) -> GateFacts:
    """Return copies of lists, what is vouched for, and emergencies."""
    days = st.integers(0, 100).map(lambda count: timedelta(days=count))
    return GateFacts(
        registries=tuple(
            RegistryFact(
                registry=name,
                scrubbed_at=now - draw(days),
                listed_at=draw(st.none() | days.map(lambda age: now - age)),
            )
            for name in draw(st.lists(st.sampled_from(LISTS), unique=True))
        ),
        attestations=tuple(
            Attestation(
                id=name, name=name, at=now - draw(days), by="x", expires_at=draw(st.none() | ages.map(now.__add__))
            )
            for name in draw(st.lists(st.sampled_from(WORDS), unique=True))
        ),
        emergencies=draw(
            st.just(())
            | ages.map(lambda age: (Emergency(id="e", place="US-NY", starts_at=now + age, ends_at=now + 2 * age),))
        ),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Request, GateFacts, datetime]:
    now = draw(instants)
    channel = draw(channels)
    written = asking.granted(channel, at=now - timedelta(days=30))
    purpose = draw(st.sampled_from([Purpose.MARKETING, Purpose.MARKETING, Purpose.SERVICE, Purpose.CONFIRMATION]))
    question = asking.request(
        channel,
        *draw(places),
        zones=draw(zones),
        purpose=purpose,
        business=draw(st.booleans()),
        planned_at=draw(st.none() | st.just(now)),
        is_rehearsed=draw(st.booleans()),
        topic=draw(topics),
    )
    known = draw(registers(now))
    touch = st.builds(TouchFact, channel=channels, at=ages.map(lambda age: now - age), purpose=st.sampled_from(Purpose))
    facts = GateFacts(
        # Mostly something is allowed, so that hours and caps are reached.
        consents=draw(st.just((written,)) | consents(now)),
        touches=tuple(draw(st.lists(touch, max_size=10))),
        suppressions=draw(
            st.just(())
            | st.builds(
                lambda reason, on: (Suppression(id="s", reason=reason, channel=on, at=now),),
                st.sampled_from(SuppressionReason),
                st.none() | channels,
            )
        ),
        registries=known.registries,
        attestations=known.attestations,
        emergencies=known.emergencies,
    )
    return question, facts, now


@given(situations())
def test_a_hold_ends_at_an_instant_that_is_allowed(situation: tuple[Request, GateFacts, datetime]) -> None:
    question, facts, now = situation

    answer = asking.ask(question, facts, now)

    if answer.until is not None:
        assert asking.ask(question, facts, answer.until).outcome is Outcome.ALLOW


@given(situations(), st.randoms(use_true_random=False))
def test_nothing_before_the_end_of_a_hold_was_allowed(
    situation: tuple[Request, GateFacts, datetime], random: Random
) -> None:
    question, facts, now = situation

    answer = asking.ask(question, facts, now)

    if answer.until is not None:
        minutes = int((answer.until - now).total_seconds()) // 60
        sampled = {
            answer.until - timedelta(seconds=1),
            *(now + timedelta(minutes=random.randint(0, minutes)) for _ in range(40)),
        }
        earlier = [moment for moment in sampled if now <= moment < answer.until]
        assert not [at for at in earlier if asking.ask(question, facts, at).outcome is Outcome.ALLOW]


@given(situations(), st.sampled_from(PLACES), st.sampled_from(ZONES))
def test_one_more_place_where_the_lead_may_be_never_loosens(
    situation: tuple[Request, GateFacts, datetime], place: str, zone: str
) -> None:
    question, facts, now = situation
    known = [sign.value for sign in question.jurisdictions]
    clocks = tuple(sign.value for sign in question.zones)
    base = asking.ask(question, facts, now)

    wider = replace(
        question,
        jurisdictions=tuple(Evidence(value=value, source="phone") for value in [*known, place]),
        zones=tuple(Evidence(value=value, source="phone") for value in [*clocks, zone]),
    )
    answer = asking.ask(wider, facts, now)

    assert SEVERITY[answer.outcome] >= SEVERITY[base.outcome]
    if base.until is not None and answer.until is not None:
        assert answer.until >= base.until


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_were_recorded_does_not_matter(
    situation: tuple[Request, GateFacts, datetime], random: Random
) -> None:
    question, facts, now = situation
    mixed = GateFacts(
        consents=tuple(random.sample(facts.consents, len(facts.consents))),
        suppressions=facts.suppressions,
        touches=tuple(random.sample(facts.touches, len(facts.touches))),
        registries=tuple(random.sample(facts.registries, len(facts.registries))),
        attestations=tuple(random.sample(facts.attestations, len(facts.attestations))),
        emergencies=facts.emergencies,
    )

    assert _gist(asking.ask(question, mixed, now)) == _gist(asking.ask(question, facts, now))


def _gist(answer: Answer) -> tuple[object, ...]:
    return answer.outcome, answer.until, answer.reason, answer.rule, [(said.id, said.outcome) for said in answer.rules]


@given(situation=situations(), age=ages, older=ages, topic=topics, is_wide=st.booleans())
def test_a_stop_is_never_undone_by_a_fact_dated_before_it(
    situation: tuple[Request, GateFacts, datetime],
    age: timedelta,
    older: timedelta,
    topic: str | None,
    *,
    is_wide: bool,
) -> None:
    question, _, now = situation
    stop = asking.withdrawn(question.channel, at=now - age, topic=None if is_wide else question.topic)
    grants = [asking.granted(question.channel, at=now - age - gap, topic=topic) for gap in (timedelta(0), older)]

    for consents in ((stop, *grants), (*grants, stop)):
        answer = asking.ask(question, GateFacts(consents=consents), now)

        assert answer.outcome is Outcome.BLOCK or question.purpose is Purpose.CONFIRMATION


@given(
    st.lists(
        st.text(max_size=20) | st.sampled_from([*PLACES, "US", "EU", "us-fl", "FR-IDF", "PR", "??", ""]), max_size=4
    ),
    st.lists(st.text(max_size=20) | st.sampled_from([*ZONES, "Mars/Olympus", "..", "/etc"]), max_size=4),
    st.sampled_from(Channel),
    st.sampled_from(Purpose),
    instants,
)
def test_any_evidence_gets_an_answer(
    somewhere: list[str], clocks: list[str], channel: Channel, purpose: Purpose, now: datetime
) -> None:
    question = asking.request(channel, *somewhere, zones=tuple(clocks), purpose=purpose)

    answer = asking.ask(question, GateFacts(consents=(asking.granted(channel),)), now)

    assert (answer.until is not None) == (answer.outcome is Outcome.HOLD)
    assert (answer.rule == "") == (answer.outcome is Outcome.ALLOW)


@given(situations())
def test_no_rule_that_blocks_is_overruled(situation: tuple[Request, GateFacts, datetime]) -> None:
    answer = asking.ask(*situation)

    assert SEVERITY[answer.outcome] >= max(SEVERITY[said.outcome] for said in answer.rules)


@given(situations())
def test_what_is_allowed_is_allowed_by_every_rule_in_force(situation: tuple[Request, GateFacts, datetime]) -> None:
    question, facts, now = situation
    answer = asking.ask(question, facts, now)
    signs = tuple(sign.value for sign in question.jurisdictions)
    rules = load_rulebook().rules_for(question.channel, question.purpose, signs)

    said = [ask(rule, case_of(question, facts), now).outcome for rule in rules if rule.is_in_force(now)]

    assert (answer.outcome is Outcome.ALLOW) == all(outcome is Outcome.ALLOW for outcome in said)


@given(situations(), topics, st.data())
def test_a_stop_of_one_topic_blocks_that_topic_and_changes_nothing_for_another(
    situation: tuple[Request, GateFacts, datetime], topic: str | None, data: st.DataObject
) -> None:
    question, facts, now = situation
    other = data.draw(st.sampled_from([one for one in (None, "offers", "courses", "events") if one != topic]))
    stop = asking.withdrawn(question.channel, at=now, topic=topic)
    stopped = replace(facts, consents=(*facts.consents, stop))
    granted_later = any(fact.kind is FactKind.GRANTED and fact.at > now for fact in facts.consents)

    about_it = asking.ask(replace(question, topic=topic), stopped, now)
    about_another = replace(question, topic=other)

    assert about_it.outcome is Outcome.BLOCK or granted_later or question.purpose is Purpose.CONFIRMATION
    if topic is not None and question.purpose is not Purpose.CONFIRMATION:
        assert _gist(asking.ask(about_another, stopped, now)) == _gist(asking.ask(about_another, facts, now))


@given(situations())
def test_a_grant_that_covers_every_topic_is_worth_one_for_the_topic(
    situation: tuple[Request, GateFacts, datetime],
) -> None:
    question, facts, now = situation
    grants = [fact for fact in facts.consents if fact.kind is FactKind.GRANTED]
    wide = replace(facts, consents=tuple(replace(fact, topic=None) for fact in grants))
    narrow = replace(facts, consents=tuple(replace(fact, topic=question.topic) for fact in grants))
    strange = replace(facts, consents=tuple(replace(fact, topic="something else") for fact in grants))

    assert _gist(asking.ask(question, wide, now)) == _gist(asking.ask(question, narrow, now))
    assert _gist(asking.ask(question, strange, now)) == _gist(asking.ask(question, replace(facts, consents=()), now))
