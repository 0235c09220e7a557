"""Entering sequences: entry rules, one exclusive sequence at a time, handing over."""

import pytest

from engine.domain.entry import EntryReason
from engine.domain.sequence import Trigger
from engine.flows.enroll import enroll_by_trigger
from engine.flows.shelf import Missing
from engine.store import tables as t
from tests.flows.story import DAY, Story

OTHER = """\
name: other
stages:
  - {id: news, email: news, after: 1 day}
"""
BESIDE = OTHER.replace("name: other", "name: beside\nexclusive: no")


def test_a_lead_walks_one_exclusive_sequence_at_a_time(story: Story) -> None:
    lead_id = story.arrives()
    story.plan(OTHER)

    entry = story.enters(lead_id, "other")

    assert (entry.answer.reason, entry.answer.detail) == (EntryReason.EXCLUSIVE, "start")
    assert entry.enrollment_id is None


def test_a_sequence_that_shares_may_be_walked_beside_another(story: Story) -> None:
    lead_id = story.arrives()
    story.plan(BESIDE)

    entry = story.enters(lead_id, "beside")

    assert entry.answer.enters
    assert {row["sequence"] for row in story.rows(t.enrollments)} == {"start", "beside"}


def test_nobody_enters_what_they_walk_already(story: Story) -> None:
    lead_id = story.arrives()

    assert story.enters(lead_id, "start").answer.reason is EntryReason.ALREADY_IN


def test_whoever_stopped_everything_does_not_enter(story: Story) -> None:
    lead_id = story.arrives(source="fair")
    story.stops(lead_id)

    answer = story.enters(lead_id, "start").answer

    assert (answer.reason, answer.detail) == (EntryReason.LEAVES, "opted_out")


def test_an_entry_condition_that_does_not_hold_keeps_the_lead_out(story: Story) -> None:
    lead_id = story.arrives(source="fair")

    assert story.enters(lead_id, "start").answer.reason is EntryReason.CONDITION


def test_a_sequence_that_was_never_published_cannot_be_entered(story: Story) -> None:
    lead_id = story.arrives()

    with pytest.raises(Missing, match="nowhere"):
        story.enters(lead_id, "nowhere")


def test_of_two_exclusive_sequences_the_first_by_name_takes_the_lead(story: Story) -> None:
    story.plan("name: alpha\nenter: {when: lead.created}\nstages: [{id: hello, email: hello}]")

    arrived = story.arrives()

    assert story.enrollment(lead_id=arrived)["sequence"] == "alpha"


def test_a_custom_fact_starts_the_sequence_that_waits_for_it(story: Story) -> None:
    lead_id = story.arrives(source="fair")
    story.plan("name: pricing\nenter: {when: event, event: visited-pricing}\nstages: [{id: news, email: news}]")

    def visit(event: str) -> list[bool]:
        return [
            entry.answer.enters
            for entry in story.write(
                lambda connection: enroll_by_trigger(
                    story.kit, connection, [lead_id], story.now(), trigger=Trigger.EVENT, event=event
                )
            )
        ]

    assert visit("something-else") == []
    assert visit("visited-pricing") == [True]


def test_a_sequence_hands_over_to_the_next(story: Story) -> None:
    story.plan(OTHER)
    story.plan("name: first\nenter: {when: manual}\nstages: [{id: hello, email: hello}, {id: on, enroll: other}]")
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, "first")

    story.run()

    standing = {row["sequence"]: row["status"] for row in story.rows(t.enrollments)}
    assert standing == {"first": "finished", "other": "active"}


def test_handing_over_to_what_is_not_published_gives_the_lead_to_its_owner_and_harms_nobody_else(story: Story) -> None:
    """Publishing cannot know what a later publication leaves out."""
    story.plan("name: first\nenter: {when: manual}\nstages: [{id: hello, email: hello}, {id: on, enroll: nowhere}]")
    ann = story.arrives(source="fair")
    story.enters(ann, "first")
    story.arrives(email="bob@example.com", phone=None)

    story.live(DAY)

    assert story.enrollment(sequence="first")["status"] == "finished"
    assert [task["title"] for task in story.tasks(lead_id=ann, kind="review")] == ["first is over: decide what is next"]
    assert story.states(sequence="start")["hello"] == "accepted"
