"""What people and the provider bring to the web's door: leads, reports, answers, stops, and what our own people do."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from engine.domain.task import TaskOutcome
from engine.flows.absorb import receive
from engine.flows.draft import Draft
from engine.flows.going_live import switch_sending
from engine.flows.intake import receive_leads
from engine.flows.kit import Kit
from engine.flows.settle_task import NoSuchTask, settle_task
from engine.flows.withdraw import Stop, withdraw
from tests.dst.judge import EVERY, Judge
from tests.dst.provider import Provider
from tests.dst.world import World, short
from tests.flows.story import ANN

STOPS: tuple[frozenset[Channel], ...] = (
    frozenset(),
    frozenset(),
    frozenset({Channel.EMAIL}),
    frozenset({Channel.SMS}),
    frozenset({Channel.CALL}),
)
UNDER_WAY = "SELECT DISTINCT lead_id FROM messages WHERE state IN ('claimed', 'sending')"
SWITCHED = 0.2  # how many of the stops at the worst moment are the switch for all sending
OUTCOMES = (TaskOutcome.DONE, TaskOutcome.REACHED, TaskOutcome.NO, TaskOutcome.NOT_NOW, TaskOutcome.BOOKED)
Receive = Callable[[Kit, Sequence[ProviderEvent]], object]
Withdraw = Callable[[Kit, str, Stop], None]
Switch = Callable[[Kit, bool], None]
Errand = Callable[[Kit], object]

STOPPED_BY_REPLY = {"STOP": None, "Leave me alone": EVERY}


class Crowd:
    """Everybody outside. Each errand is something that the web does for one of them."""

    def __init__(self, world: World, provider: Provider, judge: Judge) -> None:
        self.receive: Receive = receive
        self.withdraw: Withdraw = withdraw
        self.switch: Switch = lambda kit, is_stopped: switch_sending(kit, is_stopped=is_stopped, by="ann")
        self._world = world
        self._provider = provider
        self._judge = judge
        random = world.random
        people = [_draft(number) for number in range(random.randint(2, 4))]
        at = [world.now + timedelta(seconds=random.choice((0, 1, 600, 5_000)) + random.random()) for _ in people]
        self._coming = sorted(zip(at, range(len(people)), people, strict=True))
        self._arrived: dict[str, Draft] = {}  # by lead id
        self._errands: list[tuple[str, Errand]] = []  # to be done at once
        self.switched = SWITCHED
        self._sends_again_at: datetime | None = None  # when one of us lets all sending go on

    def next_at(self) -> datetime | None:
        """Return when somebody comes next on their own account."""
        moments = [self._sends_again_at, *(at for at, _, _ in self._coming[:1])]
        return min((at for at in moments if at is not None), default=None)

    def errand(self) -> tuple[str, Errand] | None:
        """Return what the web is asked to do now, and its name; None when nobody asks."""
        if self._errands:
            return self._errands.pop(0)
        if self._sends_again_at is not None and self._sends_again_at <= self._world.now:
            self._sends_again_at = None
            return "console", self._let_send
        if self._coming and self._coming[0][0] <= self._world.now:
            _, _, draft = self._coming.pop(0)
            return "form", lambda kit: self._arrive(kit, draft)
        posts = self._provider.posts(self._world.random.choice((1, 1, 3, 500)))
        if posts:
            return "callback", lambda kit: self._report(kit, posts)
        return None

    def impulse(self) -> tuple[str, Errand] | None:
        """Return what somebody does on an impulse: a lead who stops, one of us who settles a task, a second form."""
        if not self._arrived:
            return None
        lead_id = self._world.random.choice(sorted(self._arrived))
        choice = self._world.random.random()
        if choice < 0.4:
            channels = self._world.random.choice(STOPS)
            return "page", lambda kit: self._stop(kit, lead_id, channels)
        if choice < 0.8:
            return "console", self._settle
        if choice < 0.9:
            return "console", self._stop_sending
        return "form", lambda kit: self._arrive(kit, self._arrived[lead_id])

    def stop_now(self, to: str | None) -> None:
        """Let whom *to* reaches say stop at once; anybody, when it is None. Or let one of us stop all sending."""
        if self._world.random.random() < self.switched:
            self._world.say("one of us stops all sending at this moment")
            self._errands.append(("console", self._stop_sending))
            return
        under_way = {str(row[0]) for row in self._judge.ask(UNDER_WAY)} if to is None else set()
        reached = [one for one, draft in self._arrived.items() if to is None or to in (draft.email, draft.phone)]
        reached = [one for one in reached if one in under_way] or reached
        if reached:
            lead_id = self._world.random.choice(sorted(reached))
            self._world.say(f"{short(lead_id)} says stop at this moment")
            self._errands.append(("page", lambda kit: self._stop(kit, lead_id, STOPS[0])))

    def _arrive(self, kit: Kit, draft: Draft) -> None:
        self._world.say(f"{draft.first_name} fills in the form")
        for lead_id, known in self._arrived.items():
            if known is draft:
                self._judge.allowed(lead_id, EVERY)
        try:
            (arrival,) = receive_leads(kit, [draft], recorded_by="form")
        except Exception:
            # Who gets no answer sends the form again, however often.
            self._coming.insert(0, (self._world.now + timedelta(seconds=5), 0, draft))
            raise
        self._world.say(f"{draft.first_name} is {short(arrival.lead_id)}")
        self._arrived[arrival.lead_id] = draft
        self._judge.allowed(arrival.lead_id, EVERY)

    def _stop(self, kit: Kit, lead_id: str, channels: frozenset[Channel]) -> None:
        asked_at = self._world.now
        self.withdraw(kit, lead_id, Stop(channels=channels, source="page", wording="", recorded_by="page"))
        self._world.point("before the answer")
        self._judge.stopped(lead_id, channels, asked_at=asked_at)

    def _stop_sending(self, kit: Kit) -> None:
        asked_at = self._world.now
        try:
            self.switch(kit, True)  # noqa: FBT003 - as the flow's own name says it
            self._world.point("before the answer")
            self._judge.switched_off(asked_at=asked_at)
        finally:  # whether or not it was answered, sending goes on some day
            self._sends_again_at = self._world.now + timedelta(seconds=self._world.random.uniform(3, 900))

    def _let_send(self, kit: Kit) -> None:
        self._world.say("one of us lets all sending go on")
        self._judge.may_be_switched_on()
        try:
            self.switch(kit, False)  # noqa: FBT003
        except BaseException:
            self._sends_again_at = self._world.now + timedelta(seconds=5)  # they ask until it is done
            raise
        finally:
            self._judge.was_switched_on()

    def _settle(self, kit: Kit) -> None:
        found = self._judge.ask("SELECT id, lead_id, kind FROM tasks WHERE state = 'open' ORDER BY id")
        if not found:
            return
        task_id, lead_id, kind = self._world.random.choice(found)
        outcome, asked_at = self._world.random.choice(OUTCOMES), self._world.now
        self._world.say(f"one of us settles the {kind} for {short(lead_id)}: {outcome}")
        try:
            settle_task(kit, str(task_id), outcome, by="ann")
        except NoSuchTask:
            return
        if outcome is TaskOutcome.NO:
            self._judge.stopped(str(lead_id), EVERY, asked_at=asked_at)

    def _report(self, kit: Kit, posts: Sequence[ProviderEvent]) -> None:
        told = ", ".join(f"{event.kind}{event.extra['told']}" for event in posts[:6])
        self._world.say(f"hears {told}{' ...' if len(posts) > 6 else ''}")
        asked_at, is_answered = self._world.now, False
        try:
            self.receive(kit, posts)
            self._world.point("before the answer")
            is_answered = True
        finally:
            if not is_answered:
                self._provider.post_again(posts)
        self._world.say("confirms them")
        for event in posts:
            self._confirmed(event, asked_at)

    def _confirmed(self, event: ProviderEvent, asked_at: datetime) -> None:
        if event.extra["told"] in self._judge.confirmed:
            return
        self._judge.confirmed[event.extra["told"]] = event
        lead_id = next((one for one, draft in self._arrived.items() if event.address in (draft.email, draft.phone)), "")
        is_phone = event.channel is not Channel.EMAIL
        if event.kind in {EventKind.BOUNCED, EventKind.COMPLAINED} and event.address:
            self._judge.suppressed.add(event.address)
        if event.kind is EventKind.UNSUBSCRIBED:
            self._judge.stopped(lead_id, {event.channel}, asked_at=asked_at)
        elif event.kind is EventKind.COMPLAINED:
            self._judge.stopped(lead_id, EVERY, asked_at=asked_at)
        elif event.kind is EventKind.REPLIED and event.text in STOPPED_BY_REPLY:
            ended = STOPPED_BY_REPLY[event.text]
            self._judge.stopped(lead_id, ended or ({Channel.SMS} if is_phone else EVERY), asked_at=asked_at)


def _draft(number: int) -> Draft:
    return replace(
        ANN, email=f"lead{number}@example.com", phone=f"+1212555{100 + number:04d}", first_name=f"Lead {number}"
    )
