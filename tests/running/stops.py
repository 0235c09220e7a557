"""Stops of every kind at random moments, and whether any call started after one was acknowledged."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from threading import Event, Lock

import httpx2
from sqlalchemy import Connection, select
from sqlalchemy.exc import InterfaceError, OperationalError

from channels.address import Channel
from consent.facts import Purpose
from engine.clock import SystemClock
from engine.domain.task import TaskKind, TaskOutcome
from engine.flows.draft import Draft
from engine.flows.withdraw import AUTOMATED_PHONE, EVERY_CHANNEL, Stop, withdraw
from engine.store import tables as t
from engine.store.errors import StoreError
from tests.acceptance.production.places import Place
from tests.running.house import OUR_NUMBER, House, by_email

STATES = ("scheduled", "scheduled", "claimed", "sending", "sending", "accepted")
ASK_AGAIN_SECONDS = 1.0
ANSWER_SECONDS_MAX = 30.0
REPLY = "Stop. Do not contact me again, in any way."
ON_ITS_WAY = timedelta(seconds=0.25)  # from the permission to call until somebody has read the call's first byte
CLOCK = SystemClock()
NO_ANSWER = (httpx2.HTTPError, TimeoutError, StoreError, OperationalError, InterfaceError)


PLAN = """\
name: bulk
enter: {when: manual}
exclusive: no
window: any
stages:
  - {id: ring, call: ring, wait: no}
  - {id: mail, email: hello}
  - {id: text, sms: hi}
