"""Claiming: pace, daily limits, lane first ahead, sequences in turn, leases, and what is paused."""

from collections import Counter
from dataclasses import replace

import pytest

from engine.domain.pacing import Pace
from engine.flows.advance import advance
from engine.flows.claiming import FIRST, LEASE, MAIN, claim, give_back
from engine.store import contents, senders
from engine.store import tables as t
from tests.flows.story import DAY, SECOND, Story

BULK = "name: {name}\nenter: {{when: manual}}\nexclusive: no\nstages: [{{id: news, email: news}}]"


def wait_in_line(story: Story, how_many: int, name: str = "bulk", *, source: str = "import") -> None:
    """Let *how_many* leads wait for an email of the sequence *name*; imported ones stand in the main lane."""
    story.plan(BULK.format(name=name))
    for number in range(how_many):
        lead_id = story.arrives(email=f"{name}{number}@example.com", phone=None, first_name=name, source=source)
        story.enters(lead_id, name)
    while advance(story.kit):
        pass


def pace(story: Story, **changes: float | None) -> Pace:
    """Set the email sender's pace; return what it is."""
    sender = email_sender(story)
    changed = replace(sender.pace, **changes)  # type: ignore[arg-type]
    row = {"rate_per_second": changed.rate_per_second, "burst": changed.burst, "daily_max": changed.daily_max}
    story.write(
        lambda connection: connection.execute(
            t.senders.update().where(t.senders.c.id == sender.id).values(**row, tokens=changed.tokens)
        )
    )
    return changed


def email_sender(story: Story) -> senders.Sender:
    with story.kit.database.read() as connection:
        return next(one for one in senders.all_senders(connection) if one.channel == "email")


def claimed(story: Story, lane: str, limit: int = 200) -> int:
    return sum(len(taken.message_ids) for taken in claim(story.kit, lane, limit))


def test_a_claim_takes_what_the_pace_allows_and_more_as_time_passes(story: Story) -> None:
    wait_in_line(story, 6)
    pace(story, rate_per_second=1.0, burst=2.0, tokens=2.0)

    assert [claimed(story, MAIN), claimed(story, MAIN)] == [2, 0]
    story.pass_time(1 * SECOND)
    assert claimed(story, MAIN) == 1


def test_a_daily_limit_ends_the_day_and_the_next_day_begins_anew(story: Story) -> None:
    wait_in_line(story, 5)
    pace(story, rate_per_second=1000.0, burst=1000.0, tokens=1000.0, daily_max=3)

    assert [claimed(story, MAIN), claimed(story, MAIN)] == [3, 0]
    story.pass_time(DAY)
    assert claimed(story, MAIN) == 3  # the leases of the first three are over, too


def test_unused_tokens_go_back(story: Story) -> None:
    wait_in_line(story, 4)
    pace(story, rate_per_second=0.01, burst=4.0, tokens=4.0, daily_max=4)
    (taken,) = claim(story.kit, MAIN, 1)

    give_back(story.kit, taken, unused=1)

    assert (email_sender(story).pace.tokens, email_sender(story).pace.sent_today) == (4.0, 0)


def test_the_first_lane_goes_ahead(story: Story) -> None:
    wait_in_line(story, 5)
    wait_in_line(story, 2, "fresh", source="web")
    pace(story, rate_per_second=0.01, burst=3.0, tokens=3.0)

    assert claimed(story, MAIN) == 0  # one a claim is the least a slow sender may do: it is the first lane's
    assert claimed(story, FIRST) == 1


def test_a_paused_sequence_in_the_first_lane_does_not_hold_back_the_main_lane(story: Story) -> None:
    wait_in_line(story, 2)
    wait_in_line(story, 5, "fresh", source="web")
    story.write(lambda connection: contents.set_paused(connection, "fresh", is_paused=True))
    pace(story, rate_per_second=1.0, burst=2.0, tokens=2.0)

    assert claimed(story, MAIN) == 2


def test_sequences_take_turns(story: Story) -> None:
    for name in ("one", "two", "three"):
        wait_in_line(story, 4, name)
    pace(story, rate_per_second=3.0, burst=6.0, tokens=6.0)

    claimed(story, MAIN)

    assert Counter(row["sequence"] for row in story.messages(state="claimed")) == {"one": 2, "two": 2, "three": 2}


def test_one_sequence_alone_takes_all_there_is(story: Story) -> None:
    wait_in_line(story, 4, "one")

    assert claimed(story, MAIN) == 4


def test_nobody_takes_what_is_claimed_until_the_lease_is_over(story: Story) -> None:
    wait_in_line(story, 1)
    (taken,) = claim(story.kit, MAIN, 10)

    assert claimed(story, MAIN) == 0
    story.pass_time(LEASE)
    (again,) = claim(story.kit, MAIN, 10)

    assert again.message_ids == taken.message_ids
    assert again.token != taken.token


def test_what_a_killed_worker_had_claimed_goes_ahead_of_the_line(story: Story) -> None:
    wait_in_line(story, 5)
    pace(story, rate_per_second=1.0, burst=1.0, tokens=1.0)
    (taken,) = claim(story.kit, MAIN, 1)  # and its holder is killed
    story.pass_time(LEASE)

    (again,) = claim(story.kit, MAIN, 1)

    assert again.message_ids == taken.message_ids


def test_a_paused_sequence_waits_and_goes_on(story: Story) -> None:
    wait_in_line(story, 2)
    story.write(lambda connection: contents.set_paused(connection, "bulk", is_paused=True))
    assert claimed(story, MAIN) == 0

    story.write(lambda connection: contents.set_paused(connection, "bulk", is_paused=False))
    assert claimed(story, MAIN) == 2


def test_a_paused_sender_waits_and_goes_on(story: Story) -> None:
    wait_in_line(story, 2)

    def pause(*, is_paused: bool) -> None:
        story.write(lambda connection: connection.execute(t.senders.update().values(is_paused=is_paused)))

    pause(is_paused=True)
    assert claimed(story, MAIN) == 0
    pause(is_paused=False)
    assert claimed(story, MAIN) == 2


@pytest.mark.parametrize(("source", "lane"), [("web", FIRST), ("import", MAIN)])
def test_fresh_leads_stand_in_the_first_lane_and_imports_never_do(story: Story, source: str, lane: str) -> None:
    wait_in_line(story, 1, source=source)

    assert story.message()["lane"] == lane


def test_yesterdays_lead_stands_in_the_main_lane(story: Story) -> None:
    story.arrives()

    story.live(2 * DAY)

    assert {row["stage"]: row["lane"] for row in story.messages()} == {"hello": FIRST, "text": MAIN}
