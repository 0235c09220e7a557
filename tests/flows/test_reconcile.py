"""Attempts whose worker died: the journal, what the provider said, or a person; never a guess, never a second call."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from channels.events import EventKind
from channels.message import Outbound
from engine.clock import VirtualClock
from engine.flows.absorb import receive
from engine.flows.advance import advance
from engine.flows.claiming import FIRST
from engine.flows.deliver import deliver
from engine.flows.dispatch import SENDING_LEASE
from engine.flows.kit import CALL_BY
from engine.flows.reconcile import RECONCILE_WINDOW, reconcile
from engine.journal import FileJournal, boot_id
from engine.store import tables as t
from tests.flows import moody
from tests.flows.moody import Mood, WorkerDied
from tests.flows.story import DAY, MINUTE, SECOND, Story

pytestmark = pytest.mark.skipif(boot_id() == "unknown-boot", reason="this system does not tell its boots apart")


@pytest.fixture
def story(story: Story, tmp_path: Path) -> Story:
    """Return a story whose worker keeps its journal in a file."""
    kit = replace(story.kit, journal=FileJournal(tmp_path, "worker"), journals=tmp_path)
    return replace(story, kit=kit)


def die(story: Story, mood: Mood) -> str:
    """Let the worker die over a lead's first email; return the message's id."""
    story.arrives()
    advance(story.kit)
    story.provider.mood_for = lambda _message: mood
    with pytest.raises(WorkerDied):
        deliver(story.kit, FIRST)
    story.provider.mood_for = lambda _message: moody.KIND
    message = story.message()
    assert message["state"] == "sending"
    return str(message["id"])


def journal(story: Story) -> Path:
    assert story.kit.journals is not None
    return story.kit.journals / story.kit.journal.name


def emails(story: Story) -> list[Outbound]:
    return [one for one in story.provider.taken if one.channel == "email"]


def test_nobody_touches_an_attempt_while_its_worker_may_live(story: Story) -> None:
    die(story, moody.DEATH_BEFORE_CALL)

    story.pass_time(SENDING_LEASE - SECOND)

    assert reconcile(story.kit) == 0
    assert story.message()["state"] == "sending"


def test_a_whole_journal_that_does_not_name_the_call_proves_that_it_never_started(story: Story) -> None:
    die(story, moody.DEATH_BEFORE_CALL)
    story.pass_time(SENDING_LEASE)

    assert reconcile(story.kit) == 1
    assert (story.message()["state"], story.message()["reason"]) == ("scheduled", "never_started")
    story.run()
    assert story.message()["state"] == "accepted"
    assert len(emails(story)) == 1


class Awakening(VirtualClock):
    """A clock on which somebody else acts while one waits."""

    def __init__(self, at: datetime, act: Callable[[], object]) -> None:
        super().__init__(at)
        self._act = act

    def sleep(self, seconds: float) -> None:
        """Let the other act."""
        assert seconds >= CALL_BY.total_seconds()
        self._act()


def test_a_worker_that_calls_after_its_lease_because_the_clock_jumped_is_believed(story: Story) -> None:
    die(story, moody.DEATH_BEFORE_CALL)
    story.pass_time(SENDING_LEASE)
    (attempt,) = story.rows(t.attempts)
    clock = Awakening(story.now(), lambda: story.kit.journal.note(attempt["id"]))

    settled = reconcile(replace(story.kit, clock=clock))

    assert settled == 0
    assert story.message()["state"] == "sending"


def cut_off(path: Path) -> None:
    path.write_bytes(b"019caf10-3180-7508")


def lose(path: Path) -> None:
    path.unlink()


def reboot(path: Path) -> None:
    path.rename(path.with_name("another-boot.worker"))


def test_an_end_is_called_unknown_only_when_its_call_can_start_no_more(story: Story) -> None:
    """The clock jumped over lease and window: a stop still waits for the call, as long as it is on record as open."""
    die(story, moody.DEATH_BEFORE_CALL)
    lose(journal(story))
    story.pass_time(SENDING_LEASE + RECONCILE_WINDOW)
    meanwhile: list[str] = []
    clock = Awakening(story.now(), lambda: meanwhile.append(str(story.message()["state"])))

    settled = reconcile(replace(story.kit, clock=clock))

    assert settled == 1
    assert meanwhile == ["sending"]
    assert story.message()["state"] == "unknown"


@pytest.mark.parametrize("harm", [cut_off, lose, reboot])
def test_a_journal_that_is_not_whole_or_not_there_proves_nothing(story: Story, harm: Callable[[Path], None]) -> None:
    die(story, moody.DEATH_BEFORE_CALL)
    harm(journal(story))

    story.pass_time(SENDING_LEASE)
    assert reconcile(story.kit) == 0
    story.pass_time(RECONCILE_WINDOW)
    assert reconcile(story.kit) == 1

    assert story.message()["state"] == "unknown"
    assert emails(story) == []


def test_an_attempt_of_another_boot_is_not_proven_by_a_journal_of_this_one(story: Story) -> None:
    die(story, moody.DEATH_BEFORE_CALL)
    story.write(lambda connection: connection.execute(t.attempts.update().values(journal="another-boot.worker")))
    assert story.kit.journals is not None
    (story.kit.journals / "another-boot.worker").write_bytes(b"")

    story.pass_time(SENDING_LEASE)

    assert reconcile(story.kit) == 0


def test_a_call_that_the_journal_names_waits_for_evidence_and_then_for_a_person(story: Story) -> None:
    die(story, moody.DEATH_AFTER_CALL)

    story.pass_time(SENDING_LEASE)
    assert reconcile(story.kit) == 0
    assert story.message()["due_at"] > story.now()
    story.pass_time(RECONCILE_WINDOW)
    assert reconcile(story.kit) == 1

    assert story.message()["state"] == "unknown"
    assert [task["title"] for task in story.tasks(kind="review")] == ["Did this email arrive? Its outcome is unknown"]
    story.live(3 * DAY)
    assert story.states()["text"] == "accepted"
    assert len([one for one in emails(story) if "Hello" in one.content.text]) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [EventKind.DELIVERED, EventKind.BOUNCED, EventKind.OPENED, EventKind.DEFERRED])
def test_what_the_provider_said_of_it_proves_that_it_was_taken(story: Story, kind: EventKind) -> None:
    message_id = die(story, moody.DEATH_AFTER_CALL)
    receive(story.kit, [story.hear(kind, message_id=message_id)])

    story.pass_time(SENDING_LEASE)
    assert reconcile(story.kit) == 1

    assert story.message()["state"] == "accepted"
    assert [row["outcome"] for row in story.rows(t.attempts)] == ["accepted"]


def test_an_event_that_means_nothing_proves_nothing(story: Story) -> None:
    message_id = die(story, moody.DEATH_AFTER_CALL)
    receive(story.kit, [story.hear(EventKind.UNKNOWN, message_id=message_id)])

    story.pass_time(SENDING_LEASE)

    assert reconcile(story.kit) == 0


def test_reconciling_never_sends_twice_whatever_comes_when(story: Story) -> None:
    message_id = die(story, moody.DEATH_AFTER_CALL)
    for _ in range(40):
        story.pass_time(MINUTE)
        story.run()
    story.happens(EventKind.DELIVERED, message_id=message_id)

    assert story.message(id=message_id)["state"] == "accepted"
    assert len(emails(story)) == 1
