"""What was set aside is heard again after a mend: once, whole, and with what nobody acted on carried out."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from channels.events import EventKind, ProviderEvent
from engine.domain.task import TaskKind
from engine.flows.absorb import absorb, receive
from engine.flows.hear_again import NO_READER, NOTHING_LEFT, NotHeard, hear_again, list_set_aside
from engine.flows.matching import match, new_ids
from engine.flows.raw import Raw, keep_raw
from engine.store import events, tasks
from engine.store import tables as t
from engine.store.database import Connection
from tests.flows.story import DAY, SECOND, Story


def poison(story: Story, event_id: str, **spoilt: Any) -> str:
    """Give a stored event a value that nothing can be made of; return its row's id."""
    (row,) = story.rows(t.provider_events, event_id=event_id)
    change = t.provider_events.update().where(t.provider_events.c.id == row["id"])
    story.write(lambda connection: connection.execute(change.values(event={**row["event"], **spoilt})))
    return str(row["id"])


def again(story: Story, row_id: str) -> str:
    """Hear it again; return why it still cannot be heard, or nothing."""
    [one] = list_set_aside(story.kit, only=[row_id])
    try:
        hear_again(story.kit, one, by="rita", domain=None)
    except NotHeard as error:
        return error.why
    return ""


def test_a_poison_event_is_absorbed_once_it_is_mended(story: Story) -> None:
    story.arrives()
    story.run()
    hello = story.message(stage="hello")
    told = story.hear(EventKind.DELIVERED, message_id=hello["id"])
    receive(story.kit, [told])
    row_id = poison(story, told.event_id, kind="nonsense")
    absorb(story.kit)
    assert "nonsense" in again(story, row_id)
    assert story.message(id=hello["id"])["delivery"] == "none"
    poison(story, told.event_id, kind="delivered")

    assert again(story, row_id) == ""

    assert story.message(id=hello["id"])["delivery"] == "delivered"
    assert list_set_aside(story.kit) == []
    notes = [row["before"]["is_mended"] for row in story.rows(t.audit_log, subject=row_id, actor="rita")]
    assert sorted(notes) == [False, True]


def test_a_stop_that_nobody_carried_out_is_carried_out(story: Story) -> None:
    lead_id = story.arrives()
    story.run()
    hello = story.message(stage="hello")
    stop = story.hear(EventKind.UNSUBSCRIBED, message_id=hello["id"], address="ann@example.com")
    row_id = story.write(lambda connection: left_to_a_person(story, connection, stop, lead_id))
    assert story.withdrawn(lead_id) == set()

    assert again(story, row_id) == ""

    assert "email" in story.withdrawn(lead_id)
    [row] = story.rows(t.provider_events, id=row_id)
    assert (row["problem"], row["applied_at"]) == (None, story.now())


def left_to_a_person(story: Story, connection: Connection, event: ProviderEvent, lead_id: str) -> str:
    """Leave what is left where acting failed: the event aside, a task for a person, no word in the ledger."""
    [heard] = match(connection, new_ids(story.kit, [event]))
    events.store(connection, [heard.row(story.now())])
    events.set_aside(connection, heard.id, "ValueError: no room")
    task = tasks.new_row(
        task_id=story.kit.ids.new(),
        intent_key=f"{heard.id}:{lead_id}:spoiled",
        lead_id=lead_id,
        kind=TaskKind.ANSWER,
        owner="",
        title="This could not be carried out",
        now=story.now(),
        due_at=story.now(),
    )
    tasks.insert(connection, [task])
    return heard.id


def test_a_bounce_that_was_acted_on_is_not_acted_on_twice(story: Story) -> None:
    lead_id = story.arrives()
    story.run()
    hello = story.message(stage="hello")
    receive(story.kit, [story.hear(EventKind.BOUNCED, message_id=hello["id"], address="ann@example.com")])
    (row,) = story.rows(t.provider_events, message_id=hello["id"], kind="bounced")
    story.write(lambda connection: events.set_aside(connection, row["id"], "ValueError: no room"))
    unapplied = t.provider_events.update().where(t.provider_events.c.id == row["id"]).values(applied_at=None)
    story.write(lambda connection: connection.execute(unapplied))
    before = story.rows(t.suppressions), story.tasks(), story.enrollment(lead_id=lead_id)["status"]

    assert again(story, row["id"]) == ""

    assert (story.rows(t.suppressions), story.tasks(), story.enrollment(lead_id=lead_id)["status"]) == before


def kept(story: Story, body: bytes, **what: str) -> str:
    """Keep a raw callback of which something could not be read; return its row's id."""
    usual = {"provider": "twilio", "callback": "status", "target": "/webhooks/twilio/status", "problem": "No."}
    keep_raw(story.kit, Raw(**{**usual, **what}, headers={"content-type": "text/plain"}, body=body))
    [row] = story.rows(t.provider_payloads)
    return str(row["id"])


def test_a_callback_that_can_be_read_now_is_taken_in_once(story: Story) -> None:
    lead_id = story.arrives()
    story.live(2 * DAY)
    text = story.message(stage="text", lead_id=lead_id)
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": text_address(story)}
    target = f"/webhooks/twilio/status?message_id={text['id']}"
    row_id = kept(story, urlencode(fields).encode(), target=target)
    [listed] = list_set_aside(story.kit)
    assert (listed.is_callback, listed.provider, listed.what, listed.problem) == (True, "twilio", "status", "No.")

    assert again(story, row_id) == ""
    story.run()

    assert story.message(id=text["id"])["delivery"] == "delivered"
    assert list_set_aside(story.kit) == []
    assert len(story.rows(t.provider_events, provider="twilio")) == 1


def text_address(story: Story) -> str:
    """Return the number that the last text went to."""
    return story.provider.taken[-1].to


def test_what_still_cannot_be_read_says_so_and_brings_what_can(story: Story) -> None:
    story.arrives()
    good = {"event": "delivered", "email": "a@example.com", "timestamp": 1772000000, "sg_event_id": "e-1"}
    row_id = kept(story, json.dumps([good, 7]).encode(), provider="sendgrid", callback="events")

    for _ in range(2):
        assert again(story, row_id)
        [event] = story.rows(t.provider_events, provider="sendgrid")
        assert (event["event_id"], event["kind"]) == ("e-1.delivered", "delivered")


@pytest.mark.parametrize(("what", "why"), [({"callback": "nowhere"}, NO_READER), ({}, NOTHING_LEFT)])
def test_what_nobody_reads_or_was_erased_stays_aside(story: Story, what: dict[str, str], why: str) -> None:
    row_id = kept(story, b"MessageSid=SM1" if what else b"", **what)

    assert again(story, row_id) == why
    assert [one.id for one in list_set_aside(story.kit)] == [row_id]


def test_what_came_before_is_not_listed(story: Story) -> None:
    kept(story, b"x")

    assert list_set_aside(story.kit, since=story.now() + SECOND) == []
    assert len(list_set_aside(story.kit, since=story.now())) == 1
