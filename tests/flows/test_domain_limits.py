"""Limits by recipient domain: what one mailbox provider gets from one sender in a day."""

from sqlalchemy import update

from engine.flows.advance import advance
from engine.flows.claiming import MAIN
from engine.flows.deliver import deliver
from engine.store import consents
from engine.store import tables as t
from tests.flows.story import DAY, Story

NEWS = "name: bulk\nenter: {when: manual}\nexclusive: no\nstages: [{id: news, email: news}]"


def wait_in_line(story: Story, *addresses: str) -> None:
    """Let a lead at each address wait for an email, and let the sender send two a day to each domain."""
    story.plan(NEWS)
    for number, address in enumerate(addresses):
        lead_id = story.arrives(email=address, phone=None, first_name=f"ann{number}", source="import")
        story.enters(lead_id, "bulk")
    while advance(story.kit):
        pass
    limits = {"domain_daily_max": 2, "rate_per_second": 1000.0, "burst": 1000.0, "tokens": 1000.0}
    story.write(lambda connection: connection.execute(update(t.senders).values(**limits)))


def sent_by_domain(story: Story) -> dict[str, int]:
    return {row["domain"]: row["sent_today"] for row in story.rows(t.sender_domains)}


def test_a_domain_that_had_its_share_waits_for_tomorrow_and_others_do_not(story: Story) -> None:
    wait_in_line(story, "a@big.test", "b@BIG.test", "c@big.test", "d@small.test")

    deliver(story.kit, MAIN)

    assert len(story.messages(state="accepted")) == 3
    (waiting,) = story.messages(state="scheduled")
    assert waiting["reason"] == "domain_limit"
    assert sent_by_domain(story) == {"big.test": 2, "small.test": 1}


def test_the_next_day_begins_anew(story: Story) -> None:
    wait_in_line(story, "a@big.test", "b@big.test", "c@big.test")
    deliver(story.kit, MAIN)

    story.pass_time(DAY)
    deliver(story.kit, MAIN)

    assert len(story.messages(state="accepted")) == 3
    assert sent_by_domain(story) == {"big.test": 1}


def test_what_the_gate_holds_back_leaves_its_place_to_another(story: Story) -> None:
    wait_in_line(story, "a@big.test", "b@big.test")
    (unread, _other) = story.messages(state="scheduled")
    story.write(lambda connection: consents.set_review(connection, [unread["lead_id"]], story.now()))

    deliver(story.kit, MAIN)

    assert [row["id"] for row in story.messages(state="held")] == [unread["id"]]
    assert sent_by_domain(story) == {"big.test": 1}
