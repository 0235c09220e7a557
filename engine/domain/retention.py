"""How long what is kept for: periods, each with the rule that asks for it. Erasing ends at what law wants kept.

Sources: the rulebook's duties of those ids. Engineering material, not legal advice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from channels.address import PHONE_CHANNELS, Channel

BODIES = timedelta(days=5 * 366)
"""Rendered messages, each unique script and recording: US-TSR-RECORDS."""

DECISIONS = timedelta(days=5 * 366)
"""What the gate said and on what grounds: the proof that a message was allowed, as long as one may be sued for it."""

PAYLOADS = timedelta(days=400)
"""Raw callbacks, which are absorbed within minutes: a year, to read again what was once not understood."""


WEBHOOKS = timedelta(days=30)
"""What programs elsewhere were told, and what waits for a paused one: long enough to replay after a holiday."""

IMPORTS = timedelta(days=90)
"""The cells of refused rows, and with them the time in which a file's rows are looked at again."""

SUSPECTS = timedelta(days=60)
"""Forms that were held back: nobody looks for a lead there after two months."""

FORM_RATES = timedelta(days=1)
"""How often a form was sent, which counts for ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Proof of consent is kept for *years* after it ended where the lead may be in *country*."""

    country: str
    channels: frozenset[Channel]
    years: int
    rule: str


PROOF_DUTIES = (
    Duty(country="US", channels=PHONE_CHANNELS, years=5, rule="US-TSR-CONSENT-RECORD"),
    Duty(country="DE", channels=frozenset({Channel.CALL}), years=5, rule="DE-UWG-7A"),
    Duty(country="CA", channels=frozenset({Channel.EMAIL, Channel.SMS}), years=3, rule="CA-CASL-ONUS"),
)
"""Art. 17(3) GDPR leaves what is needed to defend legal claims; elsewhere nobody may ask for erasure of proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Something that outlives an erasure: *until* None is for good; *rule* says why."""

    what: str
    until: datetime | None
    rule: str
    why: str


def proof_kept_until(
    channel: Channel, jurisdictions: Collection[str], ended_at: datetime
) -> tuple[datetime, str] | None:
    """Return until when, and by which rule, the proof of a consent that ended at *ended_at* is kept; the longest counts.

    None where no law asks for it: then it is erased at once.
    """
    countries = {place.partition("-")[0] for place in jurisdictions}
    found = [
        (ended_at + relativedelta(years=duty.years), duty.rule)
        for duty in PROOF_DUTIES
        if duty.country in countries and channel in duty.channels
    ]
    return max(found, default=None)


SUPPRESSION_KEPT = Kept(
    what="suppressions",
    until=None,
    rule="EU-GDPR-DSAR",
    why="a keyed hash of the address, so that nobody writes there again; it tells nobody who it was",
)
CHAIN_KEPT = Kept(
    what="ledger",
    until=None,
    rule="EU-GDPR-PROOF",
    why="that a consent was given or withdrawn, and when, without any word about the person",
)
RECORD_KEPT = Kept(
    what="delivery record",
    until=None,
    rule="US-TSR-RECORDS",
    why="that a message of a sequence was sent, and when, without address or text: the counts stay true",
)
"""What stays of everybody who is erased."""
EVERYBODYS_KEPT = (SUPPRESSION_KEPT, CHAIN_KEPT, RECORD_KEPT)
