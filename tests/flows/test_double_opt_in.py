"""Double opt-in: one message asks, one word of the address's owner allows, and silence allows nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.address import AddressKind, Channel
from consent.facts import Basis, FactKind
from consent.proof import Proof
from engine.flows.double_opt_in import LINK_WITHIN, confirm, pending
from engine.flows.draft import Grant
from engine.store import leads
from engine.store import tables as t
from tests.flows.story import ANN, DAY, HOUR, MINUTE, Story


def asked(*channels: Channel) -> tuple[Grant, ...]:
    return tuple(
        Grant(channel=one, basis=Basis.EXPRESS_WRITTEN, wording="Write to me", kind=FactKind.REQUESTED, form="contact")
        for one in channels
    )


def arrives(story: Story, *channels: Channel) -> str:
    return story.arrives(replace(ANN, grants=asked(*channels), source="fair"))


def presses(story: Story, lead_id: str) -> list[str]:
    with story.kit.database.write() as connection:
        (one,) = leads.load(connection, [lead_id]).values()
        found = pending(connection, one, AddressKind.EMAIL, story.now(), LINK_WITHIN)
        by = Proof(ip="192.0.2.7", user_agent="Browser", act="pressed the button", page="/confirm")
        return confirm(story.kit, connection, one, found, by, story.now())


def test_a_request_asks_once_by_mail_and_allows_nothing(story: Story) -> None:
    lead_id = arrives(story, Channel.EMAIL)

    story.run()

    (message,) = story.messages(lead_id=lead_id)
    assert (message["template"], message["purpose"], message["state"]) == (
        "confirm-subscription", "confirmation", "accepted",
    )  # fmt: skip
    assert [fact["kind"] for fact in story.rows(t.consent_facts, lead_id=lead_id)] == ["requested"]
    story.live(40 * DAY)
    assert len(story.messages(lead_id=lead_id)) == 1


def test_the_button_grants_with_the_proof_of_both_steps_and_twice_is_harmless(story: Story) -> None:
    lead_id = arrives(story, Channel.EMAIL)
    first_at = story.now()
    story.pass_time(HOUR)

    assert len(presses(story, lead_id)) == 1
    assert presses(story, lead_id) == []

    first, second = story.rows(t.consent_facts, lead_id=lead_id)
    assert (second["kind"], second["basis"], second["at"]) == ("granted", "express_written", story.now())
    told = {name: value for name, value in second["personal"].items() if name != "salt"}
    assert told == {
        "wording": "Write to me",
        "form": "contact",
        "page": "/confirm",
        "ip": "192.0.2.7",
        "user_agent": "Browser",
        "act": "pressed the button",
        "name": "Ann",
        "address": "ann@example.com",
        "request": first["id"],
        "requested_at": first_at.isoformat(),
    }


def test_a_confirmed_mailbox_says_nothing_of_a_number(story: Story) -> None:
    lead_id = arrives(story, Channel.EMAIL, Channel.SMS)

    presses(story, lead_id)

    granted = story.rows(t.consent_facts, lead_id=lead_id, kind="granted")
    assert [fact["channel"] for fact in granted] == ["email"]


@pytest.mark.parametrize("word", ["YES", "yes!", "Sí"])
def test_a_yes_by_text_grants_what_was_asked_for_the_number(story: Story, word: str) -> None:
    lead_id = arrives(story, Channel.SMS, Channel.CALL)
    story.run()
    assert [row["template"] for row in story.messages(lead_id=lead_id)] == ["confirm-number"]
    story.pass_time(DAY)

    story.replies(word, channel=Channel.SMS)

    granted = story.rows(t.consent_facts, lead_id=lead_id, kind="granted")
    assert {fact["channel"] for fact in granted} == {"sms", "call"}
    assert {fact["personal"]["act"][:4] for fact in granted} == {"SMS "}


def test_a_yes_after_a_week_confirms_nothing(story: Story) -> None:
    lead_id = arrives(story, Channel.SMS)
    story.pass_time(timedelta(days=7, minutes=1))

    story.replies("yes", channel=Channel.SMS)

    assert story.rows(t.consent_facts, lead_id=lead_id, kind="granted") == []


def test_a_stop_in_between_is_the_last_word(story: Story) -> None:
    lead_id = arrives(story, Channel.EMAIL)
    story.pass_time(MINUTE)
    story.stops(lead_id, Channel.EMAIL)

    assert presses(story, lead_id) == []


def test_a_link_ends_after_a_month(story: Story) -> None:
    lead_id = arrives(story, Channel.EMAIL)
    story.pass_time(LINK_WITHIN)

    assert presses(story, lead_id) == []


def test_whoever_types_an_address_again_and_again_bothers_its_owner_no_more_than_thrice(story: Story) -> None:
    lead_id = arrives(story, Channel.EMAIL)
    for _ in range(4):
        story.pass_time(MINUTE)
        arrives(story, Channel.EMAIL)

    story.run()

    made = story.messages(lead_id=lead_id)
    assert len(made) == 3
    assert [row["state"] for row in made].count("accepted") == 1  # the gate lets one out for each change of mind
