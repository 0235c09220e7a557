"""What must hold after every commit and every call, told from the rows, from the provider's account, and from who was answered."""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from channels.address import PHONE_CHANNELS, Channel
from channels.events import EventKind, ProviderEvent
from channels.message import EmailContent, MessageId, Outbound
from consent.facts import Purpose
from engine.domain.message import LEGAL_MOVES, OPEN_STATES, MessageState
from engine.flows.repeated import WITHIN
from engine.flows.withdraw import KIN
from tests.dst.provider import Provider
from tests.dst.world import Violation, World, short
from tests.flows.machine import CAPS, SLACK

EVERY = frozenset(Channel)
WAKING = (time(8), time(21))  # the federal hours for texts and calls (47 CFR 64.1200)
ZONE = ZoneInfo("America/New_York")
FROM_YESTERDAY = timedelta(minutes=5)  # what was claimed before midnight may leave after it
MAY_BE_WITH_THE_PROVIDER = frozenset({MessageState.SENDING, MessageState.ACCEPTED, MessageState.UNKNOWN})
EVIDENCE = frozenset(
    {
        EventKind.DELIVERED,
        EventKind.DEFERRED,
        EventKind.UNDELIVERED,
        EventKind.BOUNCED,
        EventKind.OPENED,
        EventKind.CLICKED,
        EventKind.REPLIED,
        EventKind.COMPLAINED,
    }
)
ANSWER_WAITS_MAX = 10.0  # seconds: whoever brings a stop does not wait longer for its answer

MESSAGES = "SELECT id, state, due_at, claimed_by, ended_at FROM messages ORDER BY id"
OPEN_ATTEMPTS = "SELECT message_id FROM attempts WHERE outcome = 'open' ORDER BY message_id"
CALLED = """SELECT m.lead_id, m.sender_id, m.purpose, a.outcome, a.started_at, s.daily_max FROM attempts a
JOIN messages m ON m.id = a.message_id JOIN senders s ON s.id = m.sender_id WHERE a.id = ?"""
TOLD = "SELECT json_extract(event, '$.extra.told'), count(*) FROM provider_events GROUP BY 1"


