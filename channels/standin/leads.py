"""What leads do with what reaches them: scripted by address, by a function, or as the sandbox's special addresses say."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from channels.address import Channel, is_demonstration
from channels.sandbox_words import Mood
from channels.standin.account import Accepted


class Deed(StrEnum):
    """One thing that happens to a message, or that a lead does about it."""

    REFUSED = "refused"  # the provider will not take it; SendGrid takes it and drops it
    PROCESSED = "processed"  # email: SendGrid took it in hand
    DEFERRED = "deferred"  # email: the mailbox asked to wait
    SENT = "sent"  # text: handed to the carrier
    DELIVERED = "delivered"  # email and text: it arrived
    BOUNCED = "bounced"  # email: it came back for good
    BLOCKED = "blocked"  # email: it came back this time
    DROPPED = "dropped"  # email: SendGrid did not even try
    UNDELIVERED = "undelivered"  # text: the carrier could not
    FAILED = "failed"  # text: Twilio could not
    OPENED = "opened"  # email: displayed, its pictures fetched
    CLICKED = "clicked"  # email: a link was followed; the text names a part of it
    COMPLAINED = "complained"  # email: "this is spam"
    UNSUBSCRIBED = "unsubscribed"  # email: by SendGrid's own footer
    ONE_CLICK = "one_click"  # email: the mailbox's unsubscribe button
    REPLIED = "replied"  # email and text: the text is what they write
    AUTO_REPLIED = "auto_replied"  # email: a machine answers for them
    STOPPED = "stopped"  # text: a stop word that Twilio hears itself
    ANSWERED = "answered"  # call: the text is who, as AnsweredBy tells it
    PRESSED = "pressed"  # call: the text is the keys
    SPOKE = "spoke"  # call: something was left on a recording
    DIALLED = "dialled"  # call: how the far end of a Dial went: completed, busy, no-answer, failed
    HUNG_UP = "hung_up"  # call: the lead waits for nothing
    MISSED = "missed"  # call: the text is busy, no-answer, failed or canceled


@dataclass(frozen=True, slots=True, kw_only=True)
class Does:
    """One deed; *steps* of the stand-in's pace pass before it, and *code* is the provider's for a failure.

    *mood* gives a reply its words, where *text* is empty. A *machine* opens or clicks for its owner.
    """

    deed: Deed
    text: str = ""
    mood: Mood | None = None
    code: str = ""
    steps: float = 1.0
    machine: bool = False


def does(deed: Deed | str, text: str = "", *, code: str = "", steps: float = 1.0, machine: bool = False) -> Does:
    """Return one deed, in few words."""
    return Does(deed=Deed(deed), text=text, code=code, steps=steps, machine=machine)


Behaviour = Callable[[Accepted], Sequence[Does]]
"""Says all that happens to a message, in order."""

Cues = Mapping[str, tuple[Does, ...]]

_ARRIVED = (does(Deed.PROCESSED), does(Deed.DELIVERED))
_SEEN = (*_ARRIVED, does(Deed.OPENED))

EMAIL_CUES: Cues = {
    "bounce": (does(Deed.PROCESSED), does(Deed.BOUNCED)),
    "refuse": (does(Deed.REFUSED),),
    "defer": (does(Deed.PROCESSED), does(Deed.DEFERRED), does(Deed.DELIVERED, steps=10)),
    "open": _SEEN,
    "click": (*_SEEN, does(Deed.CLICKED)),
    "stop": (*_SEEN, does(Deed.ONE_CLICK)),
    "complain": (*_SEEN, does(Deed.COMPLAINED)),
    "ask": (*_SEEN, Does(deed=Deed.REPLIED, mood=Mood.QUESTION)),
    "later": (*_SEEN, Does(deed=Deed.REPLIED, mood=Mood.NOT_NOW)),
    "away": (*_ARRIVED, Does(deed=Deed.AUTO_REPLIED, mood=Mood.AWAY)),
}
"""By the part of an address before its `+`, as in `channels.sandbox_script`."""

_TEXTED = (does(Deed.SENT), does(Deed.DELIVERED))

TEXT_CUES: Cues = {
    "91": (does(Deed.SENT), does(Deed.UNDELIVERED, code="30005")),
    "92": (does(Deed.REFUSED, code="21211"),),
    "93": (*_TEXTED, does(Deed.STOPPED, "STOP")),
    "94": (*_TEXTED, Does(deed=Deed.REPLIED, mood=Mood.QUESTION)),
    "95": (*_TEXTED, Does(deed=Deed.REPLIED, mood=Mood.NOT_NOW)),
    "96": (*_TEXTED, Does(deed=Deed.REPLIED, mood=Mood.WRONG_NUMBER)),
}
"""By the last two digits of a number, as in `channels.sandbox_script`."""

_HUMAN = does(Deed.ANSWERED, "human")

CALL_CUES: Cues = {
    "91": (does(Deed.MISSED, "no-answer"),),
    "92": (does(Deed.REFUSED, code="21211"),),
    "93": (_HUMAN, does(Deed.PRESSED, "9")),
    "94": (_HUMAN, does(Deed.PRESSED, "1")),
    "95": (_HUMAN,),
    "96": (does(Deed.MISSED, "busy"),),
}
"""The same numbers, called: nobody, not taken, a stop, a wish to talk, somebody who only listens, busy."""

USUAL: Mapping[Channel, tuple[Does, ...]] = {
    Channel.EMAIL: _ARRIVED,
    Channel.SMS: _TEXTED,
    Channel.VOICEMAIL: (does(Deed.ANSWERED, "machine_end_beep"),),
}
"""What happens to a message to anybody else."""


def usual(message: Accepted) -> Sequence[Does]:
    """Return what happens to *message* where nothing else was said: it arrives, unless its address asks for more."""
    return _cued(message.channel, message.to) or USUAL[message.channel]


class Leads:
    """Everybody whom messages may reach; scripts may be set from any thread while messages come in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scripts: dict[tuple[str, Channel | None], tuple[Does, ...]] = {}
        self._behaviour: Behaviour = usual

    def script(self, address: str, *deeds: Does, channel: Channel | None = None) -> None:
        """Let *deeds* follow every message to *address* from now on; no deeds means silence."""
        with self._lock:
            self._scripts[address.lower(), channel] = deeds

    def behave(self, behaviour: Behaviour) -> None:
        """Let *behaviour* decide for every address that has no script of its own."""
        self._behaviour = behaviour

    def of(self, message: Accepted) -> Sequence[Does]:
        """Return what happens to *message*."""
        scripted = self._scripted(message.channel, message.to)
        return self._behaviour(message) if scripted is None else scripted

    def refusal(self, channel: Channel, address: str) -> Does | None:
        """Return with what a message to *address* is refused, None when it is taken; a behaviour is not asked."""
        scripted = self._scripted(channel, address)
        deeds = _cued(channel, address) or () if scripted is None else scripted
        return next((one for one in deeds if one.deed is Deed.REFUSED), None)

    def _scripted(self, channel: Channel, address: str) -> tuple[Does, ...] | None:
        with self._lock:
            own = self._scripts.get((address.lower(), channel))
            return self._scripts.get((address.lower(), None)) if own is None else own


def _cued(channel: Channel, address: str) -> tuple[Does, ...] | None:
    if channel is Channel.EMAIL:
        local = address.partition("@")[0]
        return EMAIL_CUES.get(local.partition("+")[0].lower()) if "+" in local else None
    # Numbers that real people have would act up by chance, so only ..019x does, or any that is reserved for fiction.
    if not (is_demonstration(address) or address[-4:-1] == "019"):
        return None
    return (TEXT_CUES if channel is Channel.SMS else CALL_CUES).get(address[-2:])
