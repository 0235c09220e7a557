"""A provider that takes messages and calls back about none is held, and a person is asked; by hand it goes on."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from channels.events import EventKind
from channels.message import MessageId
from engine.domain.silence import SILENT_AFTER, UNHEARD_MIN
from engine.flows import silence
from engine.flows.absorb import receive
from engine.store import senders
from engine.store import tables as t
from tests.flows.story import MINUTE, Story


@pytest.fixture
def sent(story: Story) -> list[MessageId]:
    """Return the first emails to several leads, all taken by SendGrid a while ago."""
    for number in range(UNHEARD_MIN):
        story.arrives(email=f"lead{number}@example.com", phone=None)
    story.run()
    found = [MessageId(row["id"]) for row in story.messages(channel="email", state="accepted")]
    assert len(found) >= UNHEARD_MIN
    _as_if_sent_by(story, "sendgrid")
    story.pass_time(SILENT_AFTER + MINUTE)
    return found


def _as_if_sent_by(story: Story, provider: str) -> None:
    story.write(lambda connection: connection.execute(t.senders.update().values(provider=provider)))
    story.write(lambda connection: connection.execute(t.messages.update().values(provider=provider)))


def _rests(story: Story) -> set[str]:
    return {row["paused_reason"] for row in story.rows(t.senders, is_paused=True)}


def test_a_silent_sender_is_held_and_one_person_is_asked(story: Story, sent: list[MessageId]) -> None:
    with capture_logs() as lines:
        held = [silence.watch(story.kit), silence.watch(story.kit)]

    assert held == [1, 0]
    assert _rests(story) == {silence.SILENT}
    assert len(story.tasks(kind="review")) == 1
    assert [(row["action"], row["actor"]) for row in story.rows(t.audit_log)] == [("sender.silent", "fifthtouch")]
    assert [(line["event"], line["log_level"]) for line in lines] == [("sender.silent", "error")]
    assert "example.com" not in str(lines[0]["sender"]) or "***" in str(lines[0]["sender"])


def test_a_word_about_any_of_its_messages_keeps_it_awake(story: Story, sent: list[MessageId]) -> None:
    receive(story.kit, [story.hear(EventKind.DELIVERED, provider="sendgrid", message_id=sent[0])])

    assert silence.watch(story.kit) == 0
    [sender] = [row for row in story.rows(t.senders) if row["heard_at"]]
    assert (sender["channel"], sender["heard_at"]) == ("email", story.now())


def test_our_own_report_of_a_click_is_no_word_of_the_provider(story: Story, sent: list[MessageId]) -> None:
    receive(story.kit, [story.hear(EventKind.CLICKED, provider="fifthtouch", message_id=sent[0])])

    assert silence.watch(story.kit) == 1


@pytest.mark.parametrize("by", ["sandbox", "smtp"])
def test_who_never_calls_back_is_not_waited_for(story: Story, sent: list[MessageId], by: str) -> None:
    _as_if_sent_by(story, by)

    assert silence.watch(story.kit) == 0


def test_resumed_by_hand_it_is_held_again_only_for_new_silence(story: Story, sent: list[MessageId]) -> None:
    silence.watch(story.kit)
    [held] = story.rows(t.senders, is_paused=True)
    story.pass_time(timedelta(minutes=5))
    story.write(lambda connection: senders.resume(connection, [held["id"]]))

    assert silence.watch(story.kit) == 0

    story.write(
        lambda connection: connection.execute(
            t.messages.update().where(t.messages.c.id.in_(sent)).values(accepted_at=story.now())
        )
    )
    story.pass_time(SILENT_AFTER + MINUTE)
    assert silence.watch(story.kit) == 1
    assert len(story.tasks(kind="review")) == 2


def test_too_few_messages_prove_nothing(story: Story) -> None:
    story.arrives()
    story.run()
    _as_if_sent_by(story, "sendgrid")
    story.pass_time(SILENT_AFTER + MINUTE)

    assert silence.watch(story.kit) == 0
