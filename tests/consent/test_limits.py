"""Frequency caps, alone and through the gate."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from consent.facts import GateFacts, Purpose, TouchFact
from consent.limits import next_room
from tests.consent import asking

hours = timedelta(hours=1)
EVERYTHING = tuple(asking.granted(channel) for channel in Channel)


@given(
    st.lists(st.integers(-100, 10), max_size=12),
    st.integers(1, 4),
    st.integers(1, 60),
)
def test_there_is_room_as_soon_as_fewer_than_the_most_still_count(ago: list[int], most: int, within: int) -> None:
    touched = sorted(asking.MONDAY + each * hours for each in ago)

    room_at = next_room(touched, most, within * hours, asking.MONDAY)

    def counting(at: datetime) -> int:
        return sum(at < moment + within * hours for moment in touched)

    assert counting(room_at) < most
    assert room_at == asking.MONDAY or counting(room_at - timedelta(seconds=1)) >= most


def test_a_cap_counts_every_phone_channel_it_names() -> None:
    seen = (*asking.touches(Channel.SMS, 23), *asking.touches(Channel.VOICEMAIL, 22), *asking.touches(Channel.CALL, 21))
    facts = GateFacts(consents=EVERYTHING, touches=seen)

    in_florida = asking.rule(asking.ask(asking.request(Channel.CALL, "US-FL"), facts), "US-FL-3-IN-24H")
    in_maryland = asking.rule(asking.ask(asking.request(Channel.CALL, "US-MD"), facts), "US-MD-3-IN-24H")

    assert (in_florida.outcome, in_florida.until) == ("hold", asking.MONDAY + 1 * hours)
    assert (in_maryland.outcome, in_maryland.inputs["touches"]) == ("hold", 3)


def test_a_cap_counts_no_channel_it_does_not_name() -> None:
    seen = (*asking.touches(Channel.SMS, 5, 4, 3), *asking.touches(Channel.CALL, 2), *asking.touches(Channel.EMAIL, 1))
    facts = GateFacts(consents=EVERYTHING, touches=seen)

    in_maryland = asking.rule(asking.ask(asking.request(Channel.CALL, "US-MD"), facts), "US-MD-3-IN-24H")
    in_maine = asking.rule(asking.ask(asking.request(Channel.VOICEMAIL, "US-ME"), facts), "US-ME-ADAD-8H")

    assert in_maryland.inputs["touches"] == 4
    assert (in_maine.outcome, in_maine.inputs["touches"]) == ("allow", 0)


def test_a_cap_that_opens_at_night_holds_until_the_morning_after() -> None:
    evening = datetime.fromisoformat("2026-11-23T20:00-05:00")
    facts = GateFacts(consents=EVERYTHING, touches=asking.touches(Channel.SMS, 17, now=evening))

    answer = asking.ask(asking.request(Channel.SMS, "US-OH", zones=("America/New_York",)), facts, evening)

    assert asking.rule(answer, "HOUSE-TEXT-A-DAY").until == datetime.fromisoformat("2026-11-23T23:00-05:00")
    assert answer.until == datetime.fromisoformat("2026-11-24T08:00-05:00")


def test_an_instant_answer_fits_into_the_first_day() -> None:
    """An email at once, a call within five minutes, a text after ten: the cadence the product is for."""
    seen: list[TouchFact] = []
    answers = []
    for minutes, channel in ((0, Channel.EMAIL), (5, Channel.CALL), (10, Channel.SMS)):
        at = asking.MONDAY + timedelta(minutes=minutes)
        answers.append(
            asking.ask(
                asking.request(channel, "US-OH"), GateFacts(consents=EVERYTHING, touches=tuple(seen)), at
            ).outcome
        )
        seen.append(TouchFact(channel=channel, at=at))

    assert answers == ["allow"] * 3


def test_one_touch_on_each_of_the_next_days_fits_too() -> None:
    seen = [*asking.touches(Channel.EMAIL, 0), *asking.touches(Channel.CALL, 0), *asking.touches(Channel.SMS, 0)]
    answers = []
    for day, channel in enumerate((Channel.EMAIL, Channel.CALL, Channel.EMAIL, Channel.SMS), 1):
        at = asking.MONDAY + timedelta(days=day)
        if at.weekday() == 3:
            at += timedelta(minutes=5)
        facts = GateFacts(consents=EVERYTHING, touches=tuple(seen))
        answers.append(asking.ask(asking.request(channel, "US-OH"), facts, at).outcome)
        seen.append(TouchFact(channel=channel, at=at))

    assert answers == ["allow"] * 4


def test_a_second_email_waits_for_the_next_day_and_a_fourth_touch_too() -> None:
    first = GateFacts(consents=EVERYTHING, touches=asking.touches(Channel.EMAIL, 1))
    three = GateFacts(
        consents=EVERYTHING, touches=(*asking.touches(Channel.EMAIL, 6, 5), *asking.touches(Channel.CALL, 5))
    )

    second_email = asking.ask(asking.request(Channel.EMAIL, "US-OH"), first)
    fourth_touch = asking.ask(asking.request(Channel.CALL, "US-OH"), three)

    assert (second_email.rule, second_email.until) == ("HOUSE-EMAIL-A-DAY", asking.MONDAY + 15 * hours)
    assert fourth_touch.rule == "HOUSE-DAY"


def test_what_the_lead_asked_for_is_no_pressure() -> None:
    seen = tuple(
        TouchFact(channel=Channel.EMAIL, at=asking.MONDAY - minutes * hours / 60, purpose=Purpose.SERVICE)
        for minutes in range(20)
    )
    facts = GateFacts(consents=EVERYTHING, touches=seen)

    offer = asking.ask(asking.request(Channel.EMAIL), facts)
    answer = asking.ask(asking.request(Channel.EMAIL, purpose=Purpose.SERVICE), facts)

    assert (offer.outcome, answer.outcome) == ("allow", "allow")


def test_a_touch_under_way_counts_already() -> None:
    facts = GateFacts(consents=EVERYTHING, touches=asking.touches(Channel.SMS, -0.5))

    assert asking.ask(asking.request(), facts).reason == "frequency_cap"


def test_a_fifth_french_call_in_thirty_days_is_refused_rather_than_held() -> None:
    noon = datetime.fromisoformat("2026-11-23T11:00+01:00")
    facts = GateFacts(consents=EVERYTHING, touches=asking.touches(Channel.CALL, 200, 300, 400, 500, now=noon))

    answer = asking.ask(asking.request(Channel.CALL, "FR"), facts, noon)

    assert (answer.outcome, answer.rule, answer.reason) == ("block", "FR-4-IN-30", "frequency_cap")


def test_sixty_days_after_a_french_refusal_a_lead_who_came_back_may_be_called() -> None:
    noon = datetime.fromisoformat("2026-11-23T11:00+01:00")
    facts = GateFacts(
        consents=(
            asking.withdrawn(Channel.CALL, noon - timedelta(days=61)),
            asking.granted(Channel.CALL, at=noon - timedelta(days=20)),
        )
    )

    assert asking.ask(asking.request(Channel.CALL, "FR"), facts, noon).outcome == "allow"


def test_a_refusal_that_is_respected_says_until_when() -> None:
    noon = datetime.fromisoformat("2026-11-23T11:00+01:00")
    stopped_at = noon - timedelta(days=59)
    facts = GateFacts(
        consents=(
            asking.withdrawn(Channel.CALL, stopped_at),
            asking.granted(Channel.CALL, at=noon - timedelta(days=20)),
        )
    )

    said = asking.rule(asking.ask(asking.request(Channel.CALL, "FR"), facts, noon), "FR-4-IN-30")

    assert (said.outcome, said.reason) == ("block", "refused_recently")
    assert said.inputs == {"until": stopped_at + timedelta(days=60)}
