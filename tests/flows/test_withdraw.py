"""Withdrawing: what it covers, and that it answers only when no call can start any more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from channels.address import Channel
from channels.events import EventKind
from engine.clock import VirtualClock
from engine.flows.absorb import receive
from engine.flows.advance import advance
from engine.flows.claiming import FIRST
from engine.flows.deliver import deliver
from engine.flows.settle_task import settle_task
from engine.flows.withdraw import Stop, withdraw
from engine.store import tables as t
from engine.store.database import Database
from tests.flows.story import ANN, BOB, DAY, HOUR, Story


class RecordingClock(VirtualClock):
    """A virtual clock in which sleeping is noted, and takes its time."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Note how long somebody waits."""
        self.slept.append(seconds)


@pytest.mark.parametrize(
    ("named", "ends"),
    [
        ({Channel.SMS}, {"sms", "voicemail"}),
        ({Channel.VOICEMAIL}, {"sms", "voicemail"}),
        ({Channel.CALL}, {"call", "voicemail"}),
        ({Channel.EMAIL}, {"email"}),
        ({Channel.EMAIL, Channel.SMS}, {"email", "sms", "voicemail"}),
        (set(), {channel.value for channel in Channel}),
    ],
)
def test_a_stop_covers_what_it_names_and_its_kin(story: Story, named: set[Channel], ends: set[str]) -> None:
    lead_id = story.arrives()

    story.stops(lead_id, *named)

    assert story.withdrawn(lead_id) == ends


def test_a_stop_covers_whoever_shares_the_number_and_leaves_them_their_email(story: Story) -> None:
    ann = story.arrives()
    bob = story.arrives(BOB, phone=ANN.phone)

    story.stops(ann)

    assert story.withdrawn(ann) == {channel.value for channel in Channel}
    assert story.withdrawn(bob) == {"sms", "voicemail", "call"}
    story.live(3 * DAY)
    assert story.states(lead_id=bob)["hello"] == "accepted"
    assert story.states(lead_id=bob)["text"] == "skipped"


def test_a_stop_of_emails_is_no_matter_to_whoever_shares_the_number(story: Story) -> None:
    ann = story.arrives()
    bob = story.arrives(BOB, phone=ANN.phone)

    story.stops(ann, Channel.EMAIL)

    assert story.withdrawn(bob) == set()


def test_what_has_not_left_is_cancelled_in_the_same_moment(story: Story) -> None:
    lead_id = story.arrives()
    advance(story.kit)
    assert story.message()["state"] == "scheduled"

    story.stops(lead_id)

    message = story.message()
    assert (message["state"], message["reason"], message["ended_at"]) == ("cancelled", "withdrawn", story.now())


def test_a_lead_that_nobody_knows_stops_nothing(story: Story) -> None:
    story.arrives()

    withdraw(story.kit, story.kit.ids.new(), Stop(channels=frozenset(), source="page", wording="", recorded_by="test"))

    assert story.rows(t.consent_facts, kind="withdrawn") == []


def by_page(story: Story, lead_id: str) -> None:
    story.stops(lead_id)


def by_click(story: Story, lead_id: str) -> None:
    story.happens(EventKind.UNSUBSCRIBED, address=ANN.email)


def by_reply(story: Story, lead_id: str) -> None:
    story.replies("Leave me alone")


def by_bounce(story: Story, lead_id: str) -> None:
    story.happens(EventKind.BOUNCED, address=ANN.email)


def by_complaint(story: Story, lead_id: str) -> None:
    story.happens(EventKind.COMPLAINED, address=ANN.email)


def by_call(story: Story, lead_id: str) -> None:
    settle_task(story.kit, story.tasks(kind="call")[0]["id"], "no", by="ann")  # type: ignore[arg-type]


WAYS = [by_page, by_click, by_reply, by_bounce, by_complaint, by_call]


@pytest.mark.parametrize("stop", WAYS)
def test_a_stop_waits_until_no_call_can_start_any_more(story: Story, stop: Callable[[Story, str], None]) -> None:
    """The worker has put its attempt on record and stands right before the call."""
    clock = RecordingClock(story.now())
    plan = "name: plan\nenter: {when: manual}\nstages:\n  - {id: ring, call: ring, wait: no}\n  - {id: hello, email: hello}"
    told = replace(story, kit=replace(story.kit, clock=clock))
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, story.plan(plan))
    advance(story.kit)
    seen: list[list[float]] = []

    def stop_now(_message: object) -> None:
        stop(told, lead_id)
        seen.append(list(clock.slept))

    story.provider.before_call = stop_now
    deliver(story.kit, FIRST)

    assert seen == [[2.0]]


def test_a_stop_that_is_heard_twice_waits_both_times(story: Story) -> None:
    """A provider that lost patience posts again; the second answer must not come before the first one could."""
    clock = RecordingClock(story.now())
    kit = replace(story.kit, clock=clock)
    story.arrives()
    advance(story.kit)
    event = story.hear(EventKind.UNSUBSCRIBED, address=ANN.email)

    def stop_twice(_message: object) -> None:
        receive(kit, [event])
        receive(kit, [event])

    story.provider.before_call = stop_twice
    deliver(story.kit, FIRST)

    assert clock.slept == [2.0, 2.0]


def test_a_stop_waits_for_a_call_to_whoever_shares_the_number(story: Story) -> None:
    clock = RecordingClock(story.now())
    ann = story.arrives(source="fair")
    bob = story.arrives(BOB, phone=ANN.phone, source="fair")
    story.enters(bob, story.plan("name: plan\nenter: {when: manual}\nstages: [{id: text, sms: hi}]"))
    advance(story.kit)
    told = replace(story, kit=replace(story.kit, clock=clock))

    story.provider.before_call = lambda _message: told.stops(ann, Channel.SMS)
    deliver(story.kit, FIRST)

    assert clock.slept == [2.0]


def test_a_stop_counts_although_the_clock_went_back(story: Story) -> None:
    lead_id = story.arrives()
    assert isinstance(story.clock, VirtualClock)
    earlier = VirtualClock(story.now() - HOUR)
    kit = replace(
        story.kit,
        clock=earlier,
        database=Database(story.kit.database.engine.url.render_as_string(hide_password=False), earlier),
    )

    withdraw(kit, lead_id, Stop(channels=frozenset(), source="page", wording="", recorded_by="test"))
    kit.database.close()
    story.live(5 * DAY)

    assert story.messages(state="accepted") == []


def test_a_stop_that_ends_all_that_was_planned_leaves_a_task(story: Story) -> None:
    lead_id = story.arrives(source="fair")
    assert [task["kind"] for task in story.tasks(state="open")] == ["call"]

    story.stops(lead_id, Channel.CALL)

    (task,) = story.tasks(state="open")
    assert (task["kind"], task["owner"]) == ("review", story.lead(lead_id)["owner"])
