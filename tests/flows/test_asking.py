"""One reading of a lead for everybody who asks the gate: who is a business, where, and whether anything would leave."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.address import Channel
from consent.facts import Purpose, Request
from engine.domain.lead import Lead, LeadId
from engine.flows.asking import is_rehearsal, request_for
from engine.store import senders
from engine.store.leads import StoredLead
from tests.flows.story import Story
from tests.flows.test_going_live import add_sender

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def question(channel: Channel = Channel.SMS, **what: Any) -> Request:
    """Return the question about a lead of whom *what* is known."""
    known = {"country": "US", "region": "NY", "phone": "+12125550101", "email": "ann@example.com", **what}
    asked = {name: known.pop(name) for name in ("topic", "is_rehearsed", "given_zone") if name in known}
    lead = Lead(id=LeadId("ann"), created_at=NOW, **known)
    stored = StoredLead(lead=lead, email_id="e", phone_id="p", review_since=None, first_touch_at=None, checks={})
    return request_for(stored, channel=channel, purpose=Purpose.MARKETING, planned_at=NOW, sequence="", **asked)


@pytest.mark.parametrize("said", [True, "yes", " Yes ", "true", "1"])
def test_a_named_company_that_is_said_to_be_one_is_a_business(said: object) -> None:
    assert question(company="Acme Ltd", custom={"business": said}).business


@pytest.mark.parametrize(
    ("company", "custom"),
    [
        ("Acme Ltd", {}),
        ("Acme Ltd", {"business": False}),
        ("Acme Ltd", {"business": "no"}),
        ("Acme Ltd", {"business": "plumbing"}),
        ("Acme Ltd", {"business": None}),
        ("", {"business": True}),
        (" ", {"business": True}),
    ],
)
def test_everybody_else_is_a_person(company: str, custom: dict[str, object]) -> None:
    assert not question(company=company, custom=custom).business


def test_only_a_stated_zone_narrows_where_a_lead_may_be() -> None:
    guessed = question(region="TX", phone=None, zone="America/Chicago", zone_source="address")
    stated = question(region="TX", phone=None, zone="America/Chicago", zone_source="stated")

    assert {sign.value for sign in guessed.zones} == {"America/Chicago", "America/Denver"}
    assert {sign.value for sign in stated.zones} == {"America/Chicago"}


def test_a_given_zone_is_the_only_one() -> None:
    assert [(sign.value, sign.source) for sign in question(given_zone="America/Denver").zones] == [
        ("America/Denver", "given")
    ]


def test_the_topic_is_asked_about_and_no_sequence_is_none() -> None:
    asked = question(topic="offers")

    assert (asked.topic, asked.sequence) == ("offers", None)


@pytest.mark.parametrize(
    ("channel", "phone", "expected"),
    [
        (Channel.CALL, "+12125550101", True),
        (Channel.CALL, "+12124567890", False),
        (Channel.CALL, None, False),
        (Channel.SMS, "+12125550101", False),
    ],
    ids=["a call to a number of fiction", "a call to a number", "no number", "a text: its sender tells"],
)
def test_a_call_that_can_reach_nobody_is_a_rehearsal(channel: Channel, phone: str | None, *, expected: bool) -> None:
    assert expected is question(channel, phone=phone).is_rehearsed


def test_what_is_said_to_be_a_rehearsal_is_one() -> None:
    assert question(phone="+12124567890", is_rehearsed=True).is_rehearsed


def test_only_the_sandbox_rehearses(story: Story) -> None:
    with story.kit.database.read() as connection:
        sandbox = [one for one in senders.all_senders(connection) if one.channel is Channel.EMAIL]
    real = add_sender(story)

    assert is_rehearsal(sandbox)
    assert not is_rehearsal([real])
    assert not is_rehearsal([*sandbox, replace(real, is_paused=True)])
    assert not is_rehearsal([])
