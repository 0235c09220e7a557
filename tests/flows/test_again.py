"""What waits for a lead who becomes part of another meanwhile is done to whom they are then, whichever door it comes by."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from channels.address import Channel
from consent.proof import Proof
from engine.domain.task import TaskKind, TaskOutcome
from engine.flows.erasing import erase
from engine.flows.looking_after import stop_lead
from engine.flows.merging import merge
from engine.flows.preferring import choose
from engine.flows.settle_task import settle_task
from engine.flows.writing import answer_reply
from engine.store import tables as t
from tests.flows.story import BOB, Story
from tests.servers import eventually

PLAN = """\
name: plan
topic: tips
enter: {when: manual}
stages:
  - {id: hello, email: hello, after: 1 day, window: any}
"""

SAID = "Do you work on Sundays?"


def text_stop(story: Story, _double: str) -> None:
    """Say stop from the number of the double."""
    story.replies("STOP", channel=Channel.SMS, address=BOB.phone)


def stop_by_hand(story: Story, double: str) -> None:
    """Let somebody stop the double in the console."""
    stop_lead(story.kit, double, frozenset(), by="bea")


def stop_by_page(story: Story, double: str) -> None:
    """Stop everything by the link in a mail."""
    story.stops(double)


def untick(story: Story, double: str) -> None:
    """Want no topic any more, on the page of choices."""
    choose(story.kit, double, [], Proof())


def say_no(story: Story, double: str) -> None:
    """Put on record that the double said no on the phone."""
    question = story.task(lead_id=double, kind=TaskKind.ANSWER)
    settle_task(story.kit, question["id"], TaskOutcome.NO, by="bea")


def answer(story: Story, _double: str) -> None:
    """Answer what the double wrote."""
    reply = next(row for row in story.rows(t.replies) if row["body"] == SAID)
    answer_reply(story.kit, reply["id"], "Yes.", by="bea", nonce="1")


def erase_all(story: Story, double: str) -> None:
    """Erase the double on request."""
    erase(story.kit, double, by="bea")


def has_stopped(*channels: Channel) -> Callable[[Story, str], bool]:
    """Return whether a lead has stopped *channels*, at least."""
    return lambda story, lead_id: story.withdrawn(lead_id) >= set(channels)


DOORS = [
    pytest.param(text_stop, has_stopped(Channel.SMS), id="a stop by text"),
    pytest.param(stop_by_hand, has_stopped(*Channel), id="a stop by hand"),
    pytest.param(stop_by_page, has_stopped(*Channel), id="a stop by page"),
    pytest.param(untick, has_stopped(Channel.EMAIL), id="a topic unticked"),
    pytest.param(say_no, has_stopped(*Channel), id="a no on the phone"),
    pytest.param(answer, lambda story, one: bool(story.messages(lead_id=one, template="written-answer")), id="answer"),
    pytest.param(erase_all, lambda story, one: story.lead(one)["erased_at"] is not None, id="an erasure"),
]


@pytest.mark.parametrize(("act", "holds"), DOORS)
def test_what_waited_for_a_merge_is_done_to_the_lead_that_stays(
    story: Story, act: Callable[[Story, str], None], holds: Callable[[Story, str], bool]
) -> None:
    if story.kit.database.is_sqlite:
        pytest.skip("one writer at a time: nobody reads before a merge and writes after it")
    survivor, double = story.arrives(source="fair"), story.arrives(BOB, source="fair")
    story.enters(double, story.plan(PLAN))
    story.run()
    story.replies(SAID, address=BOB.email)

    with ThreadPoolExecutor(2) as threads:
        with story.kit.database.write() as connection:
            held = select(t.enrollments.c.id).where(t.enrollments.c.lead_id == double).with_for_update()
            connection.execute(held).all()
            merging = threads.submit(merge, story.kit, survivor, double, by="ann")
            eventually(lambda: _waiting(story) == 1)  # it has the leads, and waits for what they walk
            acting = threads.submit(act, story, double)
            eventually(lambda: _waiting(story) == 2)  # it has read who the double was, and waits for the merge
        merging.result(timeout=10)
        acting.result(timeout=10)

    assert story.lead(double)["merged_into"] == survivor
    assert holds(story, survivor)


def _waiting(story: Story) -> int:
    """Return how many connections to this database wait for a lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with story.kit.database.read() as connection:
        return int(connection.execute(query).scalar_one())
