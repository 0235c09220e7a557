"""What invented leads and the sandbox's own wires do with a message: seeded, so that the same seed tells the same story.

Everything is drawn by hash from the seed, the lead, the channel and how often the lead was reached by it, never from a
stream of random numbers: what one lead does depends on nobody else. Providers repeat themselves and mix up the order of
what they report, so some events are told twice and some late.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import TypeVar

from channels.address import Channel
from channels.events import CallOutcome, EventKind, ProviderEvent
from channels.message import EmailContent, Fault, Outbound, Receipt, TextContent
from channels.sandbox_words import Mood, words

PROVIDER = "sandbox"


class Fate(StrEnum):
    """What becomes of everything sent to one address."""

    FINE = "fine"  # it arrives
    REFUSED = "refused"  # the provider knows that nobody lives there
    BOUNCES = "bounces"  # it is taken, and comes back for good; a phone stays silent
    STRANGER = "stranger"  # it is somebody else's


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """One invented lead as it behaves; *key* is what makes it itself, whichever address it is reached at."""

    key: str
    language: str = "en"
    warmth: float = 0.5  # from 0, hardly looks, to 1, reads everything
    email: Fate = Fate.FINE
    phone: Fate = Fate.FINE
    opens_by_machine: bool = False  # its mailbox fetches every picture itself
    clicks_by_machine: bool = False  # its mailbox tries every link


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that happens, and when the sandbox reports it."""

    at: datetime
    event: ProviderEvent


Draw = Callable[[str], float]
"""Gives the number from 0 to 1 that belongs to a name, always the same."""


def drawing(*parts: object) -> Draw:
    """Return the draw of everything that *parts* identify."""
    prefix = ":".join(str(part) for part in parts)

    def draw(name: str) -> float:
        return int.from_bytes(blake2b(f"{prefix}:{name}".encode(), digest_size=8).digest(), "big") / 2**64

    return draw


