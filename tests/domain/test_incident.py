"""What staff are told, and when: once for each episode, once a day while it lasts, once when it is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.incident import (
    GRACE,
    QUIET,
    REMIND_EVERY,
    TO_DO,
    Incident,
    IncidentKind,
    Telling,
    marked_at,
    to_tell,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def incident(number: int = 1, *, opened_at: datetime = NOON, closed_at: datetime | None = None,
             told_at: datetime | None = None, subject: str = "sender") -> Incident:  # fmt: skip
    return Incident(
        id=f"i{number}", kind=IncidentKind.SENDER_FAILING, subject=subject, detail="it fails", opened_at=opened_at,
        last_at=opened_at, count=1, told_at=told_at, closed_at=closed_at,
    )  # fmt: skip


def told(incidents: Sequence[Incident], now: datetime) -> list[Telling]:
    return [one.why for one in to_tell(incidents, now)]


def test_every_kind_says_what_to_do() -> None:
    assert set(TO_DO) == set(IncidentKind)


def test_what_lasts_is_told_after_the_grace_and_not_before() -> None:
    assert told([incident()], NOON + GRACE - MINUTE) == []
    assert told([incident()], NOON + GRACE) == [Telling.NEW]


def test_what_mended_itself_within_the_grace_is_never_told() -> None:
    assert told([incident(closed_at=NOON + MINUTE)], NOON + 2 * QUIET) == []


def test_what_was_told_is_told_again_a_day_later_and_not_before() -> None:
    known = incident(told_at=NOON + GRACE)

    assert told([known], NOON + REMIND_EVERY) == []
    assert told([known], NOON + GRACE + REMIND_EVERY) == [Telling.STILL]


def test_the_end_of_what_was_told_is_told_once_it_stays_over() -> None:
    over = incident(told_at=NOON + GRACE, closed_at=NOON + 10 * MINUTE)

    assert told([over], NOON + 11 * MINUTE) == []
    assert told([over], NOON + 10 * MINUTE + QUIET) == [Telling.OVER]
    assert told([replace(over, told_at=marked_at(over, NOON + 10 * MINUTE))], NOON + 2 * REMIND_EVERY) == []


def test_what_ended_while_it_was_told_as_new_is_still_told_as_over() -> None:
    read_at = NOON + GRACE
    marked = marked_at(incident(), read_at)

    over = incident(told_at=marked, closed_at=read_at + timedelta(seconds=2))

    assert told([over], read_at + MINUTE + QUIET) == [Telling.OVER]


def test_what_comes_back_soon_is_the_same_episode() -> None:
    first = incident(told_at=NOON + GRACE, closed_at=NOON + 5 * MINUTE)
    again = incident(2, opened_at=NOON + 6 * MINUTE)

    assert told([first, again], NOON + 30 * MINUTE) == []
    [reminder] = to_tell([first, again], NOON + GRACE + REMIND_EVERY)
    assert (reminder.why, reminder.since, reminder.count) == (Telling.STILL, NOON, 2)
    assert [one.id for one in reminder.rows] == ["i1", "i2"]


def test_what_opens_and_closes_all_the_time_is_told_once_the_grace_is_over_in_all() -> None:
    flaps = [
        incident(number, opened_at=NOON + number * 2 * MINUTE, closed_at=NOON + number * 2 * MINUTE + MINUTE)
        for number in range(3)
    ]
    latest = incident(3, opened_at=NOON + 6 * MINUTE)

    assert told([*flaps, latest], NOON + 6 * MINUTE) == [Telling.NEW]


def test_what_comes_back_much_later_is_told_anew() -> None:
    first = incident(told_at=NOON + 20 * QUIET, closed_at=NOON + 5 * MINUTE)
    later = incident(2, opened_at=NOON + 10 * QUIET)

    assert told([first, later], NOON + 10 * QUIET + GRACE) == [Telling.NEW]


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(1, 400)), min_size=1, max_size=8),
    st.integers(1, 60),
    st.integers(0, 2),
)
def test_an_episode_is_told_at_most_once_and_once_a_day_and_once_when_it_is_over(
    lengths: list[tuple[int, int]], step: int, subjects: int
) -> None:
    """Whatever opens and closes, and however often the clock looks, nothing is told twice."""
    whole: list[Incident] = []
    at = NOON
    for number, (open_minutes, closed_minutes) in enumerate(lengths):
        end = at + open_minutes * MINUTE
        whole.append(incident(number, opened_at=at, closed_at=end, subject=f"s{number % (subjects + 1)}"))
        at = end + closed_minutes * MINUTE
    marks: dict[str, datetime] = {}
    said: list[tuple[Telling, str, datetime]] = []

    now = NOON
    while now < at + 2 * QUIET:
        seen = [
            replace(one, told_at=marks.get(one.id), closed_at=one.closed_at if one.closed_at <= now else None)
            for one in whole
            if one.closed_at is not None and one.opened_at <= now
        ]
        for one in to_tell(seen, now):
            said.append((one.why, one.incident.subject, now))
            marks |= {row.id: marked_at(row, now) for row in one.rows}
        assert to_tell([replace(one, told_at=marks.get(one.id)) for one in seen], now) == []
        now += step * MINUTE

    for subject in {one.subject for one in whole}:
        words = [(why, when) for why, whose, when in said if whose == subject]
        assert all(why is Telling.NEW for why, _ in words[:1])
        for (why, when), (_, before) in zip(words[1:], words, strict=False):
            assert why is not Telling.STILL or when - before >= REMIND_EVERY
        news = [why for why, _ in words if why is not Telling.STILL]
        assert all(one is not other for one, other in zip(news[1:], news, strict=False))
