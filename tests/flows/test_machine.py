"""Any history at all: leads come, answer and stop, providers and workers fail, people interfere, and the promises hold."""

# ruff: noqa: D102 - the name of a rule is its sentence

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import RowMapping

from channels.address import PHONE_CHANNELS, Channel
from channels.events import EventKind, ProviderEvent
from channels.message import Fault, MessageId, Outbound, Receipt
from engine.bootstrap import World, prepare
from engine.clock import VirtualClock
from engine.domain.task import TaskKind, TaskOutcome
from engine.flows.absorb import absorb, receive
from engine.flows.advance import advance
from engine.flows.claiming import LANES, claim
from engine.flows.deliver import deliver
from engine.flows.reconcile import reconcile
from engine.flows.rounds import run_due
from engine.flows.settle_task import settle_task
from engine.flows.withdraw import KIN
from engine.ids import SeededIds
from engine.journal import FileJournal
from engine.store import contents
from engine.store import tables as t
from tests.databases import START
from tests.flows import moody
from tests.flows.conftest import open_moody, settings_for, world_at
from tests.flows.content import START as PLAN
from tests.flows.content import small_library
from tests.flows.machine import Watch
from tests.flows.moody import Mood, Moody, WorkerDied
from tests.flows.story import ANN, GRANTED, Story

EVERY = frozenset(Channel)
PEOPLE = [
    replace(
        ANN, email=f"lead{number}@example.com", phone=f"+1212555{100 + number // 2:04d}", first_name=f"Lead {number}"
    )
    for number in range(5)
]  # two of them share each phone
BESIDE = """\
name: beside
exclusive: no
enter: {when: lead.created}
stages:
  - {id: news, email: news}
  - {id: tip, voicemail: tip, otherwise: text}
  - {id: text, sms: hi, after: 1 day}
"""
MOODS: dict[str, Mood] = {
    "kind": moody.KIND,
    "lost answer": moody.LOST_ANSWER,
    "lost request": moody.LOST_REQUEST,
    "no connection": moody.NO_CONNECTION,
    "dies before the call": moody.DEATH_BEFORE_CALL,
    "dies after the call": moody.DEATH_AFTER_CALL,
    "throttled": Mood(takes=False, receipt=Receipt.refused(Fault.THROTTLED, "slower")),
    "content": Mood(takes=False, receipt=Receipt.refused(Fault.CONTENT, "no")),
    "dead address": Mood(takes=False, receipt=Receipt.refused(Fault.DEAD_ADDRESS, "nobody")),
}
REPLIES = {
    "STOP": None,  # by text: automated phone; by email: everything
    "Leave me alone": EVERY,
    "Please stop emailing me": frozenset({Channel.EMAIL}),
    "Not now, try me again in three weeks": frozenset(),
    "How much is it?": frozenset(),
    "The blue one": frozenset(),
    "I am out of the office until March 20. This is an automatic reply.": frozenset(),
}
people = st.integers(0, len(PEOPLE) - 1)
durations = st.sampled_from([timedelta(**one) for one in (
    {"seconds": 3}, {"minutes": 2}, {"minutes": 20}, {"hours": 3}, {"hours": 13}, {"days": 1}, {"days": 4}, {"days": 30},
)])  # fmt: skip


class PatientClock(VirtualClock):
    """A virtual clock in which whoever waits lets time pass."""

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self.move_to(self.now() + timedelta(seconds=seconds))


