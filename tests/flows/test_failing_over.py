"""What a failing provider cannot send goes by the next sender of its channel: once, on record, and only what never left."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from channels.address import Channel
from channels.message import Fault, Outbound, Receipt
from engine.domain.breaker import FAILURES_MAX, FIRST_WAIT
from engine.domain.failover import LOOK_AGAIN, PATIENCE
from engine.flows.claiming import MAIN
from engine.flows.deliver import deliver
from engine.flows.touches import choose_sender
from engine.store import senders
from engine.store import tables as t
from tests.flows.moody import KIND, LOST_ANSWER, NO_CONNECTION, Mood, Moody, MoodyChannel
from tests.flows.story import HOUR, MINUTE, Story
from tests.flows.test_claiming import wait_in_line

DOWN = Mood(takes=False, receipt=Receipt.refused(Fault.TRANSIENT, "503"))
WRONG_KEY = Mood(takes=False, receipt=Receipt.refused(Fault.CONFIGURATION, "401"))


@dataclass(kw_only=True)
class Named(Moody):
    """A provider of another name than the sandbox's."""

    name: str = "sendgrid"

    def on(self, channel: Channel) -> MoodyChannel:
        """Return its adapter for *channel*."""
        return MoodyChannel(self, channel, name=self.name)


@dataclass(kw_only=True)
class Pair:
    """A story whose mail goes by SendGrid, with a mail server beside it."""

    story: Story
    sendgrid: Named = field(default_factory=Named)
    smtp: Named = field(default_factory=lambda: Named(name="smtp"))
    ids: dict[str, str] = field(default_factory=dict)

    def taken(self) -> Counter[str]:
        """Return how often each message was taken, by both together."""
        return Counter(str(one.id) for one in [*self.sendgrid.taken, *self.smtp.taken])

    def add(self, provider: str, address: str, channel: Channel = Channel.EMAIL, **changes: Any) -> str:
        """Add a live sender; return its id."""
        kit = self.story.kit
        row = senders.new_row(
            sender_id=kit.ids.new(), channel=channel, provider=provider, address=address, name="Seller",
            rate_per_second=1000.0, daily_max=None, now=self.story.now(),
        )  # fmt: skip
        self.story.write(lambda connection: senders.add(connection, {**row, **changes}))
        self.ids[provider] = str(row["id"])
        self.story.pass_time(timedelta(seconds=1))
        return str(row["id"])

    def change(self, name: str, /, **values: Any) -> None:
        """Change a sender's row."""
        update = t.senders.update().where(t.senders.c.id == self.ids[name]).values(**values)
        self.story.write(lambda connection: connection.execute(update))

    def use_first(self) -> None:
        """Let all that waits be SendGrid's, as if these leads had always heard from it."""
        self.story.write(lambda c: c.execute(t.messages.update().values(sender_id=self.ids["sendgrid"])))


@pytest.fixture
def pair(story: Story) -> Pair:
    pair = Pair(story=story)
    adapters = {(one.name, Channel.EMAIL): one.on(Channel.EMAIL) for one in (pair.sendgrid, pair.smtp)}
    story.kit = replace(story.kit, adapters={**story.kit.adapters, **adapters})
    pair.add("sendgrid", "hello@seller.example")
    pair.add("smtp", "hello@seller.example")
    return pair


def wait(pair: Pair, how_many: int) -> None:
    wait_in_line(pair.story, how_many)
    pair.use_first()


def break_down(pair: Pair, mood: Mood = DOWN) -> None:
    pair.sendgrid.mood_for = lambda _message: mood
    deliver(pair.story.kit, MAIN, limit=FAILURES_MAX)


@pytest.mark.parametrize("mood", [DOWN, WRONG_KEY, NO_CONNECTION], ids=["503", "401", "no connection"])
def test_all_that_a_failing_provider_refused_goes_by_the_other_once(pair: Pair, mood: Mood) -> None:
    wait(pair, 12)

    break_down(pair, mood)
    pair.story.live(HOUR)

    assert [row["state"] for row in pair.story.messages()] == ["accepted"] * 12
    assert set(pair.taken().values()) == {1}
    assert (len(pair.sendgrid.taken), len(pair.smtp.taken)) == (0, 12)
    assert {row["provider"] for row in pair.story.messages()} == {"smtp"}


