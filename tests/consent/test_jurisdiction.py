"""Where a lead may be, from what is known of them."""

from zoneinfo import ZoneInfo

import pytest

from channels.address import Channel
from consent.jurisdiction import UNKNOWN, UNKNOWN_STATE, candidates, clocks_of, jurisdictions_of
from consent.places import places, zone_named
from consent.rulebook import load_rulebook
from tests.consent import asking

WITH_RULES = load_rulebook().jurisdictions


def told(*arguments: str | None, **more: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return values with their sources, jurisdictions and zones."""
    jurisdictions, zones = candidates(*arguments, **more)
    return {sign.value: sign.source for sign in jurisdictions}, {sign.value: sign.source for sign in zones}


def test_the_state_of_the_number_counts_beside_the_state_of_the_address() -> None:
    jurisdictions, zones = told("US", "CA", phone="+13055550123")

    assert jurisdictions == {"US": "phone", "US-CA": "address", "US-FL": "phone"}
    assert zones == {"America/Los_Angeles": "address", "America/New_York": "phone"}


@pytest.mark.parametrize(
    ("country", "region", "expected"),
    [
        ("US", "FL", {"US", "US-FL"}),
        ("us", " florida ", {"US", "US-FL"}),
        ("USA", "US-FL", {"US", "US-FL"}),
        ("US", "Atlantis", {"US"}),
        ("UK", None, {"GB"}),
        ("CA", "ON", {"CA", "CA-ON"}),
        ("", "FL", set()),
        (None, None, set()),
    ],
)
def test_an_address_is_read_in_its_usual_spellings(country: str | None, region: str | None, expected: set[str]) -> None:
    assert set(told(country, region)[0]) == expected


def test_a_state_with_two_clocks_has_both() -> None:
    assert set(told("US", "TX")[1]) == {"America/Chicago", "America/Denver"}


def test_a_stated_zone_narrows_the_address_and_never_the_number() -> None:
    assert told("US", "TX", "America/Denver")[1] == {"America/Denver": "stated"}
    assert told("US", "TX", "America/Denver", phone="+13055550123")[1] == {
        "America/Denver": "stated",
        "America/New_York": "phone",
    }


def test_a_stated_zone_far_from_the_address_is_one_more_candidate() -> None:
    assert told("US", "OH", "Asia/Tokyo")[1] == {"Asia/Tokyo": "stated", "America/New_York": "address"}


def test_a_given_zone_is_the_only_one() -> None:
    assert told("US", "TX", "America/Denver", "+13055550123", given_zone="Asia/Tokyo")[1] == {"Asia/Tokyo": "given"}


def test_a_mobile_prefix_that_lies_everywhere_in_a_country_adds_no_clock() -> None:
    assert told("AU", "QLD", phone="+61412345678")[1] == {"Australia/Brisbane": "address"}


def test_without_a_region_a_mobile_prefix_gives_every_clock_of_the_country() -> None:
    assert {"Australia/Perth", "Australia/Sydney"} < set(told(None, phone="+61412345678")[1])


def test_a_freephone_number_says_nothing_about_clocks() -> None:
    jurisdictions, zones = told(None, phone="+18005550123")

    assert (jurisdictions, zones) == ({"US": "phone"}, {})


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("a@firma.de", {"DE": "email"}),
        ("a@shop.co.uk", {"GB": "email"}),
        ("a@startup.io", {}),
        ("a@example.com", {}),
        ("nonsense", {}),
    ],
)
def test_the_ending_of_a_mail_domain_is_a_sign_unless_it_is_sold_to_everybody(
    email: str, expected: dict[str, str]
) -> None:
    assert told(None, email=email)[0] == expected


def test_a_mail_domain_gives_a_clock_only_where_nothing_better_does() -> None:
    assert told(None, email="a@shop.co.uk")[1] == {"Europe/London": "email"}
    assert told("US", "OH", email="a@shop.co.uk")[1] == {"America/New_York": "address"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), {UNKNOWN}),
        (("JP",), {"JP", UNKNOWN}),
        (("nonsense",), {"NONSENSE", UNKNOWN}),
        (("",), {UNKNOWN}),
        (("US",), {"US", UNKNOWN_STATE}),
        (("US-ZZ",), {"US", UNKNOWN_STATE}),
        (("US", "US-OH"), {"US", "US-OH"}),
        (("PR",), {"PR", "US"}),
        (("DE",), {"DE", "EU"}),
        (("GP",), {"GP", "FR", "EU"}),
        (("NO",), {"NO", "EU"}),
        (("UK",), {"GB"}),
        (("US-OH", "JP"), {"US", "US-OH", "JP", UNKNOWN}),
    ],
)
def test_a_place_stands_for_its_country_and_its_union_and_the_strictest_profile_for_the_rest(
    values: tuple[str, ...], expected: set[str]
) -> None:
    assert jurisdictions_of(values, WITH_RULES) == expected


def test_where_no_clock_is_known_all_of_the_place_count() -> None:
    assert clocks_of((), ("US-TX", "US")) == (ZoneInfo("America/Chicago"), ZoneInfo("America/Denver"))
    assert ZoneInfo("Pacific/Honolulu") in clocks_of((), ("US",))


def test_an_unreadable_clock_counts_as_any_clock_of_the_place() -> None:
    clocks = clocks_of(("Asia/Tokyo", "Mars/Olympus"), ("US-TX",))

    assert clocks == (ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Chicago"), ZoneInfo("America/Denver"))


def test_nothing_known_opens_nowhere() -> None:
    answer = asking.ask(asking.request(Channel.SMS, ""))

    assert {said.reason for said in answer.rules if said.id == "HOUSE-QUIET-HOURS"} == {"never_open"}


def test_every_zone_of_the_table_exists() -> None:
    named = {zone for zones in places().region_zones.values() for zone in zones}

    assert [zone for zone in named if zone_named(zone) is None] == []


def test_all_fifty_states_and_the_capital_have_area_codes() -> None:
    states = {place[3:] for place in places().region_zones if place.startswith("US-")}

    assert len(states) == 51
    assert set(places().state_by_area_code.values()) == states


def test_only_a_number_of_the_united_states_tells_a_state() -> None:
    # The digits after the plus sign of a French number may look like Florida's 321.
    french, _ = candidates(None, phone="+33213456789")
    canadian, _ = candidates(None, phone="+14165550123")

    assert [sign.value for sign in french] == ["FR"]
    assert [sign.value for sign in canadian] == ["CA"]


def test_a_country_is_named_once() -> None:
    assert [sign.value for sign in candidates("FR")[0]] == ["FR"]
    assert [sign.value for sign in candidates("US", "FL")[0]] == ["US", "US-FL"]


@pytest.mark.parametrize(("spelled", "code"), [("uk", "GB"), ("USA", "US"), (" el ", "GR")])
def test_other_spellings_of_a_country_are_read(spelled: str, code: str) -> None:
    assert [sign.value for sign in candidates(spelled)[0]] == [code]
