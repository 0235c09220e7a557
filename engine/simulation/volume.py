"""How much a rehearsal sent: by day and sender against its limit, and what its texts come to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from channels.address import Channel
from channels.segments import count_segments
from engine.domain.pacing import daily_limit, day_of
from engine.store.rehearsed import Sent
from engine.store.senders import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What one sender sent on one of its days; *tokens* are segments for texts, *limit* is None where there is none."""

    day: date
    channel: str
    sender: str
    sent: int
    tokens: int
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """All texts together."""

    sent: int
    segments: int

    def cost_cents(self, cents_per_segment: float) -> float:
        """Return what they cost at a price for each segment, in cents."""
        return round(self.segments * cents_per_segment, 2)


def count_volume(sent: Iterable[Sent], senders: Sequence[Sender]) -> list[Day]:
    """Return what was *sent* on each day by each sender, by day and then by channel."""
    by_id = {one.id: one for one in senders}
    counts: Counter[tuple[date, str]] = Counter()
    tokens: Counter[tuple[date, str]] = Counter()
    for one in sent:
        sender = by_id.get(one.sender_id)
        if sender is not None:
            key = (day_of(sender.pace, one.at), sender.id)
            counts[key] += 1
            tokens[key] += segments_of(one)
    days = [
        Day(
            day=day,
            channel=by_id[sender_id].channel,
            sender=by_id[sender_id].address,
            sent=count,
            tokens=tokens[day, sender_id],
            limit=daily_limit(replace(by_id[sender_id].pace, day=day)),
        )
        for (day, sender_id), count in counts.items()
    ]
    return sorted(days, key=lambda one: (one.day, one.channel, one.sender))


def count_texts(sent: Iterable[Sent]) -> Texts:
    """Return how many texts there are among *sent*, and of how many segments."""
    texts = [segments_of(one) for one in sent if one.channel == Channel.SMS]
    return Texts(sent=len(texts), segments=sum(texts))


def segments_of(one: Sent) -> int:
    """Return how many segments a message has: 1 for everything that is no text."""
    return count_segments(one.body).segments if one.channel == Channel.SMS else 1