def test_every_move_is_on_record_with_both_names_and_the_reason(pair: Pair) -> None:
    wait(pair, 7)
    break_down(pair)
    deliver(pair.story.kit, MAIN)

    moved = pair.story.messages(reason="failed_over")
    rows = pair.story.rows(t.decisions, reason="failed_over")
    assert {row["message_id"] for row in rows} == {row["id"] for row in moved}
    assert len(rows) == 7 - FAILURES_MAX
    [step] = rows[0]["trace"]
    assert step["reason"] == (
        "moved from sendgrid (hello@seller.example) to smtp (hello@seller.example) because transient"
    )


@pytest.mark.parametrize("outcome", ["unknown", "accepted", "open", "overruled"])
def test_what_may_have_left_stays_whatever_fails(pair: Pair, outcome: str) -> None:
    wait(pair, 8)
    break_down(pair)
    first = pair.story.messages(state="scheduled", tries=0)[0]
    row = {
        "id": pair.story.kit.ids.new(), "message_id": first["id"], "number": 1, "provider": "sendgrid",
        "started_at": pair.story.now(), "call_by": pair.story.now(), "outcome": outcome, "fault": None, "detail": "",
        "provider_id": None, "journal": "", "ended_at": None if outcome == "open" else pair.story.now(),
    }  # fmt: skip
    pair.story.write(lambda connection: connection.execute(t.attempts.insert().values(**row)))

    deliver(pair.story.kit, MAIN)

    assert pair.story.message(id=first["id"])["sender_id"] == pair.ids["sendgrid"]
    assert len(pair.story.messages(sender_id=pair.ids["smtp"])) == 8 - FAILURES_MAX - 1


def test_an_answer_that_was_lost_is_left_to_evidence(pair: Pair) -> None:
    wait(pair, 9)

    break_down(pair, LOST_ANSWER)
    pair.story.live(HOUR)

    doubtful = pair.story.messages(state="unknown")
    assert {row["sender_id"] for row in doubtful} == {pair.ids["sendgrid"]}
    assert len(doubtful) >= FAILURES_MAX
    assert set(pair.taken().values()) == {1}


@pytest.mark.parametrize(
    "rests",
    [
        {"is_paused": True, "paused_reason": "by hand"},
        {"trial_left": 5},
        {"opened_at": "now", "probe_at": "later", "failures": 5},
        {"provider": "sandbox"},
    ],
    ids=["paused", "trial", "failing", "sandbox"],
)
def test_one_that_must_not_send_gets_nothing_and_it_waits_as_before(pair: Pair, rests: dict[str, Any]) -> None:
    instants = {"now": pair.story.now(), "later": pair.story.now() + 2 * HOUR}
    pair.change("smtp", **{name: instants.get(value, value) for name, value in rests.items()})
    wait(pair, 8)

    break_down(pair)
    deliver(pair.story.kit, MAIN)

    assert {row["sender_id"] for row in pair.story.messages()} == {pair.ids["sendgrid"]}
    held = pair.story.messages(state="held")
    assert {(row["reason"], row["due_at"]) for row in held} == {("provider_failing", pair.story.now() + FIRST_WAIT)}


def test_no_more_is_moved_than_the_other_can_send_soon(pair: Pair) -> None:
    pair.change("smtp", rate_per_second=0.2, burst=1.0, tokens=1.0, tokens_at=pair.story.now())
    wait(pair, FAILURES_MAX + 20)
    break_down(pair)

    deliver(pair.story.kit, MAIN)

    moved = pair.story.messages(sender_id=pair.ids["smtp"])
    assert 0 < len(moved) <= 1 + 0.2 * LOOK_AGAIN.total_seconds() + 1
    held = pair.story.messages(reason="provider_failing")
    assert {row["due_at"] for row in held} == {pair.story.now() + LOOK_AGAIN}
    pair.story.live(20 * MINUTE)
    assert set(pair.taken().values()) == {1}