class Installation(RuleBasedStateMachine):
    """One installation on SQLite, and everything that can happen to it."""

    template: ClassVar[Path]

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=self.template.parent))
        shutil.copyfile(self.template, self.folder / "test.db")
        clock, provider = PatientClock(START), Moody()
        journals = self.folder / "journals"
        journal = FileJournal(journals, "worker")
        world = World(clock=clock, ids=SeededIds(9, clock.now), journal=journal, journals=journals)
        kit = open_moody(f"sqlite:///{self.folder / 'test.db'}", world, provider)
        self.story = Story(kit=kit, clock=clock, provider=provider)
        self.story.plan(BESIDE)
        self.watch = Watch(kit=kit)
        self.mood = moody.KIND
        self.revisions = count()
        self.told: list[ProviderEvent] = []
        provider.mood_for = lambda _message: self.mood
        provider.after_call = lambda message: self.watch.called(message, was_taken=self.mood.takes)

    def teardown(self) -> None:
        if hasattr(self, "story"):
            self.story.kit.database.close()
            self.story.kit.journal.close()
            shutil.rmtree(self.folder)

    # What leads do

    @rule(who=people, allows=st.sampled_from([GRANTED, (Channel.EMAIL,), ()]))
    def arrive(self, who: int, allows: tuple[Channel, ...]) -> None:
        grants = tuple(grant for grant in ANN.grants if grant.channel in allows)
        lead_id = self.story.arrives(replace(PEOPLE[who], grants=grants))
        self.watch.withdrawn -= {(lead_id, channel) for channel in allows}

    @rule(who=people, text=st.sampled_from(sorted(REPLIES)), channel=st.sampled_from([Channel.EMAIL, Channel.SMS]))
    def reply(self, who: int, text: str, channel: Channel) -> None:
        lead = self.find(who)
        if lead is None:
            return
        address = lead["email"] if channel is Channel.EMAIL else lead["phone"]
        event = self.story.hear(EventKind.REPLIED, text=text, channel=channel, address=address)
        receive(self.story.kit, [event])
        self.told.append(event)
        ends = REPLIES[text]
        speaker = lead if channel is Channel.EMAIL else self.first_at(address)
        if ends is None:
            ends = EVERY if channel is Channel.EMAIL else KIN[Channel.SMS]
        self.note_stop(speaker, ends)

    @rule(who=people, channels=st.sets(st.sampled_from([Channel.EMAIL, Channel.SMS, Channel.CALL]), max_size=2))
    def stop_by_page(self, who: int, channels: set[Channel]) -> None:
        if (lead := self.find(who)) is not None:
            self.story.stops(lead["id"], *channels)
            self.note_stop(lead, frozenset(channels) or EVERY)

    @rule(who=people, kind=st.sampled_from([EventKind.UNSUBSCRIBED, EventKind.COMPLAINED, EventKind.BOUNCED]))
    def click(self, who: int, kind: EventKind) -> None:
        if (lead := self.find(who)) is None:
            return
        event = self.story.hear(kind, address=lead["email"])
        receive(self.story.kit, [event])
        self.told.append(event)
        if kind is not EventKind.UNSUBSCRIBED:
            self.watch.suppressed.add((Channel.EMAIL, lead["email"]))
        if kind is not EventKind.BOUNCED:
            self.note_stop(lead, EVERY if kind is EventKind.COMPLAINED else frozenset({Channel.EMAIL}))

    @rule(who=people)
    def stop_right_before_a_call(self, who: int) -> None:
        """The worker has committed its attempts when the stop comes, and stands before the call when it is answered."""
        lead = self.find(who)
        if lead is None:
            return
        stopped: list[bool] = []

        def stop(_message: Outbound) -> None:
            if not stopped:
                stopped.append(True)
                self.story.stops(lead["id"])
                self.note_stop(lead, EVERY)

        self.story.provider.before_call = stop
        self.work("deliver")
        self.story.provider.before_call = lambda _message: None

    # What providers do

    @precondition(lambda self: self.story.provider.taken)
    @rule(data=st.data(), kinds=st.lists(st.sampled_from(EventKind), min_size=1, max_size=4))
    def report(self, data: st.DataObject, kinds: list[EventKind]) -> None:
        """Report on a message that was taken; what a lead does is not the provider's to invent."""
        message = data.draw(st.sampled_from(self.story.provider.taken))
        dull = [EventKind.DELIVERED, EventKind.DEFERRED, EventKind.OPENED, EventKind.CLICKED, EventKind.UNKNOWN]
        events = [
            self.story.hear(kind, channel=message.channel, message_id=MessageId(message.id))
            for kind in kinds
            if kind in dull
        ]
        receive(self.story.kit, events)
        self.told += events

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def report_again(self, data: st.DataObject) -> None:
        receive(self.story.kit, data.draw(st.permutations(self.told[-4:])))

    # What workers do

    @rule(duration=durations)
    def pass_time(self, duration: timedelta) -> None:
        self.story.pass_time(duration)

    @rule()
    def run(self) -> None:
        run_due(self.story.kit)

    @rule(duration=durations)
    def live(self, duration: timedelta) -> None:
        self.story.pass_time(duration)
        run_due(self.story.kit)

    @rule(step=st.sampled_from(["advance", "deliver", "absorb", "reconcile", "claim"]))
    def work_a_step(self, step: str) -> None:
        self.work(step)

    @rule(mood=st.sampled_from(sorted(MOODS)))
    def deliver_in_a_mood(self, mood: str) -> None:
        self.work("advance")
        self.mood = MOODS[mood]
        before = len(self.watch.calls)
        addresses = self.due_addresses()
        self.work("deliver")
        if mood == "dead address":
            self.watch.suppressed |= {
                (channel, address)
                for lead_id, asked, address in addresses
                if (lead_id, asked) in {(one[0], one[1]) for one in self.watch.calls[before:]}
                for channel in (PHONE_CHANNELS if asked in PHONE_CHANNELS else {asked})
            }
        self.mood = moody.KIND

    # What people do

    @rule(is_paused=st.booleans(), channel=st.sampled_from([Channel.EMAIL, Channel.SMS]))
    def pause_a_sender(self, *, is_paused: bool, channel: Channel) -> None:
        change = t.senders.update().where(t.senders.c.channel == channel).values(is_paused=is_paused)
        self.story.write(lambda connection: connection.execute(change))

    @rule(is_paused=st.booleans(), name=st.sampled_from(["start", "beside"]))
    def pause_a_sequence(self, *, is_paused: bool, name: str) -> None:
        self.story.write(lambda connection: contents.set_paused(connection, name, is_paused=is_paused))

    @rule()
    def publish(self) -> None:
        self.story.plan(f"{PLAN}  - {{id: more-{next(self.revisions)}, email: hello, after: 1 day}}\n")

    @rule(data=st.data(), outcome=st.sampled_from(TaskOutcome))
    def settle(self, data: st.DataObject, outcome: TaskOutcome) -> None:
        tasks = self.story.tasks(state="open")
        if not tasks:
            return
        task = data.draw(st.sampled_from(tasks).map(lambda row: row["id"]))
        (row,) = self.story.tasks(id=task)
        if row["kind"] != TaskKind.CALL and outcome is TaskOutcome.WRONG_NUMBER:
            return
        lead = self.story.lead(row["lead_id"])
        settle_task(self.story.kit, task, outcome, by="ann")
        if outcome is TaskOutcome.NO:
            self.note_stop(lead, EVERY)
        if outcome is TaskOutcome.WRONG_NUMBER:
            self.watch.suppressed |= {(channel, lead["phone"]) for channel in PHONE_CHANNELS}

    @rule(who=people)
    def import_a_stop(self, who: int) -> None:
        self.story.arrives(replace(PEOPLE[who], grants=(), suppress=frozenset({Channel.SMS})))
        self.watch.suppressed |= {(channel, str(PEOPLE[who].phone)) for channel in KIN[Channel.SMS]}

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "watch"):
            self.watch.look()

    # Short ways

    def work(self, step: str) -> None:
        """Do one thing that workers do; a death is the worker's own affair."""
        kit = self.story.kit
        steps: dict[str, Callable[[], object]] = {
            "advance": lambda: advance(kit),
            "deliver": lambda: [deliver(kit, lane) for lane in LANES],
            "absorb": lambda: absorb(kit),
            "reconcile": lambda: reconcile(kit),
            "claim": lambda: [list(claim(kit, lane, 5)) for lane in LANES],
        }
        try:
            steps[step]()
        except WorkerDied:
            return

    def find(self, who: int) -> RowMapping | None:
        """Return the lead that person *who* is, if it came yet."""
        return next(iter(self.story.rows(t.leads, email=PEOPLE[who].email)), None)

    def first_at(self, phone: str) -> RowMapping:
        """Return who is taken to speak from a shared phone: the one who was there first."""
        return min(self.story.rows(t.leads, phone=phone), key=lambda row: (row["created_at"], row["id"]))

    def note_stop(self, speaker: RowMapping, channels: frozenset[Channel]) -> None:
        """Expect nothing more on *channels*, and their kin, for the speaker, nor by phone for who shares the number."""
        ends = channels.union(*(KIN.get(channel, frozenset()) for channel in channels)) if channels else frozenset()
        self.watch.withdrawn |= {(speaker["id"], channel) for channel in ends}
        for other in self.story.rows(t.leads, phone=speaker["phone"]):
            self.watch.withdrawn |= {(other["id"], channel) for channel in ends & PHONE_CHANNELS}

    def due_addresses(self) -> list[tuple[str, Channel, str]]:
        """Return lead, channel and address of whatever may be called now."""
        return [
            (lead["id"], channel, lead["email"] if channel is Channel.EMAIL else lead["phone"])
            for lead in self.story.rows(t.leads)
            for channel in (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL)
        ]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a prepared database to copy."""
    path = tmp_path_factory.mktemp("machine") / "template.db"
    library = small_library(tmp_path_factory.mktemp("templates"))
    prepare(settings_for(f"sqlite:///{path}"), world_at(VirtualClock(START)), library=library).database.close()
    return path


def test_whatever_happens_the_promises_hold(template: Path) -> None:
    Installation.template = template
    examples = int(os.environ.get("FLOW_HISTORIES", "0")) or (30 if os.environ.get("CI") else 12)
    run_state_machine_as_test(
        Installation,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            # Shrinking a history of real databases takes longer than reading it.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_watch_sees_what_it_is_there_for(template: Path) -> None:
    """A guard that never barks is no guard: let a stop be forgotten, and look."""
    machine = Installation
    machine.template = template
    one = machine()
    one.open()
    one.arrive(0, GRANTED)
    lead = one.find(0)
    assert lead is not None
    one.watch.withdrawn.add((lead["id"], Channel.EMAIL))
    one.run()

    with pytest.raises(AssertionError):
        one.everything_holds()
    one.teardown()
