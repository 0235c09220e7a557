"""What other people's lists, declared emergencies and the business's own word make of a question."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from channels.address import Channel
from consent.answer import Answer
from consent.facts import Attestation, Basis, ConsentFact, Emergency, GateFacts, RegistryFact, Request
from tests.consent import asking

NOW = asking.MONDAY
day = timedelta(days=1)


def copy(registry: str, *, scrubbed_at: datetime | None = NOW - day, listed_at: datetime | None = None) -> RegistryFact:
    return RegistryFact(registry=registry, scrubbed_at=scrubbed_at, listed_at=listed_at)


def said(
    rule_id: str, question: Request, *consents: ConsentFact, registries: tuple[RegistryFact, ...] = ()
) -> tuple[str, str]:
    answer = asking.ask(question, GateFacts(consents=consents, registries=registries))
    found = asking.rule(answer, rule_id)
    return found.outcome, found.reason


def call(*places: str, business: bool = False) -> Request:
    return asking.request(Channel.CALL, *places, business=business)


# --- public lists

NATIONAL = "us_national_dnc"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ((), ("block", "registry_stale")),
        ((copy("another_list"),), ("block", "registry_stale")),
        ((copy(NATIONAL, scrubbed_at=None),), ("block", "registry_stale")),
        ((copy(NATIONAL, scrubbed_at=NOW - 31 * day - timedelta(seconds=1)),), ("block", "registry_stale")),
        ((copy(NATIONAL, scrubbed_at=NOW - 31 * day),), ("allow", "")),
        ((copy(NATIONAL, listed_at=NOW),), ("block", "registered")),
        ((copy(NATIONAL, listed_at=NOW + day),), ("allow", "")),
    ],
)
def test_a_list_blocks_who_is_on_it_and_everybody_while_the_copy_is_old(
    known: tuple[RegistryFact, ...], expected: tuple[str, str]
) -> None:
    assert said("US-DNC-NATIONAL", call(), registries=known) == expected


@pytest.mark.parametrize(
    ("basis", "days", "expected"),
    [
        (Basis.EXPRESS_WRITTEN, 4000, "allow"),
        (Basis.IMPLIED_PURCHASE, 540, "allow"),
        (Basis.IMPLIED_PURCHASE, 560, "block"),
        (Basis.IMPLIED_INQUIRY, 85, "allow"),
        (Basis.IMPLIED_INQUIRY, 95, "block"),
        (Basis.EXPRESS, 1, "block"),
    ],
)
def test_an_exception_lifts_a_list_for_its_months(basis: Basis, days: int, expected: str) -> None:
    grant = asking.granted(Channel.CALL, basis, NOW - days * day)

    listed = said("US-DNC-NATIONAL", call(), grant, registries=(copy(NATIONAL, listed_at=NOW - day),))

    assert listed[0] == expected


def test_a_stop_ends_the_exception() -> None:
    bought = asking.granted(Channel.CALL, Basis.IMPLIED_PURCHASE, NOW - 9 * day)
    stop = asking.withdrawn(Channel.CALL, NOW - day)

    assert said("US-DNC-NATIONAL", call(), bought, stop) == ("block", "registry_stale")


def test_an_exception_that_has_run_out_is_told() -> None:
    inquiry = asking.granted(Channel.CALL, Basis.IMPLIED_INQUIRY, NOW - 95 * day)
    facts = GateFacts(consents=(inquiry,), registries=(copy(NATIONAL, listed_at=NOW - day),))

    found = asking.rule(asking.ask(call(), facts), "US-DNC-NATIONAL")

    assert found.inputs["lapsed"]["fact"] == inquiry.id


def test_companies_are_spared_where_the_list_is_not_about_them() -> None:
    assert said("US-DNC-NATIONAL", call(business=True)) == ("allow", "")
    assert said("UK-CTPS", call("GB", business=True)) == ("block", "registry_stale")


@pytest.mark.parametrize(("days", "expected"), [(59, "allow"), (60, "block")])
def test_a_listing_counts_only_after_its_days(days: int, expected: str) -> None:
    listed = copy("us_tx_no_call", listed_at=NOW - days * day)

    assert said("US-TX-NOCALL", call("US-TX"), registries=(listed,))[0] == expected


def test_a_number_that_changed_hands_needs_consent_since() -> None:
    listed = copy("us_reassigned_numbers", listed_at=NOW - 10 * day)
    before, since = (asking.granted(at=NOW - days * day) for days in (20, 10))

    assert said("US-RND-SAFEHARBOUR", asking.request()) == ("allow", "")
    assert said("US-RND-SAFEHARBOUR", asking.request(), before, registries=(listed,)) == ("block", "registered")
    assert said("US-RND-SAFEHARBOUR", asking.request(), before, since, registries=(listed,)) == ("allow", "")


# --- emergencies


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (Emergency(id="e", place="US-NY", starts_at=NOW), "block"),
        (Emergency(id="e", place="US-NY", starts_at=NOW, ends_at=NOW + day), "block"),
        (Emergency(id="e", place="US-NY", starts_at=NOW - day, ends_at=NOW), "allow"),
        (Emergency(id="e", place="US-NY", starts_at=NOW + day), "allow"),
        (Emergency(id="e", place="US-NJ", starts_at=NOW - day), "allow"),
    ],
)
def test_an_emergency_blocks_while_it_lasts_where_it_was_declared(declared: Emergency, expected: str) -> None:
    answer = asking.ask(call("US-NY"), GateFacts(emergencies=(declared,)))

    assert asking.rule(answer, "US-NY-EMERGENCY").outcome == expected


@pytest.mark.parametrize(("days", "expected"), [(80, "allow"), (95, "block")])
def test_who_asked_lately_is_called_in_an_emergency_too(days: int, expected: str) -> None:
    inquiry = asking.granted(Channel.CALL, Basis.IMPLIED_INQUIRY, NOW - days * day)
    facts = GateFacts(consents=(inquiry,), emergencies=(Emergency(id="e", place="US-NY", starts_at=NOW - day),))

    assert asking.rule(asking.ask(call("US-NY"), facts), "US-NY-EMERGENCY").outcome == expected


# --- what the business vouches for


def vouched(name: str, at: datetime = NOW - day, expires_at: datetime | None = None) -> Attestation:
    return Attestation(id=f"word-{name}", name=name, at=at, by="Dana", expires_at=expires_at)


def texted(*words: Attestation, is_rehearsed: bool = False) -> Answer:
    question = asking.request(is_rehearsed=is_rehearsed)
    return asking.ask(question, GateFacts(consents=(asking.granted(),), attestations=words))


BOTH = (vouched("us-10dlc-registered"), vouched("us-do-not-call-policy"))


def test_nothing_live_leaves_before_somebody_vouches() -> None:
    assert (texted().outcome, texted().reason) == ("block", "not_attested")
    assert texted(*BOTH).outcome == "allow"
    assert texted(*BOTH[:1]).rule == "US-DNC-INTERNAL-POLICY"


def test_an_answer_tells_who_vouched() -> None:
    found = asking.rule(texted(*BOTH), "CAR-10DLC-REG")

    assert (found.inputs["by"], found.inputs["fact"]) == ("Dana", "word-us-10dlc-registered")


@pytest.mark.parametrize(
    "word",
    [
        vouched("us-10dlc-registered", at=NOW + day),
        vouched("us-10dlc-registered", expires_at=NOW),
    ],
)
def test_a_word_counts_only_while_it_stands(word: Attestation) -> None:
    assert texted(word, BOTH[1]).rule == "CAR-10DLC-REG"


def test_a_rehearsal_needs_nobodys_word() -> None:
    answer = texted(is_rehearsed=True)

    assert answer.outcome == "allow"
    assert asking.rule(answer, "CAR-10DLC-REG").inputs["rehearsed"] is True


def test_a_word_is_asked_for_in_its_own_country_alone() -> None:
    answer = asking.ask(replace(asking.request(Channel.SMS, "CA"), is_rehearsed=False), GateFacts())

    assert not [rule for rule in answer.rules if rule.reason == "not_attested"]