"""
"""Every kind of touch whose stop can be told apart; marketing, so that a click on unsubscribe ends its mail."""

NUMBERS = {
    ("US", "OR"): ("+150322", 5),
    ("US", "NY"): ("+121222", 5),
    ("US", "HI"): ("+180822", 5),
    ("GB", None): ("+4474001", 5),
    ("AU", "NSW"): ("+614121", 5),
    ("AU", "WA"): ("+614121", 5),
    ("CA", "BC"): ("+160422", 5),
}
"""Numbers that nobody reserved for fiction, of which the stand-in has as many as it takes; they never leave this machine."""


def lead_of(number: int, place: Place | None, *, phone_every: int) -> Draft:
    """Return lead *number*; each so many can also be called and texted, if texts are allowed anywhere now."""
    if place is None or number % phone_every:
        return by_email(number)
    start, digits = NUMBERS[place.country, place.region]
    phone = f"{start}{number // phone_every:0{digits}d}"
    return replace(by_email(number), phone=phone, country=place.country, region=place.region, zone=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A lead who is about to say stop."""

    lead_id: str
    email: str
    phone: str | None
    task_id: str | None  # the call that one of us has to make


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A stop that was acknowledged: what it ended, and when its answer was there."""

    lead_id: str
    channels: frozenset[Channel]
    at: datetime
    door: str


Door = Callable[[House, Speaker], bool]


def _post(url: str, house: House, **fields: str) -> bool:
    own = f"http://127.0.0.1:{house.settings.port}"
    return httpx2.post(url, data=fields, headers={"Origin": own}, timeout=ANSWER_SECONDS_MAX).status_code < 400


def _one_click(house: House, speaker: Speaker) -> bool:
    return _post(house.kit.links(speaker.lead_id).unsubscribe, house, **{"List-Unsubscribe": "One-Click"})


def _page(house: House, speaker: Speaker) -> bool:
    return _post(house.kit.links(speaker.lead_id).preferences, house, choice="stop-everything")


def _console(house: House, speaker: Speaker) -> bool:
    own = f"http://127.0.0.1:{house.settings.port}"
    answer = httpx2.post(
        f"{own}/console/tasks/{speaker.task_id}/close",
        data={"outcome": "no"},
        headers={"Origin": own, "Cookie": f"session={house.session}"},
        timeout=ANSWER_SECONDS_MAX,
    )
    if answer.status_code == 409:  # it ended before: by us, if the answer to that was lost
        with house.kit.database.read() as connection:
            outcome = connection.execute(select(t.tasks.c.outcome).where(t.tasks.c.id == speaker.task_id)).scalar()
        return outcome == TaskOutcome.NO
    return answer.status_code == 303 and answer.headers["location"].startswith("/console/tasks")


def _text(house: House, speaker: Speaker) -> bool:
    posted = house.standin.text_in(speaker.phone or "", OUR_NUMBER, "STOP")
    return posted is not None and posted.is_good


def _mail(house: House, speaker: Speaker) -> bool:
    posted = house.standin.mail_in(speaker.email, "hello@seller.io", subject="Re: Hello", text=REPLY)
    return posted is not None and posted.is_good


def _by_hand(house: House, speaker: Speaker) -> bool:
    stop = Stop(channels=frozenset(), source="person", wording="asked us in the shop", recorded_by="ann")
    withdraw(house.kit, speaker.lead_id, stop)  # as `fifthtouch consent withdraw` does
    return True


DOORS: Mapping[str, tuple[Door, frozenset[Channel]]] = {
    "one-click": (_one_click, frozenset({Channel.EMAIL})),
    "page": (_page, EVERY_CHANNEL),
    "console": (_console, EVERY_CHANNEL),
    "text": (_text, AUTOMATED_PHONE),
    "mail": (_mail, EVERY_CHANNEL),
    "by hand": (_by_hand, EVERY_CHANNEL),
}
"""How a stop comes in, and what it ends."""


@dataclass(kw_only=True)
class Stops:
    """Leads who say stop while their messages are in any state; each asks until somebody answers."""

    house: House
    chance: Random
    told: list[Told] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)  # of a message of theirs as they began to ask
    unanswered: Counter[str] = field(default_factory=Counter)  # by door
    seconds: list[float] = field(default_factory=list)  # from the first asking to the answer

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._chosen: set[str] = set()
        self._everybody: list[str] = []

    @property
    def asked(self) -> frozenset[str]:
        """Who began to say stop: whoever got no answer may have been heard all the same."""
        return frozenset(self._chosen)

    def run(self, how_many: int, within_seconds: float, over: Event, *, at_once: int = 8) -> None:
        """Let *how_many* leads say stop, spread over *within_seconds*, until all are answered or *over* is set."""
        with ThreadPoolExecutor(at_once) as threads:
            asked = []
            for _ in range(how_many):
                if over.wait(self.chance.expovariate(how_many / within_seconds)):
                    break
                asked.append(threads.submit(self._one, self.chance.choice(STATES), self.chance.random(), over))
            for one in asked:
                one.result()

    def _one(self, state: str, draw: float, over: Event) -> None:
        speaker = None
        while speaker is None:
            try:
                speaker = self._choose(state, draw) or self._choose("scheduled", draw) or self._choose("accepted", draw)
            except NO_ANSWER:
                speaker = None
            if speaker is None and over.wait(ASK_AGAIN_SECONDS):
                return
        open_to_them = [name for name in DOORS if _is_open(name, speaker)]
        name = open_to_them[int(draw * len(open_to_them))]
        door, channels = DOORS[name]
        began = CLOCK.monotonic()
        while not self._ask(door, speaker):
            if over.wait(ASK_AGAIN_SECONDS):
                with self._lock:
                    self.unanswered[name] += 1
                return
        with self._lock:
            self.seconds.append(CLOCK.monotonic() - began)
            self.told.append(Told(lead_id=speaker.lead_id, channels=channels, at=CLOCK.now(), door=name))

    def _ask(self, door: Door, speaker: Speaker) -> bool:
        try:
            return door(self.house, speaker)
        except NO_ANSWER:
            return False

    def _choose(self, state: str, draw: float) -> Speaker | None:
        """Return somebody nobody chose before who has a message in *state*."""
        messages, leads, tasks = t.messages, t.leads, t.tasks
        task = (
            select(tasks.c.id)
            .where(tasks.c.lead_id == leads.c.id, tasks.c.state == "open", tasks.c.kind == TaskKind.CALL)
            .limit(1)
            .scalar_subquery()
        )
        query = (
            select(leads.c.id, leads.c.email, leads.c.phone, task)
            .join(messages, messages.c.lead_id == leads.c.id)
            .where(messages.c.state == state, messages.c.purpose != Purpose.CONFIRMATION)
            .limit(20)
        )
        with self.house.kit.database.read() as connection:
            some = self._anybody(connection, draw)
            rows = [
                *connection.execute(query.where(leads.c.id >= some).order_by(leads.c.id)),
                *connection.execute(query.where(leads.c.id < some).order_by(leads.c.id.desc())),
            ]
        with self._lock:
            row = next((row for row in rows if row[0] not in self._chosen), None)
            if row is None:
                return None
            self._chosen.add(row[0])
            self.states[state] += 1
        return Speaker(lead_id=row[0], email=row[1], phone=row[2], task_id=row[3])

    def _anybody(self, connection: Connection, draw: float) -> str:
        """Return the id of a lead, any as likely as another."""
        if not self._everybody:
            self._everybody = list(connection.execute(select(t.leads.c.id).order_by(t.leads.c.id)).scalars())
        return self._everybody[int(draw * len(self._everybody))]

    def broken_by(self, calls: Mapping[str, Sequence[datetime]]) -> list[str]:
        """Return what was called after an acknowledgement; *calls* are instants by message, as the provider's side saw."""
        ended: dict[tuple[str, Channel], Told] = {}
        for one in sorted(self.told, key=lambda told: told.at):
            for channel in one.channels:
                ended.setdefault((one.lead_id, channel), one)
        query = select(t.messages.c.id, t.messages.c.lead_id, t.messages.c.channel)
        with self.house.kit.database.read() as connection:
            rows = connection.execute(query.where(t.messages.c.purpose != Purpose.CONFIRMATION)).all()
        found = []
        for message_id, lead_id, channel in rows:
            told = ended.get((lead_id, Channel(channel)))
            if told is None:
                continue
            late = [at for at in calls.get(str(message_id), ()) if at > told.at + ON_ITS_WAY]
            found += [
                f"{channel} {message_id}: {(at - told.at).total_seconds():.2f} s after a stop by {told.door}, at {at:%X}"
                for at in late
            ]
        return found


def _is_open(name: str, speaker: Speaker) -> bool:
    if name == "text":
        return speaker.phone is not None
    return name != "console" or speaker.task_id is not None
