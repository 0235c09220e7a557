"""What the engine adds to a first text costs its sender as well: no limit is exceeded by it, and no more is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.address import Channel
from channels.message import TextContent
from channels.segments import count_segments
from engine.flows.publish import publish
from engine.store import tables as t
from tests.content.builders import library
from tests.flows.content import FILES
from tests.flows.story import ANN, DAY, Story
from tests.flows.test_saying import rules

PLAN = "name: plan\nenter: {when: manual}\nexclusive: no\nwindow: any\nstages: [{id: text, sms: hi}]"
LENGTHS = (1, 20)  # words that fill a segment with the lines, or before them
DAILY = (1, 4, 7, 99)


@pytest.fixture
def strict(story: Story) -> Story:
    """Return a story in which every first text needs lines."""
    return replace(story, kit=replace(story.kit, rulebook=rules()))


def set_pace(story: Story, **values: Any) -> None:
    usual = {"rate_per_second": 50.0, "burst": 50.0, "tokens": 50.0, "sent_today": 0}
    change = t.senders.update().where(t.senders.c.channel == Channel.SMS).values(**{**usual, **values})
    story.write(lambda connection: connection.execute(change))


def sender(story: Story) -> Any:
    [row] = story.rows(t.senders, channel=Channel.SMS)
    return row


def cost(story: Story) -> int:
    """Return how many segments the provider took."""
    bodies = [one.content.body for one in story.provider.taken if isinstance(one.content, TextContent)]
    return sum(count_segments(body).segments for body in bodies)


def begin(story: Story, how_many: int) -> list[str]:
    """Let *how_many* leads have a text due, and plan it; return their ids."""
    name = story.plan(PLAN)
    found = []
    for number in range(how_many):
        found.append(story.arrives(replace(ANN, email=None, phone=f"+12125550{110 + number}", source="fair")))
        story.enters(found[-1], name)
    return found


@pytest.mark.parametrize("words", LENGTHS)
@pytest.mark.parametrize("daily_max", DAILY)
def test_what_is_taken_never_exceeds_the_day_and_is_what_is_counted(
    strict: Story, tmp_path: Path, words: int, daily_max: int
) -> None:
    text = "Hi, this is {{ brand.name }}." + " Hello" * words + ". Reply STOP to end."
    publish(strict.kit, library(tmp_path, {**FILES, "sms/hi.txt": text}))
    begin(strict, 5)
    set_pace(strict, daily_max=daily_max)

    strict.run()

    assert cost(strict) == sender(strict)["sent_today"] <= daily_max
    assert daily_max - cost(strict) < count_segments(text).segments + 3 or len(strict.provider.taken) == 5


def test_the_tokens_that_are_left_are_what_the_longer_texts_left(strict: Story, tmp_path: Path) -> None:
    publish(strict.kit, library(tmp_path, {**FILES, "sms/hi.txt": FILES["sms/hi.txt"] + " Hello." * 10}))
    begin(strict, 3)
    set_pace(strict)

    strict.run()

    assert cost(strict) > len(strict.provider.taken) == 3
    assert sender(strict)["tokens"] == 50 - cost(strict)


def test_a_second_text_is_charged_for_itself_alone(strict: Story, tmp_path: Path) -> None:
    [lead_id] = begin(strict, 1)
    strict.run()
    first = cost(strict)
    publish(strict.kit, library(tmp_path, {**FILES, "sms/hi.txt": FILES["sms/hi.txt"] + " Bye."}))
    strict.pass_time(DAY)
    set_pace(strict, daily_max=1, day=strict.now().date(), tokens_at=strict.now())
    strict.enters(lead_id, strict.plan(PLAN.replace("name: plan", "name: other")))

    strict.run()

    assert len(strict.provider.taken) == 2
    assert cost(strict) - first == 1 == sender(strict)["sent_today"]
