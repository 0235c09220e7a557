"""A sender of whose messages too many bounce or are called spam rests until a person lets it go on."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from channels.message import Fault, Receipt
from engine.domain.reputation import Crossed
from engine.flows import reputation
from engine.flows.going_live import resume_sender, start
from engine.store import senders
from engine.store import tables as t
from tests.flows.moody import KIND, Mood
from tests.flows.story import DAY, HOUR, MINUTE, Story
from tests.flows.test_going_live import add_sender, enters_daily, go_on_with

SENT = 100
NOBODY_THERE = Mood(takes=False, receipt=Receipt.refused(Fault.DEAD_ADDRESS, "550 5.1.1"))


@pytest.fixture
def live(story: Story) -> Story:
    """Return a story whose mail goes by a real provider."""
    story.provider = go_on_with(story)
    story.pass_time(MINUTE)
    add_sender(story)
    start(story.kit, by="ann")
    return story


def send(story: Story, how_many: int, name: str = "lead") -> None:
    for number in range(how_many):
        enters_daily(story, f"{name}{number}@realmail.io")
    story.live(MINUTE)


def let(story: Story, how_many: int, **happened: Any) -> None:
    """Let that happen to the latest messages that were taken."""
    table = t.messages
    with story.kit.database.write() as connection:
        query = select(table.c.id).where(table.c.state == "accepted").order_by(table.c.accepted_at.desc(), table.c.id)
        ids = list(connection.execute(query.limit(how_many)).scalars())
        connection.execute(table.update().where(table.c.id.in_(ids)).values(**happened))


def mailbox(story: Story) -> senders.Sender:
    with story.kit.database.read() as connection:
        return next(one for one in senders.all_senders(connection) if one.is_live)


def test_too_many_bounces_hold_the_sender_and_ask_a_person_once(live: Story) -> None:
    send(live, SENT)
    let(live, 5, bounced_at=live.now())
    assert reputation.watch(live.kit) == 0
    let(live, 6, bounced_at=live.now())

    with capture_logs() as lines:
        held = [reputation.watch(live.kit), reputation.watch(live.kit)]

    assert held == [1, 0]
    assert mailbox(live).rests_for == Crossed.BOUNCES
    (task,) = live.tasks(kind="review")
    assert "of 100 messages of one day 6 came back" in task["title"]
    (line,) = [one for one in lines if one["event"] == reputation.ALARM]
    assert (line["log_level"], line["sent"], line["bounced"]) == ("error", SENT, 6)
    assert "seller.io" in line["sender"]
    assert "hello@" not in line["sender"]


def test_complaints_of_a_few_are_enough(live: Story) -> None:
    send(live, 20)
    let(live, 2, complained_at=live.now())
    assert reputation.watch(live.kit) == 0
    let(live, 3, complained_at=live.now())

    reputation.watch(live.kit)

    assert mailbox(live).rests_for == Crossed.COMPLAINTS


def test_addresses_that_a_mail_server_refuses_at_once_are_bounces_too(live: Story) -> None:
    live.provider.mood_for = lambda message: NOBODY_THERE if "dead" in message.to else KIND
    send(live, SENT - 6)
    send(live, 6, "dead")

    reputation.watch(live.kit)

    assert mailbox(live).rests_for == Crossed.BOUNCES


def test_what_was_sent_before_the_last_day_counts_no_more(live: Story) -> None:
    send(live, SENT)
    let(live, 50, bounced_at=live.now())

    live.pass_time(DAY + HOUR)

    assert reputation.watch(live.kit) == 0


def test_by_hand_it_goes_on_and_what_was_judged_is_not_judged_again(live: Story) -> None:
    send(live, SENT)
    let(live, 50, bounced_at=live.now())
    reputation.watch(live.kit)
    live.pass_time(timedelta(minutes=5))

    start(live.kit, by="ann")
    assert mailbox(live).rests_for == Crossed.BOUNCES
    resume_sender(live.kit, mailbox(live), by="ann")

    assert reputation.watch(live.kit) == 0
    assert mailbox(live).rests_for == ""


def test_the_sandbox_is_never_held(story: Story) -> None:
    send(story, 20)
    let(story, 20, complained_at=story.now(), bounced_at=story.now())

    assert reputation.watch(story.kit) == 0
