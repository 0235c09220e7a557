"""Act as an invented lead: what the sandbox's inbox offers becomes an event like any provider's."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import HTTPException

from channels.address import Channel
from channels.events import CallOutcome, EventKind, ProviderEvent
from channels.message import MessageId
from channels.sandbox import NAME as SANDBOX
from engine.flows.absorb import absorb, receive
from engine.flows.kit import Kit
from engine.store.pages import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing a lead may do: what the button says, the event it makes, and the words that come with it."""

    button: str
    kind: EventKind
    text: str | None = None
    needs_text: bool = False
    outcome: CallOutcome | None = None
    is_call: bool = False  # the lead calls us: no word about the message
    is_machine: bool = False  # a program of theirs answers, not they


DELIVERED = Act(button="It arrives", kind=EventKind.DELIVERED)
REPLY = Act(button="Send reply", kind=EventKind.REPLIED, needs_text=True)
COMPLAIN = Act(button="Call it spam", kind=EventKind.COMPLAINED)

ACTS: Mapping[str, Mapping[str, Act]] = {
    Channel.EMAIL: {
        "delivered": DELIVERED,
        "opened": Act(button="Open it", kind=EventKind.OPENED),
        "clicked": Act(button="Click a link", kind=EventKind.CLICKED),
        "bounced": Act(button="Bounce", kind=EventKind.BOUNCED),
        "stopped": Act(button="One-click stop", kind=EventKind.UNSUBSCRIBED),
        "complained": COMPLAIN,
        "replied": REPLY,
        "absent": Act(button="Send absence note", kind=EventKind.REPLIED, needs_text=True, is_machine=True),
    },
    Channel.SMS: {
        "delivered": DELIVERED,
        "undelivered": Act(button="It does not arrive", kind=EventKind.UNDELIVERED),
        "bounced": Act(button="Number is dead", kind=EventKind.BOUNCED),
        "stopped": Act(button="Text STOP", kind=EventKind.REPLIED, text="STOP"),
        "complained": COMPLAIN,
        "replied": REPLY,
    },
    Channel.VOICEMAIL: {
        "delivered": Act(button="A machine records it", kind=EventKind.DELIVERED, outcome=CallOutcome.MACHINE),
        "answered": Act(button="A person answers", kind=EventKind.DELIVERED, outcome=CallOutcome.HUMAN),
        "undelivered": Act(button="Nobody answers", kind=EventKind.UNDELIVERED, outcome=CallOutcome.NO_ANSWER),
        "busy": Act(button="The line is busy", kind=EventKind.UNDELIVERED, outcome=CallOutcome.BUSY),
        "bounced": Act(button="Number is dead", kind=EventKind.BOUNCED, outcome=CallOutcome.FAILED),
        "stopped": Act(button="Press 9 to stop", kind=EventKind.UNSUBSCRIBED, outcome=CallOutcome.HUMAN),
        "called": Act(button="Call us, reach nobody", kind=EventKind.MISSED, is_call=True),
        "replied": REPLY,
    },
}

READY: Mapping[str, tuple[str, ...]] = {
    "English": ("Yes please, call me.", "Not now, after Easter.", "STOP", "Wrong number."),
    "Español": ("Sí, por favor, llámeme.", "Ahora no, después de Pascua.", "BAJA", "Número equivocado."),
    "Français": ("Oui, appelez-moi.", "Pas maintenant, après Pâques.", "ARRET", "Mauvais numéro."),
}
"""What leads say most, ready to be said: yes, not now, stop, wrong number."""

ABSENCES: Mapping[str, str] = {
    "English": "Automatic reply: I am out of the office until {day}.",
    "Español": "Respuesta automática: estoy fuera de la oficina hasta el {day}.",
    "Français": "Réponse automatique : je suis absent du bureau jusqu'au {day}.",
}
"""What a mailbox answers by itself."""


def act_as_lead(kit: Kit, message: Row, name: str, text: str) -> str:
    """Let the lead who got *message* do *name*, and absorb it at once; return what was done, in a word."""
    chosen = ACTS[message["channel"]].get(name)
    if chosen is None:
        raise HTTPException(400, "Please choose one of the buttons.")
    if chosen.needs_text and not text:
        raise HTTPException(400, "A reply needs some words.")
    with kit.database.read() as connection:
        now = kit.database.now(connection)
    event = ProviderEvent(
        provider=SANDBOX,
        event_id=f"console-{kit.ids.new()}",
        kind=chosen.kind,
        channel=Channel.CALL if chosen.is_call else Channel(message["channel"]),
        at=now,
        message_id=None if chosen.is_call else MessageId(message["id"]),
        address=message["email"] if message["channel"] == Channel.EMAIL else message["phone"],
        text=text if chosen.needs_text else chosen.text,
        outcome=chosen.outcome,
        machine=chosen.is_machine,
    )
    receive(kit, [event])
    absorb(kit)
    return name
