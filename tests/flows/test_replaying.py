"""What would change under another rulebook: asked of the past, with what was known then."""

from datetime import timedelta
from pathlib import Path

import pytest

from channels.address import Channel
from consent.answer import Outcome
from consent.rulebook import Rulebook, load_rulebook
from engine.flows.replaying import replay
from tests.flows.story import DAY, Story

NO_MAIL = """\
rules:
  - {id: OWN-NO-MAIL, jurisdiction: US, kind: prohibition, channels: [email], reason: forbidden, citation: policy, verified: true}
"""
PLAN = "name: daily\nenter: {when: manual}\nwindow: any\nstages:\n  - {id: news, email: news}"
MONTH = timedelta(days=30)


def rules(folder: Path, text: str) -> Rulebook:
    path = folder / "own.yaml"
    path.write_text(text)
    return load_rulebook(path)


@pytest.fixture
def mailed(story: Story) -> str:
    """Let a lead get one mail; return the id of the message."""
    lead_id = story.arrives(source="import")
    story.enters(lead_id, story.plan(PLAN))
    story.run()
    return str(story.message(sequence="daily")["id"])


def test_the_same_rules_change_nothing(story: Story, mailed: str) -> None:
    found = replay(story.kit, story.kit.rulebook, span=MONTH, limit=100)

    assert mailed
    assert (found.asked, found.changed, found.drifted, found.changes) == (1, 0, 0, [])


def test_a_new_rule_shows_what_it_would_have_stopped(story: Story, tmp_path: Path, mailed: str) -> None:
    found = replay(story.kit, rules(tmp_path, NO_MAIL), span=MONTH, limit=100)

    (change,) = found.changes
    assert (change.before, change.after, change.rule) == (Outcome.ALLOW, Outcome.BLOCK, "OWN-NO-MAIL")
    assert (change.count, change.examples, found.changed) == (1, (mailed,), 1)
    assert found.present != found.edited


def test_what_happened_since_does_not_count(story: Story, tmp_path: Path, mailed: str) -> None:
    story.pass_time(DAY)
    story.stops(str(story.message(id=mailed)["lead_id"]), Channel.EMAIL)

    found = replay(story.kit, rules(tmp_path, NO_MAIL), span=MONTH, limit=100)

    assert (found.changed, found.drifted) == (1, 0)


def test_only_so_far_back_and_so_many(story: Story, mailed: str) -> None:
    assert mailed
    assert replay(story.kit, story.kit.rulebook, span=MONTH, limit=1).asked == 1
    story.pass_time(2 * MONTH)

    assert replay(story.kit, story.kit.rulebook, span=MONTH, limit=100).asked == 0