def persona_of(key: str, *, seed: int, language: str = "en") -> Persona:
    """Return how the lead *key* behaves in the world of *seed*."""
    draw = drawing(seed, key)
    return Persona(
        key=key,
        language=language,
        warmth=draw("warmth"),
        email=pick(EMAIL_FATES, draw("email")),
        phone=pick(PHONE_FATES, draw("phone")),
        opens_by_machine=draw("opens-by-machine") < MACHINE_OPENERS,
        clicks_by_machine=draw("clicks-by-machine") < MACHINE_CLICKERS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How much more or less of each thing leads do than most: 1 is as usual, 0 never."""

    deferred: float = 1.0
    lost: float = 1.0  # texts and calls that never arrive
    opens: float = 1.0
    clicks: float = 1.0
    answers: float = 1.0
    away: float = 1.0
    unsubscribes: float = 1.0
    complains: float = 1.0
    keypresses: float = 1.0
    hiccups: float = 1.0  # refusals of the sandbox itself, which pass


USUAL = Rates()

EMAIL_FATES = {Fate.FINE: 96.5, Fate.REFUSED: 1.5, Fate.BOUNCES: 2.0}
PHONE_FATES = {Fate.FINE: 95.0, Fate.REFUSED: 1.0, Fate.BOUNCES: 2.0, Fate.STRANGER: 2.0}
MACHINE_OPENERS = 0.35  # about the share of mailboxes whose provider fetches pictures for their owner
MACHINE_CLICKERS = 0.08


def refusal(message: Outbound, persona: Persona, *, seed: int, tries: int, rates: Rates = USUAL) -> Receipt | None:
    """Return the receipt of a refused *message*, None when the sandbox takes it; *tries* counts those to the address."""
    if _fate(persona, message.channel) is Fate.REFUSED:
        return Receipt.refused(Fault.DEAD_ADDRESS, "nobody lives there")
    chance = drawing(seed, persona.key, message.channel, "try", tries)("refusal")
    if chance < THROTTLED * rates.hiccups:
        return Receipt.refused(Fault.THROTTLED, "too fast", retry_after_seconds=20.0)
    if chance < (THROTTLED + TRANSIENT) * rates.hiccups:
        return Receipt.refused(Fault.TRANSIENT, "the sandbox has hiccups")
    return None


THROTTLED = 0.008
TRANSIENT = 0.008


def answer(
    message: Outbound, persona: Persona, *, seed: int, count: int, at: datetime, rates: Rates = USUAL
) -> list[Told]:
    """Return all that follows *message*, accepted at *at*, in the order it is told.

    *count* is how many messages came to this lead by this channel before.
    """
    draw = drawing(seed, persona.key, message.channel, count)
    story = _Story(message, persona, draw, at, rates)
    TELL[message.channel](story)
    return sorted(_as_reported(story.events, draw), key=lambda told: (told.at, told.event.event_id))


class _Story:
    """What happens to one message, as it is invented."""

    def __init__(self, message: Outbound, persona: Persona, draw: Draw, accepted_at: datetime, rates: Rates) -> None:
        self.events: list[ProviderEvent] = []
        self.message = message
        self.persona = persona
        self.draw = draw
        self.at = accepted_at
        self.rates = rates

    def after(self, name: str, least: timedelta, most: timedelta) -> datetime:
        """Return an instant between *least* and *most* from now; soon is likelier than late."""
        return self.at + least + (most - least) * self.draw(f"{name}-after") ** 3

    def tell(
        self,
        kind: EventKind,
        at: datetime,
        *,
        text: str | None = None,
        machine: bool = False,
        outcome: CallOutcome | None = None,
    ) -> None:
        """Add that *kind* happened at *at*."""
        self.at = at
        self.events.append(
            ProviderEvent(
                provider=PROVIDER,
                event_id=f"{self.message.attempt_id}.{len(self.events)}",
                kind=kind,
                channel=self.message.channel,
                at=at,
                message_id=self.message.id,
                address=self.message.to,
                text=text,
                machine=machine,
                outcome=outcome,
            )
        )

    def reply(self, mood: Mood, at: datetime) -> None:
        """Add that the lead writes in *mood*."""
        said = words(mood, self.persona.language, share=self.draw("words"), at=at, quote=_body(self.message))
        self.tell(EventKind.REPLIED, at, text=said)


# Shares of messages; those that warmth adds to are of the coldest lead.
DEFERRED, TEXT_LOST, NO_MACHINE = 0.03, 0.02, 0.1
OPENS, CLICKS, ANSWERS, AWAY = 0.15, 0.05, 0.04, 0.006
UNSUBSCRIBES, COMPLAINS, KEYPRESSES = 0.012, 0.005, 0.015
PICKS_UP = 0.3  # most people let an unknown number ring
CALL_ENDS = {CallOutcome.NO_ANSWER: 70.0, CallOutcome.BUSY: 20.0, CallOutcome.FAILED: 10.0}

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def _tell_email(story: _Story) -> None:
    draw, persona = story.draw, story.persona
    if persona.email is Fate.BOUNCES:
        story.tell(EventKind.BOUNCED, story.after("bounce", 5 * SECOND, 10 * MINUTE))
        return
    if draw("deferred") < DEFERRED * story.rates.deferred:
        story.tell(EventKind.DEFERRED, story.at + 30 * SECOND)
        story.at += 20 * MINUTE
    story.tell(EventKind.DELIVERED, story.after("delivery", 2 * SECOND, MINUTE))
    if persona.opens_by_machine:
        story.tell(EventKind.OPENED, story.at + 3 * SECOND, machine=True)
    if persona.clicks_by_machine:
        story.tell(EventKind.CLICKED, story.at + 2 * SECOND, text=_link(story.message), machine=True)
    if draw("opens") < (OPENS + 0.5 * persona.warmth) * story.rates.opens:
        _tell_reader(story)
    if draw("auto-reply") < AWAY * story.rates.away:
        story.reply(Mood.AWAY, story.at + 20 * SECOND)


def _tell_reader(story: _Story) -> None:
    """Tell what somebody does who has the email open."""
    draw, warmth, rates = story.draw, story.persona.warmth, story.rates
    story.tell(EventKind.OPENED, story.after("open", 2 * MINUTE, 7 * HOUR))
    if draw("clicks") < (CLICKS + 0.2 * warmth) * rates.clicks:
        story.tell(EventKind.CLICKED, story.at + 40 * SECOND, text=_link(story.message))
    does = draw("does")
    stops = UNSUBSCRIBES * rates.unsubscribes
    complains = COMPLAINS * rates.complains
    if does < stops:
        story.tell(EventKind.UNSUBSCRIBED, story.at + MINUTE)
    elif does < stops + complains:
        story.tell(EventKind.COMPLAINED, story.at + MINUTE)
    elif does < (ANSWERS + 0.07 * warmth) * rates.answers:
        story.reply(pick(EMAIL_MOODS, draw("mood")), story.after("reply", 3 * MINUTE, 4 * HOUR))


def _tell_text(story: _Story) -> None:
    draw, persona = story.draw, story.persona
    if persona.phone is Fate.BOUNCES or draw("undelivered") < TEXT_LOST * story.rates.lost:
        story.tell(EventKind.UNDELIVERED, story.at + 20 * SECOND)
        return
    story.tell(EventKind.DELIVERED, story.after("delivery", SECOND, 20 * SECOND))
    if persona.phone is Fate.STRANGER:
        story.reply(Mood.WRONG_NUMBER, story.after("reply", 2 * MINUTE, 3 * HOUR))
    elif draw("replies") < (ANSWERS + 0.08 * persona.warmth) * story.rates.answers:
        story.reply(pick(TEXT_MOODS, draw("mood")), story.after("reply", MINUTE, 3 * HOUR))


def _tell_voicemail(story: _Story) -> None:
    draw = story.draw
    if story.persona.phone is Fate.BOUNCES or draw("undelivered") < NO_MACHINE * story.rates.lost:
        ended = CallOutcome.FAILED if story.persona.phone is Fate.BOUNCES else pick(CALL_ENDS, draw("call-ends"))
        story.tell(EventKind.UNDELIVERED, story.at + 40 * SECOND, outcome=ended)
        return
    presses = draw("keypress") < KEYPRESSES * story.rates.keypresses
    who = CallOutcome.HUMAN if presses or draw("picks-up") < PICKS_UP else CallOutcome.MACHINE
    story.tell(EventKind.DELIVERED, story.at + 35 * SECOND, outcome=who)
    if presses:  # only a person who answers can
        story.tell(EventKind.UNSUBSCRIBED, story.at + 5 * SECOND)


TELL: Mapping[Channel, Callable[[_Story], None]] = {
    Channel.EMAIL: _tell_email,
    Channel.SMS: _tell_text,
    Channel.VOICEMAIL: _tell_voicemail,
}

EMAIL_MOODS = {
    Mood.INTERESTED: 26.0,
    Mood.QUESTION: 28.0,
    Mood.THANKS: 20.0,
    Mood.NOT_NOW: 15.0,
    Mood.NOT_INTERESTED: 8.0,
    Mood.STOP: 3.0,
}
TEXT_MOODS = {
    Mood.INTERESTED: 22.0,
    Mood.QUESTION: 22.0,
    Mood.TAPBACK: 14.0,
    Mood.THANKS: 14.0,
    Mood.NOT_NOW: 10.0,
    Mood.STOP: 9.0,
    Mood.HELP: 4.0,
    Mood.NOT_INTERESTED: 3.0,
    Mood.WRONG_NUMBER: 2.0,
}

TOLD_LATE, TOLD_TWICE = 0.04, 0.05
PROMPT = frozenset({EventKind.REPLIED, EventKind.UNSUBSCRIBED, EventKind.COMPLAINED, EventKind.BOUNCED})
"""What real providers report at once; the others may be late."""


def _as_reported(events: Sequence[ProviderEvent], draw: Draw) -> list[Told]:
    """Report *events* as providers do: most at once, some late, some twice."""
    told = []
    for number, event in enumerate(events):
        is_late = event.kind not in PROMPT and draw(f"late-{number}") < TOLD_LATE
        at = event.at + (50 * MINUTE * draw(f"how-late-{number}") if is_late else timedelta())
        told.append(Told(at=at, event=event))
        if draw(f"twice-{number}") < TOLD_TWICE:
            told.append(Told(at=at + 30 * MINUTE * draw(f"again-{number}"), event=event))
    return told


Option = TypeVar("Option")


def pick(weights: Mapping[Option, float], share: float) -> Option:
    """Return the option at *share*, from 0 to 1, of the summed *weights*."""
    left = share * sum(weights.values())
    for option, weight in weights.items():
        left -= weight
        if left < 0:
            return option
    return list(weights)[-1]


def _fate(persona: Persona, channel: Channel) -> Fate:
    return persona.email if channel is Channel.EMAIL else persona.phone


def _body(message: Outbound) -> str:
    return message.content.body if isinstance(message.content, TextContent) else ""


def _link(message: Outbound) -> str | None:
    if not isinstance(message.content, EmailContent):
        return None
    found = _LINK.search(message.content.text)
    return found.group() if found else None


_LINK = re.compile(r"https?://[^\s)>\]]+")
