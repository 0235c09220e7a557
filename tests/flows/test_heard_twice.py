"""A mail that is passed on by callback and polled from its mailbox as well counts once, whichever way comes first."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations

import pytest

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.inbound.raw_mail import read_mail
from channels.message import MessageId
from channels.webhooks.mail_events import read_mail_event
from engine.flows.absorb import absorb, receive
from engine.flows.raw import Raw
from engine.store import tables as t
from tests.flows.story import Story
from tests.flows.test_fetch_mail import PLAN, _bounce, _reply

WAYS = ("sendgrid", "imap")
MAILS = ("reply", "stop", "nameless", "auto_reply", "bounce")


def written(name: str, message_id: str) -> bytes:
    """Return the mail *name* about our message."""
    answers = f"In-Reply-To: <{message_id}@example.com>\n"
    match name:
        case "bounce":
            return _bounce(message_id)
        case "auto_reply":
            return _reply(3, "I am away.", headers=f"{answers}Auto-Submitted: auto-replied\n")
        case "stop":
            return _reply(2, "Stop writing to me.", headers=answers)
        case "nameless":
            mail = _reply(4, "Can you call me?", headers=f"{answers}Date: Mon, 2 Mar 2026 10:00:00 +0000\n")
            return mail.replace(b"Message-ID: <4@mail.example>\n", b"")
        case _:
            return _reply(1, "Can you call me?", headers=answers)


def heard(story: Story, mail: bytes, way: str) -> ProviderEvent:
    """Let *mail* come by *way*; return its event."""
    envelope = ("sales@example.com",) if way == "sendgrid" else ()
    event = read_mail_event(replace(read_mail(mail), envelope_to=envelope), provider=way, received_at=story.now())
    receive(story.kit, [event], raw=Raw(provider=way, callback="mail", target="", headers={}, body=mail))
    absorb(story.kit)
    return event


def everything_but_the_mail(story: Story) -> dict[str, list[tuple[object, ...]]]:
    """Return every row that following a mail may write."""
    tables = (t.leads, t.enrollments, t.messages, t.tasks, t.replies, t.consent_facts, t.suppressions, t.happenings)
    return {table.name: [tuple(row.values()) for row in story.rows(table)] for table in tables}


@pytest.fixture
def message_id(story: Story) -> str:
    """Return an email that Ann got."""
    story.enters(story.arrives(), story.plan(PLAN))
    story.run()
    return str(story.messages(stage="hello")[0]["id"])


@pytest.mark.parametrize("ways", list(permutations(WAYS)), ids=["passed on first", "polled first"])
@pytest.mark.parametrize("name", MAILS)
def test_the_second_way_is_kept_and_changes_nothing(
    story: Story, message_id: str, name: str, ways: tuple[str, str]
) -> None:
    mail = written(name, message_id)
    first = heard(story, mail, ways[0])
    after_one = everything_but_the_mail(story)
    assert first.kind is (EventKind.BOUNCED if name == "bounce" else EventKind.REPLIED)

    for way in (ways[1], *ways):
        heard(story, mail, way)

    assert everything_but_the_mail(story) == after_one
    told = {row["provider"]: row for row in story.rows(t.provider_events)}
    one, other = told[ways[0]], told[ways[1]]
    assert (one["kind"], one["message_id"]) == (first.kind, message_id)
    assert (other["kind"], other["message_id"], other["lead_id"]) == ("unknown", None, None)
    assert other["event"]["extra"] == {"duplicate_of": one["id"]}
    assert other["applied_at"] is not None
    assert "away" not in str(other["event"])
    assert Counter(row["provider"] for row in story.rows(t.provider_payloads)) == {"sendgrid": 2, "imap": 2}


def test_another_mail_is_heard_whichever_way_it_comes(story: Story, message_id: str) -> None:
    heard(story, written("auto_reply", message_id), "sendgrid")
    heard(story, written("reply", message_id), "imap")

    told = story.rows(t.provider_events)
    assert [row["kind"] for row in told] == ["replied", "replied"]
    assert {MessageId(row["message_id"]) for row in told} == {message_id}


def test_callbacks_that_tell_the_same_in_another_order_do_not_wait_in_a_circle(story: Story) -> None:
    told = [
        ProviderEvent(
            provider="sandbox", event_id=f"told-{number}", kind=EventKind.OPENED, channel=Channel.EMAIL, at=story.now()
        )
        for number in range(400)
    ]

    with ThreadPoolExecutor(2) as threads:
        fresh = list(threads.map(lambda events: receive(story.kit, events), [told, told[::-1]]))

    assert sorted(fresh) == [0, len(told)]
    assert len(story.rows(t.provider_events)) == len(told)
