"""Decide what a reply means: collect what every rule hears, let the graver meaning win, then ask the model (`agreement`).

The order is that of harm: a stop overheard costs the lead's trust and breaks the law, a stop imagined costs one lead
one message. So a stop wins over all, a refusal gives way only to a later time, and doubt is said aloud (`sure`).
"""

from dataclasses import replace
from datetime import date, datetime

from channels.inbound.quotes import unquoted
from consent.replies.agreement import settle
from consent.replies.fold import fold
from consent.replies.keywords import command
from consent.replies.listening import Heard, asides, listen
from consent.replies.model import Weights, vote
from consent.replies.reading import Label, Reading
from consent.replies.rulefile import Rule
from consent.replies.scope import channels_ended
from consent.replies.tapback import signs_only, tapback
from consent.until import until

CHARACTERS_MAX = 4_000  # nobody hides a stop behind four thousand characters; longer text is never sure
_SHORT_WORDS = 12  # up to here, kind words beside a stop are manners
_LONG_WORDS = 60  # beyond, a stop word may be part of a story

_EVIDENCE_MAX = 5


def classify(text: str, at: datetime, language: str | None = None, *, model: Weights | None = None) -> Reading:
    """Return what *text*, received at *at*, asks of us.

    *language* only helps to read dates such as 3/4. A time of day in the text is read in *at*'s own zone.
    *model* stands in for the shipped one when a newly trained one is on trial.
    """
    reacted = tapback(text[: CHARACTERS_MAX * 2])
    if reacted:
        return reacted
    written = unquoted(text)
    said = written[:CHARACTERS_MAX]
    short = signs_only(said) or command(said)
    if short:
        return short
    reading = _judged(said, at, language, model)
    return replace(reading, sure=False) if len(written) > CHARACTERS_MAX else reading


def _judged(said: str, at: datetime, language: str | None, model: Weights | None) -> Reading:
    folded = fold(said)
    heard = listen(folded)
    ruled, ruled_surely = _weigh(heard, folded)
    weighed = vote(said, asides(heard), model=model)
    verdict = settle(ruled, sure=ruled_surely, heard=bool(heard), vote=weighed)
    label = verdict.label
    proof = [f"{one.rule.name}: {one.words}" for one in heard if one.rule.label is label]
    proof += weighed.evidence if verdict.by_model else [f"{one.rule.name}: {one.words}" for one in heard]
    spans = _outermost([(one.start, one.end) for one in heard if one.rule.label is Label.OPT_OUT])
    return Reading(
        label=label,
        sure=verdict.sure,
        until=_return_at(label, folded, at, language),
        channels=channels_ended(folded, spans) if label is Label.OPT_OUT else frozenset(),
        evidence=tuple(dict.fromkeys(proof))[:_EVIDENCE_MAX],
    )


def _outermost(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Leave out what is part of another: the "stop" in "stop texting" names no channel, and need not."""
    return [
        (start, end)
        for start, end in spans
        if not any(other != (start, end) and other[0] <= start and end <= other[1] for other in spans)
    ]


def _return_at(label: Label, folded: str, at: datetime, language: str | None) -> date | datetime | None:
    if label not in (Label.NOT_NOW, Label.OUT_OF_OFFICE):
        return None
    return until(folded, at, language=language, last=label is Label.OUT_OF_OFFICE)


def _weigh(heard: list[Heard], folded: str) -> tuple[Label, bool]:
    """Return the gravest meaning among what was *heard*, and whether nothing speaks against it."""
    plainly = {one.rule.label for one in heard if one.rule.label is not None and not one.rule.when}
    timed = any(one.rule.when == "time" for one in heard)
    stops = [one.rule for one in heard if one.rule.label is Label.OPT_OUT]
    hard = [rule for rule in stops if not rule.soft]
    if hard:
        return Label.OPT_OUT, _is_plain_stop(hard, plainly, len(folded.split()))
    if Label.WRONG_NUMBER in plainly:
        return Label.WRONG_NUMBER, not stops
    if Label.OUT_OF_OFFICE in plainly:
        return Label.OUT_OF_OFFICE, True
    if any(not rule.doubt for rule in stops):
        return _weigh_refusal(plainly, timed=timed)
    label = _gravest_wish(heard, plainly - {Label.OPT_OUT}, timed=timed)
    if label is None or (stops and label in (Label.POSITIVE, Label.NEUTRAL)):
        return (Label.OPT_OUT if stops else Label.NEUTRAL), False
    return label, not any(one.rule.doubt for one in heard)


def _is_plain_stop(hard: list[Rule], plainly: set[Label], words: int) -> bool:
    contrary = {Label.OPT_IN} if words <= _SHORT_WORDS else {Label.OPT_IN, Label.OUT_OF_OFFICE, Label.POSITIVE}
    is_incidental = words > _LONG_WORDS and len(hard) == 1
    return any(not rule.doubt for rule in hard) and not (plainly & contrary) and not is_incidental


def _weigh_refusal(plainly: set[Label], *, timed: bool) -> tuple[Label, bool]:
    if timed or Label.NOT_NOW in plainly:
        return Label.NOT_NOW, Label.NOT_NOW in plainly
    return Label.OPT_OUT, not plainly & {Label.INTERESTED, Label.OPT_IN, Label.QUESTION}


def _gravest_wish(heard: list[Heard], plainly: set[Label], *, timed: bool) -> Label | None:
    """Return the meaning of a reply without a stop: a later time, a wish, a question, a kind word, in this order."""
    strong = {one.rule.label for one in heard if one.rule.when == "strong"}
    weak = {one.rule.label for one in heard if one.rule.when == "weak"}
    asked_again = any(one.rule.name == "ask-again-at" for one in heard)
    hinted = any(one.rule.when == "hint" for one in heard)
    ranked = (
        (Label.NOT_NOW, Label.NOT_NOW in plainly),
        (Label.OPT_IN, Label.OPT_IN in plainly),
        # "Call me back next week" puts off; "can we meet next week" does not.
        (Label.INTERESTED, Label.INTERESTED in strong and not asked_again),
        (Label.NOT_NOW, timed),
        (Label.OUT_OF_OFFICE, Label.OUT_OF_OFFICE in weak),
        (Label.QUESTION, Label.QUESTION in plainly),
        (Label.NOT_NOW, hinted),
        *((label, label in plainly | weak) for label in _LIGHTER),
    )
    return next((label for label, is_meant in ranked if is_meant), None)


_LIGHTER = (Label.QUESTION, Label.HELP, Label.INTERESTED, Label.POSITIVE, Label.NEUTRAL)
