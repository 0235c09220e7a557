"""Draw what is sent by day as bars: numbers for an SVG whose channels differ by pattern, not by colour alone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from engine.simulation.volume import Day

HEIGHT, TOP, BOTTOM, LEFT = 220.0, 18.0, 34.0, 36.0
BAR, GAP = 14.0, 4.0
MARK_DAYS_MIN = 4  # a date so soon after the first would stand on it
DAYS_MAX = 400  # wider than that nobody scrolls


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One channel's part of a bar."""

    channel: str
    y: float
    height: float
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day."""

    day: date
    x: float
    top: float
    total: int
    parts: tuple[Part, ...]
    is_marked: bool  # its date stands below: a Monday, or the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All days in a row, those without anything too; *most* is the highest bar."""

    width: float
    height: float
    base: float
    bars: tuple[Bar, ...]
    channels: tuple[str, ...]
    most: int


def draw_days(volume: Iterable[Day]) -> Chart | None:
    """Return the chart of *volume*, None where nothing is sent."""
    counts: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in volume:
        counts[one.day][one.channel] += one.sent
    if not counts:
        return None
    channels = tuple(sorted({channel for by_channel in counts.values() for channel in by_channel}))
    most = max(sum(by_channel.values()) for by_channel in counts.values())
    first = min(counts)
    days = min((max(counts) - first).days + 1, DAYS_MAX)
    base = HEIGHT - BOTTOM
    scale = (base - TOP) / most
    bars = tuple(
        _bar(first + timedelta(days=number), number, counts, channels, base=base, scale=scale) for number in range(days)
    )
    return Chart(
        width=LEFT + days * (BAR + GAP) + LEFT, height=HEIGHT, base=base, bars=bars, channels=channels, most=most
    )


def _bar(
    day: date,
    number: int,
    counts: dict[date, dict[str, int]],
    channels: tuple[str, ...],
    *,
    base: float,
    scale: float,
) -> Bar:
    parts = []
    y = base
    for channel in channels:
        sent = counts[day][channel] if day in counts else 0
        if sent:
            height = round(sent * scale, 2)
            y = round(y - height, 2)
            parts.append(Part(channel=channel, y=y, height=height, sent=sent))
    return Bar(
        day=day,
        x=LEFT + number * (BAR + GAP),
        top=y,
        total=sum(one.sent for one in parts),
        parts=tuple(parts),
        is_marked=number == 0 or (day.weekday() == 0 and number >= MARK_DAYS_MIN),
    )
