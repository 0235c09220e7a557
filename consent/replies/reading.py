"""What a reply can mean, and the form in which the meaning is handed on."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from channels.address import Channel


class Label(StrEnum):
    """What a reply asks of us; the values are the public names."""

    OPT_OUT = "opt_out"  # stop: on the channels named, or on all
    NOT_NOW = "not_now"  # later, perhaps with a date; nothing is withdrawn
    INTERESTED = "interested"  # wants the next step: a call, a quote, a meeting
    QUESTION = "question"  # wants to know something
    WRONG_NUMBER = "wrong_number"  # this address reaches someone else
    OUT_OF_OFFICE = "out_of_office"  # a machine answered; counts as no reply
    HELP = "help"  # asks for the carrier's help text
    OPT_IN = "opt_in"  # allows messages, or allows them again
    POSITIVE = "positive"  # thanks, praise, a thumb up
    NEUTRAL = "neutral"  # none of these


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reply, understood: the label, how certain, and what follows from it."""

    label: Label
    sure: bool  # False: a person should look before anything automatic goes out
    until: date | datetime | None = None  # not_now and out_of_office: when to come back, if it was said
    channels: frozenset[Channel] = frozenset()  # opt_out: the channels the sentence ends; empty means every channel
    evidence: tuple[str, ...] = ()  # "rule: words matched", strongest first


def to_json(reading: Reading) -> dict[str, object]:
    """Return *reading* as plain JSON values: channels sorted, the date in ISO form or None."""
    return {
        "label": reading.label.value,
        "sure": reading.sure,
        "until": reading.until.isoformat() if reading.until else None,
        "channels": sorted(reading.channels),
        "evidence": list(reading.evidence),
    }
