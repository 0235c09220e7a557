"""What is sent by day, as bars in which each channel has its part; every day has its place, those without anything too."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from engine.simulation.volume import Day
from engine.web import words
from engine.web.console.charts import Picture, long_stacked

MARK_DAYS_MIN = 4  # a date so soon after the first would stand on it
DAYS_MAX = 400  # wider than that nobody scrolls


def draw_days(volume: Iterable[Day]) -> Picture | None:
    """Return the chart of *volume*, None where nothing is sent."""
    counts = count_days(volume)
    if not counts:
        return None
    days = every_day(counts)
    channels = sorted({channel for by_channel in counts.values() for channel in by_channel})
    series = {words.say(name): [counts.get(day, {}).get(name, 0) for day in days] for name in channels}
    most = max(sum(by_channel.values()) for by_channel in counts.values())
    told = f"Messages by day, at most {most} on a day. The table below says the same."
    return long_stacked(told, [label(day, days[0]) for day in days], series)


def count_days(volume: Iterable[Day]) -> dict[date, dict[str, int]]:
    """Return how many were sent on each day by each channel."""
    counts: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in volume:
        counts[one.day][one.channel] += one.sent
    return {day: dict(by_channel) for day, by_channel in counts.items()}


def every_day(counts: dict[date, dict[str, int]]) -> list[date]:
    """Return each day from the first to the last, bounded."""
    first = min(counts)
    return [first + timedelta(days=number) for number in range(min((max(counts) - first).days + 1, DAYS_MAX))]


def label(day: date, first: date) -> str:
    """Return what stands below the bar of *day*: its date on a Monday and on the first, else nothing."""
    number = (day - first).days
    is_marked = number == 0 or (day.weekday() == 0 and number >= MARK_DAYS_MIN)
    return f"{day.day} {day:%b}" if is_marked else ""
