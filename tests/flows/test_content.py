"""Content that isn't fit to send holds its message, and better content lets it go; publishing is all or nothing."""

from pathlib import Path
from typing import Any

import pytest

from engine.content.problems import ContentErrors
from engine.flows.publish import publish
from engine.store import tables as t
from tests.content.builders import email, library
from tests.flows.content import FILES, START, small_library
from tests.flows.story import DAY, HOUR, Story

PLAN = "name: plan\nenter: {when: manual}\nstages:\n  - {id: about, email: about}\n  - {id: text, sms: hi}"


def walk(story: Story, **changes: Any) -> str:
    lead_id = story.arrives(source="fair", **changes)
    story.enters(lead_id, story.plan(PLAN))
    return lead_id


def test_a_missing_value_holds_the_message_with_its_reason(story: Story) -> None:
    walk(story)

    story.run()

    message = story.message()
    assert (message["state"], message["reason"]) == ("held", "missing_value")
    assert message["due_at"] == story.now() + HOUR
    assert story.provider.taken == []


def test_better_content_lets_a_held_message_go(story: Story, tmp_path: Path) -> None:
    walk(story)
    story.run()

    better = {**FILES, "email/about.md": email("You asked about {{ lead.interest_name or 'us' }}.")}
    publish(story.kit, library(tmp_path, {**better, "sequences/start.yaml": START}))
    story.live(2 * HOUR)

    assert story.message(stage="about")["state"] == "accepted"
    assert "You asked about us." in story.provider.taken[0].content.text  # type: ignore[union-attr]


def test_a_value_that_comes_to_be_known_lets_a_held_message_go(story: Story) -> None:
    walk(story)
    story.run()

    story.arrives(source="fair", interest="roof", grants=())
    story.live(2 * HOUR)

    assert "a new roof" in story.provider.taken[0].content.text  # type: ignore[union-attr]


def test_one_bad_message_does_not_hold_back_the_batch(story: Story) -> None:
    walk(story)
    walk(story, email="bob@example.com", phone="+12125550102", first_name="Bob", interest="roof")

    story.run()

    assert sorted(row["state"] for row in story.messages(stage="about")) == ["accepted", "held"]


def test_a_template_that_is_gone_holds_the_message(story: Story) -> None:
    walk(story, interest="roof")
    story.write(
        lambda connection: connection.execute(t.content_current.delete().where(t.content_current.c.name == "about"))
    )

    story.run()

    assert (story.message()["state"], story.message()["reason"]) == ("held", "missing_template")


def test_what_waits_gets_the_new_text_and_keeps_the_old_shape(story: Story, tmp_path: Path) -> None:
    story.arrives()
    story.run()
    first = story.enrollment()["revision"]

    shorter = START.replace("  - {id: tip, voicemail: tip, after: 1 day}\n", "")
    changed = {
        **FILES,
        "sms/hi.txt": "{{ brand.name }}: Another text. Reply STOP to end.",
        "sequences/start.yaml": shorter,
    }
    publish(story.kit, library(tmp_path, {**changed}))
    story.live(6 * DAY)

    assert story.enrollment()["revision"] == first
    assert story.states()["tip"] == "accepted"
    assert "Another text." in story.provider.taken[1].content.body  # type: ignore[union-attr]
    story.arrives(email="bob@example.com", phone=None, first_name="Bob")
    assert story.rows(t.enrollments)[-1]["revision"] != first


def test_publishing_is_all_or_nothing(story: Story, tmp_path: Path) -> None:
    before = (story.rows(t.content_current), story.rows(t.sequences))
    broken = {
        **FILES,
        "email/hello.md": email("New."),
        "sequences/start.yaml": START.replace("sms: hi", "sms: nothing"),
    }

    with pytest.raises(ContentErrors, match="nothing"):
        publish(story.kit, library(tmp_path, {**broken}))

    assert (story.rows(t.content_current), story.rows(t.sequences)) == before


def test_publishing_the_same_again_changes_nothing(story: Story, tmp_path: Path) -> None:
    published = publish(story.kit, small_library(tmp_path))

    assert published.changed == 0
    assert len(story.rows(t.users)) == 2


def test_a_script_that_cannot_be_made_says_so_to_the_person(story: Story) -> None:
    story.write(
        lambda connection: connection.execute(t.content_current.delete().where(t.content_current.c.name == "ring"))
    )
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, story.plan("name: plan\nenter: {when: manual}\nstages: [{id: ring, call: ring}]"))

    story.run()

    assert "could not be prepared" in story.task(stage="ring")["body"]