def test_one_message_that_its_provider_keeps_failing_is_given_away_after_some_tries(pair: Pair) -> None:
    """A small business sends too little to open a breaker; its first answer must not wait for hours."""
    wait(pair, 1)
    pair.sendgrid.mood_for = lambda _message: WRONG_KEY

    pair.story.live(10 * MINUTE)

    message = pair.story.message()
    assert (message["state"], message["provider"], message["tries"]) == ("accepted", "smtp", PATIENCE + 1)
    assert len(pair.story.rows(t.decisions, reason="failed_over")) == 1
    assert set(pair.taken().values()) == {1}


def test_one_that_both_fail_does_not_go_to_and_fro(pair: Pair) -> None:
    wait(pair, 1)
    for one in (pair.sendgrid, pair.smtp):
        one.mood_for = lambda _message: DOWN

    pair.story.live(6 * HOUR)

    assert len(pair.story.rows(t.decisions, reason="failed_over")) == 1
    assert pair.story.message()["sender_id"] == pair.ids["smtp"]
    assert pair.taken() == Counter()


def test_when_the_first_is_well_again_new_messages_go_by_it_and_moved_ones_stay(pair: Pair) -> None:
    wait(pair, 8)
    break_down(pair)
    deliver(pair.story.kit, MAIN)
    moved = {row["id"] for row in pair.story.messages(sender_id=pair.ids["smtp"])}
    pair.sendgrid.mood_for = lambda _message: KIND
    pair.story.live(HOUR)
    for one in pair.story.messages():
        assert one["state"] == "accepted"
    assert {row["id"] for row in pair.story.messages(sender_id=pair.ids["smtp"])} >= moved

    planned = choose(pair, [f"lead{number}" for number in range(20)])

    assert planned == choose(pair, [f"lead{number}" for number in range(20)])
    assert pair.ids["sendgrid"] in planned.values()


def choose(pair: Pair, lead_ids: list[str]) -> dict[str, str]:
    """Return whom each lead hears from."""
    with pair.story.kit.database.read() as connection:
        everyone = [one for one in senders.all_senders(connection) if one.channel is Channel.EMAIL]
    chosen = {lead_id: choose_sender(everyone, lead_id) for lead_id in lead_ids}
    return {lead_id: one.id for lead_id, one in chosen.items() if one is not None}


def test_a_lead_hears_from_the_same_sender_whether_or_not_it_fails(pair: Pair) -> None:
    before = choose(pair, [f"lead{number}" for number in range(20)])
    wait(pair, 8)
    break_down(pair)

    assert choose(pair, [f"lead{number}" for number in range(20)]) == before


def test_texts_stay_with_a_number_of_the_same_country(pair: Pair) -> None:
    story = pair.story
    here, there = Named(name="twilio"), Named(name="other")
    story.kit = replace(
        story.kit,
        adapters={**story.kit.adapters, **{(one.name, Channel.SMS): one.on(Channel.SMS) for one in (here, there)}},
    )
    first = pair.add("twilio", "+15035550199", Channel.SMS)
    abroad = pair.add("other", "+447700900001", Channel.SMS)
    wait(pair, 8)
    story.write(lambda c: c.execute(t.messages.update().values(channel="sms", sender_id=first)))
    opened = {"opened_at": story.now(), "probe_at": story.now() + HOUR, "failures": 5, "fault": "transient"}
    pair.change("twilio", **opened)

    deliver(story.kit, MAIN)
    assert {row["sender_id"] for row in story.messages()} == {first}
    nearby = pair.add("other", "+12125550100", Channel.SMS)
    story.pass_time(2 * HOUR)
    pair.change("twilio", **{**opened, "probe_at": story.now() + HOUR})
    deliver(story.kit, MAIN)

    assert {row["sender_id"] for row in story.messages()} == {nearby}
    assert abroad != nearby


def test_a_sender_that_is_stopped_while_it_takes_over_sends_nothing_more(pair: Pair) -> None:
    wait(pair, 8)
    break_down(pair)
    deliver(pair.story.kit, MAIN, limit=1)
    pause: Callable[[Outbound], object] = lambda _message: pytest.fail("nothing may leave")  # noqa: E731
    pair.smtp.before_call = pause
    pair.smtp.taken.clear()
    pair.story.write(lambda connection: senders.pause(connection, [pair.ids["smtp"]], reason="by hand"))

    deliver(pair.story.kit, MAIN)

    assert pair.smtp.taken == []