class Judge:
    """Looks at one world and remembers what it must compare."""

    def __init__(self, world: World, path: Path) -> None:
        self.provider: Provider
        self.withdrawn: set[tuple[str, Channel]] = set()  # lead and channel: the stop was answered
        self.suppressed: set[str] = set()  # addresses nobody may use again, answered too
        self.confirmed: dict[int, ProviderEvent] = {}  # events whose bringer was told that we have them
        self._world = world
        self._rows = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._states: dict[str, MessageState] = {}
        self._touches: dict[str, list[tuple[Channel, datetime]]] = defaultdict(list)
        self._today: Counter[tuple[str, str]] = Counter()
        self._latest = ""
        self._seen = False
        self._allowed_at: dict[str, datetime] = {}
        self._switched_on_at: datetime | None = None
        self._is_switched_off = False
        self._going_on = 0  # how many are letting all sending go on just now
        self._said: dict[tuple[str, str], list[tuple[MessageId, datetime]]] = defaultdict(list)

    def close(self) -> None:
        """Look no more."""
        self._rows.close()

    def ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Return the rows of *query*."""
        return self._rows.execute(query, values).fetchall()

    # What is told to it

    def stopped(self, lead_id: str, channels: Collection[Channel], *, asked_at: datetime) -> None:
        """Hear that a stop asked for at *asked_at* was answered: from now on no call may start.

        Where the lead allowed something meanwhile, nobody can tell which of the two was first on record.
        """
        if asked_at <= self._allowed_at.get(lead_id, asked_at - SLACK):
            return
        ended = frozenset(channels) or EVERY
        ended = ended.union(*(KIN.get(channel, frozenset()) for channel in ended))
        self.withdrawn |= {(lead_id, channel) for channel in ended}
        self._world.say(f"{short(lead_id)} is told that {', '.join(sorted(ended))} ended")

    def allowed(self, lead_id: str, channels: Iterable[Channel]) -> None:
        """Hear that a lead may be about to allow *channels* again, or just did."""
        self._allowed_at[lead_id] = self._world.now
        self.withdrawn -= {(lead_id, channel) for channel in channels}

    def switched_off(self, *, asked_at: datetime) -> None:
        """Hear that all sending is reported stopped, as was asked at *asked_at*: from now on no call may start."""
        if self._switched_on_at is None or asked_at > self._switched_on_at:
            self._world.say("all sending is stopped")
            self._is_switched_off = True

    def may_be_switched_on(self) -> None:
        """Hear that all sending is about to go on."""
        self._switched_on_at, self._is_switched_off = self._world.now, False
        self._going_on += 1

    def was_switched_on(self) -> None:
        """Hear that this is done, or failed: whoever asked for a stop meanwhile may have been the first of the two."""
        self._switched_on_at, self._is_switched_off = self._world.now, False
        self._going_on -= 1

    def waits(self, seconds: float) -> None:
        """Hear how long the answer to a stop is about to wait for calls that may still start."""
        if seconds > ANSWER_WAITS_MAX:
            self._violated(f"a stop is answered only after {seconds:.0f} s")

    def called(self, message: Outbound) -> None:
        """Judge a call whose first byte leaves now."""
        found = self.ask(CALLED, message.attempt_id)
        if not found:
            self._violated(f"a call for {short(message.id)} without an attempt on record")
        lead_id, sender_id, purpose, outcome, started_at, daily_max = found[0]
        if outcome != "open":
            self._violated(f"a call for {short(message.id)} whose attempt is {outcome}")
        if self._is_switched_off and not self._going_on:
            self._violated(f"a call for {short(message.id)} after all sending was stopped")
        if message.to in self.suppressed:
            self._violated(f"{message.channel} to a suppressed address")
        at = _instant(started_at)
        self._check_day(str(sender_id), daily_max, at)
        if purpose == Purpose.CONFIRMATION:
            return  # it answers a stop, at any hour
        if (lead_id, message.channel) in self.withdrawn:
            self._violated(f"{message.channel} to {short(lead_id)} after an answered stop")
        self._check_hours(message.channel, at)

    def taken(self, message: Outbound) -> None:
        """Hear that the provider took a call: what never arrived pestered nobody."""
        ((lead_id, _, purpose, _, started_at, _),) = self.ask(CALLED, message.attempt_id)
        if purpose != Purpose.CONFIRMATION:
            self._touches[str(lead_id)].append((message.channel, _instant(started_at)))
            self._said[message.to, _words(message)].append((message.id, _instant(started_at)))

    def proven(self) -> set[str]:
        """Return the messages that a confirmed event shows the provider to have."""
        return {str(event.message_id) for event in self.confirmed.values() if event.kind in EVIDENCE}

    def has_news(self) -> bool:
        """Return whether any message moved since this was asked last."""
        news, self._seen = self._seen, False
        return news

    # What it looks at

    def look(self) -> None:
        """Check every row that a commit may have changed."""
        states = {}
        for message_id, word, due_at, claimed_by, ended_at in self.ask(MESSAGES):
            state = MessageState(str(word))
            states[str(message_id)] = state
            self._check_message(str(message_id), state, due_at=due_at, claimed_by=claimed_by, ended_at=ended_at)
        if missing := self._states.keys() - states.keys():
            self._violated(f"{len(missing)} messages went away")
        self._states = states
        sending = [message_id for message_id, state in states.items() if state is MessageState.SENDING]
        if [row[0] for row in self.ask(OPEN_ATTEMPTS)] != sending:
            self._violated("open attempts are not the messages under way")

    def _check_message(
        self, message_id: str, state: MessageState, *, due_at: object, claimed_by: object, ended_at: object
    ) -> None:
        before = self._states.get(message_id)
        name = short(message_id)
        if before is not state:
            self._seen = True
            self._world.say(f"message {name}: {before or 'new'} -> {state}")
        if before is not None and before is not state and state not in LEGAL_MOVES[before]:
            self._violated(f"message {name} went from {before} to {state}")
        if (state in OPEN_STATES) == (ended_at is not None):
            self._violated(f"message {name} is {state} and ended at {ended_at}")
        if state not in OPEN_STATES and (due_at is not None or claimed_by is not None):
            self._violated(f"message {name} is {state} and yet due or claimed")
        taken = self.provider.taken[message_id]
        if taken > 1:
            self._violated(f"message {name} was accepted {taken} times")
        if taken and state not in MAY_BE_WITH_THE_PROVIDER:
            self._violated(f"message {name} is {state}, and the provider has it")
        if not taken and state is MessageState.ACCEPTED:
            self._violated(f"message {name} is accepted, and the provider never took it")

    def look_at_events(self) -> None:
        """Check that what we confirmed is on record, once."""
        kept = {row[0]: row[1] for row in self.ask(TOLD)}
        for told, event in self.confirmed.items():
            if told not in kept:
                self._violated(f"the confirmed {event.kind} {told} is lost")
        if doubled := [told for told, count in kept.items() if told is not None and count != 1]:
            self._violated(f"event {doubled[0]} acts twice")

    def look_at_leads(self, forgotten: int) -> None:
        """Check that every open lead can count on something."""
        if forgotten:
            self._violated(f"{forgotten} open leads have no next step, no task and no end")

    def _check_hours(self, channel: Channel, at: datetime) -> None:
        local = at.astimezone(ZONE).time()
        if channel in PHONE_CHANNELS and not WAKING[0] <= local <= WAKING[1]:
            self._violated(f"{channel} at {local} where the lead is")

    def _check_day(self, sender_id: str, daily_max: object, at: datetime) -> None:
        self._latest = max(self._latest, at.date().isoformat())  # a day that began stays, whatever the clock does
        since_midnight = at - at.replace(hour=0, minute=0, second=0, microsecond=0)
        if not isinstance(daily_max, int) or since_midnight < FROM_YESTERDAY:
            return
        self._today[sender_id, self._latest] += 1
        if self._today[sender_id, self._latest] > daily_max:
            self._violated(f"sender {short(sender_id)} called more than {daily_max} times on {self._latest}")

    def check_caps(self) -> None:
        """Check how often each lead was touched in any stretch of time."""
        for touched in self._touches.values():
            for channels, most, within in CAPS:
                at = sorted(instant for channel, instant in touched if channel in channels)
                for first, last in zip(at, at[most:], strict=False):
                    if last - first <= within - SLACK:
                        self._violated(f"{most + 1} touches within {last - first}")

    def check_words(self) -> None:
        """Check that nobody was told the same within a day."""
        for (to, _), said in self._said.items():
            said.sort(key=lambda one: one[1])
            for (first, at), (second, later) in pairwise(said):
                if first != second and later - at < WITHIN - SLACK:
                    self._violated(f"the same words twice to {to} within {later - at}")

    def _violated(self, what: str) -> None:
        self._world.say(f"BROKEN: {what}")
        raise Violation(what)


def _words(message: Outbound) -> str:
    """Return what a lead would read, in one line."""
    content = message.content
    if isinstance(content, EmailContent):
        return f"{content.subject} {' '.join(re.sub(r'https?://[^ ]*', '', content.text).split())}"
    return str(content)


def _instant(value: object) -> datetime:
    """Return an instant as SQLite keeps it."""
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
