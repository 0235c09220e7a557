"""Invented leads reach nobody, differ from each other, and come from everywhere."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel, canonical_email, canonical_phone, is_demonstration
from channels.reserved import reserved_phone_region
from engine.domain.timing import Place, is_open, parse_window
from engine.simulation.people import Person, invent
from engine.simulation.places import HOMES, Home, numbers_of
from tests.databases import START


def people(count: int = 1_500, seed: int = 7, *, days: int = 180, at_once: bool = False) -> list[Person]:
    return invent(count, seed=seed, start=START, days=days, interests=["furnace", "heat-pump"], at_once=at_once)


@pytest.fixture(scope="module")
def crowd() -> list[Person]:
    return people()


def test_no_invented_address_can_be_a_real_persons(crowd: list[Person]) -> None:
    addresses = [one for person in crowd for one in (person.draft.email, person.draft.phone) if one]

    assert [one for one in addresses if not is_demonstration(one)] == []


def test_every_address_is_written_in_its_canonical_form(crowd: list[Person]) -> None:
    for draft in (person.draft for person in crowd):
        assert draft.email is None or canonical_email(draft.email) == draft.email
        assert draft.phone is None or canonical_phone(draft.phone) == draft.phone


def test_no_two_share_an_address_and_everybody_has_one(crowd: list[Person]) -> None:
    emails = [person.draft.email for person in crowd if person.draft.email]
    phones = [person.draft.phone for person in crowd if person.draft.phone]

    assert len(emails) == len(set(emails))
    assert len(phones) == len(set(phones))
    assert all(person.draft.email or person.draft.phone for person in crowd)


def test_leads_who_outnumber_the_reserved_numbers_have_only_email() -> None:
    many = people(12_000)

    phones = [person.draft.phone for person in many if person.draft.phone]
    assert len(phones) == len(set(phones))
    assert all(person.draft.email or person.draft.phone for person in many)


@pytest.mark.parametrize("home", HOMES, ids=lambda home: f"{home.country}-{home.region}-{home.zone}")
def test_a_home_has_a_zone_and_numbers_that_are_reserved(home: Home) -> None:
    Place(zone=home.zone, country=home.country, region=home.region)
    assert all(reserved_phone_region(number) for number in numbers_of(home, Random(1)))


@given(seed=st.integers())
def test_the_same_seed_invents_the_same_people(seed: int) -> None:
    assert people(5, seed) == people(5, seed)


def test_another_seed_invents_other_people() -> None:
    assert [one.draft for one in people(20, 7)] != [one.draft for one in people(20, 8)]


def test_they_arrive_over_the_first_weeks_in_order(crowd: list[Person]) -> None:
    arrivals = [person.arrives_at for person in crowd]

    assert arrivals == sorted(arrivals)
    assert arrivals[0] >= START
    assert timedelta(weeks=3) < arrivals[-1] - START < timedelta(weeks=5)


def test_a_short_world_has_everybody_early() -> None:
    assert all(person.arrives_at - START < timedelta(days=6) for person in people(200, days=12))
    assert {person.arrives_at for person in people(20, at_once=True)} == {START}


def test_they_come_from_many_places_in_many_ways(crowd: list[Person]) -> None:
    countries = Counter(person.draft.country for person in crowd)
    sources = Counter(person.draft.source for person in crowd)
    regions = {person.draft.region for person in crowd}

    assert countries.keys() >= {"US", "CA", "GB", "DE", "FR", "ES", "AU", "IE"}
    assert regions >= {"FL", "TX", "CA", "NY", "OR"}
    assert sources.keys() == {"web-form", "missed-call", "referral", "import", "event"}
    assert {person.persona.language for person in crowd} >= {"en", "es", "fr"}


def test_some_have_no_phone_some_no_email_and_some_came_with_a_stop(crowd: list[Person]) -> None:
    drafts = [person.draft for person in crowd]
    stopped = [draft for draft in drafts if draft.suppress]

    assert any(draft.phone is None for draft in drafts)
    assert any(draft.email is None for draft in drafts)
    assert {draft.source for draft in stopped} == {"import"}


def test_most_forms_allow_texts_and_recorded_calls(crowd: list[Person]) -> None:
    with_phone = [one.draft for one in crowd if one.draft.source == "web-form" and one.draft.phone]
    ticked = [draft for draft in with_phone if Channel.VOICEMAIL in {grant.channel for grant in draft.grants}]

    assert 0.6 < len(ticked) / len(with_phone) < 0.95


def test_they_fill_in_forms_in_waking_hours(crowd: list[Person]) -> None:
    waking = parse_window({"hours": "07:00-23:00"})
    homes = {(home.country, home.region): home for home in HOMES if home.region in ("OR", "NY", "NSW")}
    asked = [one for one in crowd if one.draft.source != "import" and (one.draft.country, one.draft.region) in homes]

    assert len(asked) > 100
    for person in asked:
        home = homes[person.draft.country, person.draft.region]  # type: ignore[index]
        assert is_open(person.arrives_at, waking, Place(zone=home.zone, country=home.country, region=home.region))
