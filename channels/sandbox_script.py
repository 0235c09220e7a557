"""How the sandbox behaves while a person tries the product: it delivers, and leaves the answers to that person.

An address may ask for more. The part of an email address before a `+`, such as `bounce+ann@example.com`, or the last two
digits of a number reserved for fiction, such as +1 503 555 0191, name what happens:

| email     | number  | what happens                                           |
|-----------|---------|--------------------------------------------------------|
| bounce+   | ..91    | it comes back: the address is dead (a text: undelivered)|
| refuse+   | ..92    | it is refused at once: nobody lives there              |
| defer+    |         | it is deferred, and delivered ten minutes later        |
| open+     |         | it is opened                                           |
| click+    |         | it is opened, and a link is followed                   |
| stop+     | ..93    | the lead stops: with one click, with STOP, by keypress |
| complain+ |         | the lead says that it is spam                          |
| ask+      | ..94    | the lead asks a question                               |
| later+    | ..95    | the lead asks for later                                |
| away+     |         | a machine answers that the lead is away                |
|           | ..96    | a stranger answers: a wrong number                     |
|           | ..97    | a person answers our call, where others have a machine |
|           | ..98    | the line is busy when we call                          |
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.address import Channel, is_demonstration
from channels.events import CallOutcome, EventKind, ProviderEvent
from channels.message import Fault, Outbound, Receipt
from channels.sandbox_behaviour import PROVIDER, Told
from channels.sandbox_words import Mood, words

DELIVERED_AFTER = timedelta(seconds=3)
STEP = timedelta(seconds=5)  # a person watches: long enough to see it happen, short enough to wait for


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One thing that a scripted address does, and in which mood if it speaks."""

    kind: EventKind
    mood: Mood | None = None
    after: timedelta = STEP
    outcome: CallOutcome | None = None


DELIVERED = Cue(kind=EventKind.DELIVERED, after=DELIVERED_AFTER)
OPENED = Cue(kind=EventKind.OPENED)
RECORDED = Cue(kind=EventKind.DELIVERED, after=DELIVERED_AFTER, outcome=CallOutcome.MACHINE)
ANSWERED = Cue(kind=EventKind.DELIVERED, after=DELIVERED_AFTER, outcome=CallOutcome.HUMAN)

EMAIL_SCRIPTS: Mapping[str, tuple[Cue, ...]] = {
    "bounce": (Cue(kind=EventKind.BOUNCED),),
    "defer": (Cue(kind=EventKind.DEFERRED), Cue(kind=EventKind.DELIVERED, after=timedelta(minutes=10))),
    "open": (DELIVERED, OPENED),
    "click": (DELIVERED, OPENED, Cue(kind=EventKind.CLICKED)),
    "stop": (DELIVERED, OPENED, Cue(kind=EventKind.UNSUBSCRIBED)),
    "complain": (DELIVERED, OPENED, Cue(kind=EventKind.COMPLAINED)),
    "ask": (DELIVERED, OPENED, Cue(kind=EventKind.REPLIED, mood=Mood.QUESTION)),
    "later": (DELIVERED, OPENED, Cue(kind=EventKind.REPLIED, mood=Mood.NOT_NOW)),
    "away": (DELIVERED, Cue(kind=EventKind.REPLIED, mood=Mood.AWAY)),
}

PHONE_SCRIPTS: Mapping[str, tuple[Cue, ...]] = {
    "91": (Cue(kind=EventKind.UNDELIVERED),),
    "93": (DELIVERED, Cue(kind=EventKind.REPLIED, mood=Mood.STOP)),
    "94": (DELIVERED, Cue(kind=EventKind.REPLIED, mood=Mood.QUESTION)),
    "95": (DELIVERED, Cue(kind=EventKind.REPLIED, mood=Mood.NOT_NOW)),
    "96": (DELIVERED, Cue(kind=EventKind.REPLIED, mood=Mood.WRONG_NUMBER)),
}

VOICEMAIL_SCRIPTS: Mapping[str, tuple[Cue, ...]] = {
    "91": (Cue(kind=EventKind.UNDELIVERED, outcome=CallOutcome.NO_ANSWER),),
    "93": (ANSWERED, Cue(kind=EventKind.UNSUBSCRIBED)),
    "97": (ANSWERED,),
    "98": (Cue(kind=EventKind.UNDELIVERED, outcome=CallOutcome.BUSY),),
}

REFUSED = frozenset({"refuse", "92"})


def refuse_as_scripted(message: Outbound) -> Receipt | None:
    """Refuse what goes to an address that asks for it, and take everything else."""
    if _cue_word(message) in REFUSED:
        return Receipt.refused(Fault.DEAD_ADDRESS, "nobody lives there")
    return None


def answer_as_scripted(message: Outbound, at: datetime) -> list[Told]:
    """Return what follows *message*, accepted at *at*: delivery alone, unless the address asks for more."""
    told = []
    for number, cue in enumerate(_cues(message)):
        at += cue.after
        event = ProviderEvent(
            provider=PROVIDER,
            event_id=f"{message.attempt_id}.{number}",
            kind=cue.kind,
            channel=message.channel,
            at=at,
            message_id=message.id,
            address=message.to,
            text=words(cue.mood, "en", share=0.0, at=at) if cue.mood else None,
            outcome=cue.outcome,
        )
        told.append(Told(at=at, event=event))
    return told


def _cues(message: Outbound) -> tuple[Cue, ...]:
    find: dict[Channel, Callable[[str], tuple[Cue, ...] | None]] = {
        Channel.EMAIL: EMAIL_SCRIPTS.get,
        Channel.SMS: PHONE_SCRIPTS.get,
        Channel.VOICEMAIL: VOICEMAIL_SCRIPTS.get,
    }
    usual = RECORDED if message.channel is Channel.VOICEMAIL else DELIVERED
    return find[message.channel](_cue_word(message)) or (usual,)


def _cue_word(message: Outbound) -> str:
    if message.channel is Channel.EMAIL:
        return message.to.partition("@")[0].partition("+")[0] if "+" in message.to else ""
    return message.to[-2:] if is_demonstration(message.to) else ""
