"""Staff are told once for each incident, whoever ticks, and whatever fails; and incidents close when their cause is over."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from channels.alarm import Alert, MemoryAlarm
from channels.message import Fault, Receipt
from engine.domain.breaker import FAILURES_MAX
from engine.domain.incident import GRACE, QUIET, REMIND_EVERY, IncidentKind
from engine.flows import alerting, watching
from engine.flows.alerting import tell_staff
from engine.flows.claiming import MAIN
from engine.flows.deliver import deliver
from engine.flows.going_live import resume_sender
from engine.flows.incidents import NoSuchIncident, close_by_hand, raise_incident
from engine.flows.settle_unknown import settle_as_arrived
from engine.store import errands
from engine.store import tables as t
from tests.flows.moody import KIND, Mood
from tests.flows.story import HOUR, MINUTE, Story
from tests.flows.test_claiming import email_sender, wait_in_line
from tests.flows.test_settle_unknown import left_in_doubt

DOWN = Mood(takes=False, receipt=Receipt.refused(Fault.TRANSIENT, "503"))


@dataclass(slots=True, kw_only=True)
class Watched:
    """A story whose staff can be told."""

    story: Story
    alarm: MemoryAlarm

    def titles(self) -> list[str]:
        """Return what staff were told, by title."""
        return [said.title for said in self.alarm.heard]

    def open_kinds(self) -> list[str]:
        """Return the kinds of what is open."""
        return [row["kind"] for row in self.story.rows(t.incidents, closed_at=None)]


@pytest.fixture
def watched(story: Story) -> Watched:
    alarm = MemoryAlarm()
    story.kit = replace(story.kit, alarm=alarm)
    return Watched(story=story, alarm=alarm)


def something(story: Story, subject: str = "one", kind: IncidentKind = IncidentKind.LEDGER_BROKEN) -> str:
    found: str = story.write(lambda c: raise_incident(story.kit, c, kind, subject, f"{subject} is broken"))
    return found


def test_all_that_is_new_is_told_in_one_message_and_once(watched: Watched) -> None:
    something(watched.story)
    something(watched.story, "two")
    assert tell_staff(watched.story.kit) == 0
    watched.story.pass_time(GRACE)

    told = [tell_staff(watched.story.kit) for _ in range(3)]
    watched.story.pass_time(HOUR)

    assert [*told, tell_staff(watched.story.kit)] == [2, 0, 0, 0]
    [said] = watched.alarm.heard
    assert said.title == "Fifth Touch: 2 things need you"
    assert "one is broken" in said.body
    assert "two is broken" in said.body


def test_what_lasts_is_told_again_after_a_day_and_its_end_once(watched: Watched) -> None:
    known = something(watched.story)
    watched.story.pass_time(GRACE)
    tell_staff(watched.story.kit)
    watched.story.pass_time(REMIND_EVERY)
    tell_staff(watched.story.kit)

    assert close_by_hand(watched.story.kit, known, by="ann")
    assert not close_by_hand(watched.story.kit, known, by="ann")
    for _ in range(3):
        watched.story.pass_time(QUIET)
        tell_staff(watched.story.kit)

    assert watched.titles() == ["Fifth Touch: 1 thing needs you"] * 2 + ["Fifth Touch: over"]
    assert [row["actor"] for row in watched.story.rows(t.audit_log, action="incident.closed")] == ["ann"]
    with pytest.raises(NoSuchIncident):
        close_by_hand(watched.story.kit, watched.story.kit.ids.new(), by="ann")


def test_who_cannot_be_reached_is_tried_later_and_later_and_told_in_the_end(watched: Watched) -> None:
    something(watched.story)
    watched.alarm.is_deaf = True
    watched.story.pass_time(GRACE)
    waits = []
    for _ in range(4):
        assert tell_staff(watched.story.kit) == 0
        began = watched.story.now()
        while not is_due(watched.story):
            watched.story.pass_time(timedelta(seconds=5))
        waits.append((watched.story.now() - began).total_seconds())
    assert [row["told_at"] for row in watched.story.rows(t.incidents)] == [None]

    watched.alarm.is_deaf = False

    assert waits == sorted(waits)
    assert waits[0] < waits[-1]
    assert tell_staff(watched.story.kit) == 1


def is_due(story: Story) -> bool:
    row = story.rows(t.errands, name=errands.ALERTS)[0]
    done_at = row["done_at"]
    return bool(story.now() >= done_at + alerting.EVERY)


def test_two_tickers_tell_once(watched: Watched) -> None:
    """The second one looks while the first is still on the line."""
    something(watched.story)
    watched.story.pass_time(GRACE)
    other = MemoryAlarm()
    second = replace(watched.story.kit, alarm=other)

    class Slow(MemoryAlarm):
        def tell(self, said: Alert) -> tuple[str, ...]:
            tell_staff(second)
            self.heard.append(said)
            return ()

    slow = Slow()

    assert tell_staff(replace(watched.story.kit, alarm=slow)) == 1
    assert (len(slow.heard), len(other.heard)) == (1, 0)


def test_without_anybody_to_tell_incidents_are_recorded_all_the_same(story: Story) -> None:
    something(story)
    story.pass_time(GRACE)

    assert tell_staff(story.kit) == 0
    assert [row["told_at"] for row in story.rows(t.incidents)] == [None]


def test_a_failing_sender_is_an_incident_until_it_is_well(watched: Watched) -> None:
    story = watched.story
    wait_in_line(story, 12)
    story.provider.mood_for = lambda _message: DOWN
    deliver(story.kit, MAIN, limit=FAILURES_MAX)

    [row] = story.rows(t.incidents)
    assert (row["kind"], row["subject"]) == ("sender_failing", email_sender(story).id)
    assert "@" not in row["detail"]
    story.provider.mood_for = lambda _message: KIND
    story.live(HOUR)
    assert watched.open_kinds() == []


def test_a_sender_resumed_by_hand_closes_its_incident(watched: Watched) -> None:
    story = watched.story
    wait_in_line(story, 12)
    story.provider.mood_for = lambda _message: DOWN
    deliver(story.kit, MAIN, limit=FAILURES_MAX)
    assert watching.watch(story.kit) == 0

    resume_sender(story.kit, email_sender(story), by="ann")

    assert watching.watch(story.kit) == 1
    assert watched.open_kinds() == []


def test_messages_in_doubt_are_one_incident_until_all_are_settled(watched: Watched) -> None:
    story = watched.story
    message_id = left_in_doubt(story)
    assert watching.watch(story.kit) == 0

    [row] = story.rows(t.incidents)
    assert (row["kind"], row["count"]) == ("outcome_unknown", 1)
    assert row["subject"] == story.message(id=message_id)["sender_id"]
    settle_as_arrived(story.kit, message_id, by="rita")
    assert watching.watch(story.kit) == 1


def test_leads_that_are_forgotten_are_an_incident_until_somebody_takes_them(watched: Watched) -> None:
    story = watched.story
    lead_id = story.arrives()
    story.write(lambda c: c.execute(t.enrollments.delete()))
    watching.watch(story.kit)
    assert watched.open_kinds() == ["leads_forgotten"]

    story.write(lambda c: c.execute(t.leads.update().where(t.leads.c.id == lead_id).values(status="lost")))

    story.pass_time(MINUTE)
    assert watching.watch(story.kit) == 1


def test_messages_that_cannot_be_written_are_one_incident_for_each_template(watched: Watched) -> None:
    story = watched.story
    wait_in_line(story, 3)
    held = {"state": "held", "reason": "missing_value", "due_at": story.now() + HOUR}
    story.write(lambda c: c.execute(t.messages.update().values(**held)))
    watching.watch(story.kit)
    watching.watch(story.kit)

    [row] = story.rows(t.incidents)
    assert (row["kind"], row["subject"], row["count"]) == ("content_held", "email news", 3)
    story.write(lambda c: c.execute(t.messages.update().values(state="scheduled", reason="")))
    assert watching.watch(story.kit) == 1
