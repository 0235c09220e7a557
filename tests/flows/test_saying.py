"""A text says what the law wants said, if need be in the engine's words; a message that can't is held, told of, given up."""

from dataclasses import replace
from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest

from channels.address import Channel
from channels.message import TextContent
from consent.facts import GateFacts, TouchFact
from consent.rulebook import Rulebook, rulebook_of
from engine.flows.overdue import GIVE_UP_AFTER, TELL_AFTER
from engine.flows.publish import publish
from engine.flows.saying import FIRST_AGAIN_AFTER, is_first, takes_replies
from engine.store import senders
from tests.content.builders import email, library
from tests.databases import START
from tests.flows.content import FILES
from tests.flows.story import HOUR, MINUTE, Story

RULES = """\
jurisdiction: US
rules:
  - {id: X-TEXT, kind: content, channels: [sms], checks: [first_text, opt_out, contact], citation: policy, verified: true}
  - {id: X-SUBJECT, kind: content, channels: [email], checks: [honest_subject], citation: policy, verified: true}
"""
PLAN = "name: plan\nenter: {when: manual}\nstages: [{id: first, STAGE}, {id: news, email: news, window: any}]"


def rules() -> Rulebook:
    """Return the packaged rules and those of these tests."""
    folder = resources.files("consent").joinpath("rules")
    texts = {f.name: f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(".yaml")}
    return rulebook_of({**texts, "x.yaml": RULES})


@pytest.fixture
def strict(story: Story) -> Story:
    """Return a story in which the rules of these tests count."""
    return replace(story, kit=replace(story.kit, rulebook=rules()))


def begins(story: Story, stage: str) -> None:
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, story.plan(PLAN.replace("STAGE", f"{stage}, window: any")))
    story.run()


def body(story: Story) -> str:
    content = story.provider.taken[0].content
    assert isinstance(content, TextContent)
    return content.body


def test_a_first_text_gets_the_lines_that_it_lacks(strict: Story) -> None:
    begins(strict, "sms: hi")

    assert body(strict).startswith("Hi, this is Fern & Co. Reply STOP to end. Who we are: https://fern.example.com")
    assert body(strict).count("STOP") == 1
    assert "Msg & data rates may apply. HELP for help." in body(strict)


def test_the_lines_are_the_marketers_where_a_snippet_says_them(strict: Story, tmp_path: Path) -> None:
    own = {
        "snippets/first-text-terms.md": "{{ brand.name }}: 2 texts a month, msg & data rates may apply, HELP for help."
    }
    publish(strict.kit, library(tmp_path, {**FILES, **own}))

    begins(strict, "sms: hi")

    assert "Fern & Co: 2 texts a month" in body(strict)
    assert "A few texts" not in body(strict)


def test_words_that_a_rule_is_about_hold_the_message_until_they_are_mended(strict: Story, tmp_path: Path) -> None:
    publish(strict.kit, library(tmp_path / "a", {**FILES, "email/hello.md": email("Hi.", subject="Last day!")}))
    begins(strict, "email: hello")

    message = strict.message(stage="first")
    assert (message["state"], message["reason"]) == ("held", "content")
    assert message["rule"] in {"X-SUBJECT", "US-CANSPAM-HEADERS"}
    assert message["due_at"] == strict.now() + HOUR
    assert strict.provider.taken == []
    publish(strict.kit, library(tmp_path / "b", {**FILES, "email/hello.md": email("Hi.", subject="One day")}))
    strict.live(2 * HOUR)

    assert strict.message(stage="first")["state"] == "accepted"


def test_what_nobody_mends_becomes_a_task_and_is_skipped_in_the_end(strict: Story, tmp_path: Path) -> None:
    publish(strict.kit, library(tmp_path, {**FILES, "email/hello.md": email("Hi.", subject="Last day!")}))
    begins(strict, "email: hello")

    strict.live(TELL_AFTER - MINUTE)
    assert strict.tasks(kind="review") == []
    strict.live(2 * HOUR)
    (task,) = strict.tasks(kind="review")
    assert "'last day'" in task["body"]
    strict.live(GIVE_UP_AFTER)

    message = strict.message(stage="first")
    assert (message["state"], message["reason"]) == ("skipped", "content")
    assert strict.states()["news"] == "accepted"


def test_a_text_is_the_first_again_after_a_month_of_silence() -> None:
    facts = GateFacts(touches=(TouchFact(channel=Channel.SMS, at=START),))

    assert not is_first(facts, Channel.SMS, START + FIRST_AGAIN_AFTER - timedelta(seconds=1))
    assert is_first(facts, Channel.SMS, START + FIRST_AGAIN_AFTER)
    assert is_first(facts, Channel.EMAIL, START)


@pytest.mark.parametrize(
    ("address", "by", "takes"),
    [
        ("+15035550142", "twilio", True),
        ("MG0123456789abcdef", "twilio", True),
        ("FernCo", "twilio", False),
        ("FernCo", "sandbox", True),
    ],
)
def test_a_name_of_letters_takes_no_answers(story: Story, address: str, by: str, *, takes: bool) -> None:
    with story.kit.database.read() as connection:
        sender = senders.all_senders(connection)[0]

    assert takes_replies(Channel.SMS, replace(sender, address=address, provider=by)) is takes
