"""Settle what the rules heard with what the model weighed: two readers, and doubt wherever they differ.

The figures come from replies by authors who never saw our rules; docs/explanation/replies.md tells how each reader
fared alone. A stop needs one confident reader or two that lean; nothing is sure that one of them contradicts.
"""

from dataclasses import dataclass

from consent.replies.model import Vote
from consent.replies.reading import Label

STOP_ALONE = 0.5  # the model hears a stop that no rule does
STOP_TOGETHER = 0.1  # a rule hears one, and the model does not find it absurd
STOP_SURE = 0.8
STOP_RULED_OUT = 0.05  # below it, a reply may surely mean something else
CONFIDENT = 0.6
SURE_ALONE = 0.9  # no rule has a firm view
KNOWN_MIN = 0.5  # the model has no say on a text whose words it never met


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a reply means, and which readers say so."""

    label: Label
    sure: bool
    by_rules: bool
    by_model: bool


def settle(label: Label, *, sure: bool, heard: bool, vote: Vote) -> Verdict:
    """Return the verdict on a reply that the rules read as *label*; *heard* says whether any rule spoke at all."""
    if vote.known < KNOWN_MIN:
        return Verdict(label=label, sure=sure and heard, by_rules=True, by_model=False)
    stop = vote.chances[Label.OPT_OUT]
    if stop >= STOP_ALONE or (label is Label.OPT_OUT and stop >= STOP_TOGETHER):
        return _stop(label, sure=sure, stop=stop)
    likeliest = max((one for one in vote.chances if one is not Label.OPT_OUT), key=lambda one: vote.chances[one])
    chance = vote.chances[likeliest]
    if likeliest is label:
        is_sure = chance >= CONFIDENT and stop < STOP_RULED_OUT and (sure or chance >= SURE_ALONE)
        return Verdict(label=label, sure=is_sure, by_rules=heard, by_model=True)
    if sure and label is Label.OPT_OUT and likeliest is Label.OPT_IN:
        # "I revoke my consent": permission is never the model's to give against a rule.
        return Verdict(label=label, sure=False, by_rules=True, by_model=False)
    if sure and label is not Label.OPT_OUT and chance < CONFIDENT:
        return Verdict(label=label, sure=False, by_rules=True, by_model=False)
    is_sure = not sure and not heard and chance >= SURE_ALONE and stop < STOP_RULED_OUT
    return Verdict(label=likeliest, sure=is_sure, by_rules=False, by_model=True)


def _stop(label: Label, *, sure: bool, stop: float) -> Verdict:
    if label is Label.OPT_OUT:
        return Verdict(label=label, sure=sure and stop >= CONFIDENT, by_rules=True, by_model=stop >= STOP_ALONE)
    return Verdict(label=Label.OPT_OUT, sure=not sure and stop >= STOP_SURE, by_rules=False, by_model=True)
