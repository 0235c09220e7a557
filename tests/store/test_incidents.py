"""Incidents on both databases: one open for each kind and subject, however many notice it."""

from datetime import timedelta

from engine.clock import VirtualClock
from engine.domain.incident import Incident, IncidentKind
from engine.store import incidents
from engine.store.database import Database
from tests.databases import START

FAILING, UNKNOWN = IncidentKind.SENDER_FAILING, IncidentKind.OUTCOME_UNKNOWN
MINUTE = timedelta(minutes=1)


def row_id(number: int) -> str:
    return f"019caf10-3180-7508-8000-{number:012d}"


def notice(database: Database, number: int, kind: IncidentKind = FAILING, subject: str = "a", *, count: int = 1) -> str:
    with database.write() as connection:
        return incidents.open_or_bump(
            connection, row_id=row_id(number), kind=kind, subject=subject, detail=f"seen by {number}",
            now=START + number * MINUTE, count=count,
        )  # fmt: skip


def open_ones(database: Database) -> list[Incident]:
    with database.read() as connection:
        return incidents.open_ones(connection)


def test_what_shows_again_counts_on_the_open_one(database: Database, clock: VirtualClock) -> None:
    assert [notice(database, 1), notice(database, 2, count=3)] == [row_id(1), row_id(1)]

    [one] = open_ones(database)
    assert (one.count, one.opened_at, one.last_at, one.detail) == (4, START + MINUTE, START + 2 * MINUTE, "seen by 2")


def test_another_kind_or_subject_is_another_incident(database: Database, clock: VirtualClock) -> None:
    notice(database, 1)
    notice(database, 2, UNKNOWN)
    notice(database, 3, subject="b")

    with database.read() as connection:
        counts = incidents.count_open(connection)
    assert {kind: count for kind, count in counts.items() if count} == {FAILING: 2, UNKNOWN: 1}
    assert set(counts) == set(IncidentKind)


def test_what_was_closed_opens_anew(database: Database, clock: VirtualClock) -> None:
    notice(database, 1)
    with database.write() as connection:
        closed = [incidents.close(connection, FAILING, "a", START + 5 * MINUTE) for _ in range(2)]
    notice(database, 6)

    assert closed == [True, False]
    assert [one.id for one in open_ones(database)] == [row_id(6)]
    with database.read() as connection:
        assert [one.id for one in incidents.latest(connection, limit=5)] == [row_id(6), row_id(1)]
        assert len(incidents.lasting(connection, START)) == 2
        assert [one.id for one in incidents.lasting(connection, START + 5 * MINUTE)] == [row_id(6)]


def test_what_was_told_is_noted_row_by_row(database: Database, clock: VirtualClock) -> None:
    notice(database, 1)
    notice(database, 2, UNKNOWN)

    with database.write() as connection:
        incidents.note_told(connection, [(row_id(1), START + 9 * MINUTE)])

    assert [one.told_at for one in open_ones(database)] == [START + 9 * MINUTE, None]


def test_what_is_seen_to_last_counts_what_is_in_it_now(database: Database, clock: VirtualClock) -> None:
    for number, count in ((1, 7), (2, 3)):
        with database.write() as connection:
            incidents.keep_open(
                connection, row_id=row_id(number), kind=IncidentKind.CONTENT_HELD, subject="email hello",
                detail="", now=START, count=count,
            )  # fmt: skip

    assert [one.count for one in open_ones(database)] == [3]
