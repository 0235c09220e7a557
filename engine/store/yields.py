"""What touches brought: answers, stops, bounces and complaints, and the bookings and customers that followed them.

A touch is a message that a provider took or a task that a person did. What is counted of messages stands on their own rows:
absences are no answer there, and machines neither open nor click. Stops and sales belong to leads; each is put down to the last
touch before it, within `FOLLOWS_WITHIN`, and to none where there was none. Touches of the range are followed until today, so
that what is counted is never more than what was made.
"""

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, Table, case, func, literal, null, select, union_all

from channels.address import Channel
from consent.facts import FactKind, Purpose
from engine.domain.task import TaskKind, TaskState
from engine.store import tables as t
from engine.store.arrivals import BOOKED, CUSTOMER, Range
from engine.store.reports import seconds_between

FOLLOWS_WITHIN = timedelta(days=30)
"""A stop or a sale that comes later than this after the last touch has had other reasons."""

NO_REACTION = ("import",)
"""Sources of withdrawals that answer no touch of ours: somebody else's list of stops."""

BY_HAND = (TaskKind.CALL, TaskKind.LETTER, TaskKind.SOCIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """Which touches are meant: all of one stage, channel, template and variant; empty where there is no such thing."""

    sequence: str
    stage: str
    channel: str
    template: str
    variant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What some touches brought: how many there were, and how many of them were opened, answered, followed by a stop ..."""

    made: int = 0  # what stops and sales are counted of
    sent: int = 0  # messages among them: what answers, bounces and complaints are counted of
    emails: int = 0  # what openings and clicks are counted of
    opened: int = 0
    clicked: int = 0
    replied: int = 0
    bounced: int = 0
    complained: int = 0
    stopped: int = 0
    booked: int = 0
    customers: int = 0

    def __add__(self, other: "Yield") -> "Yield":
        """Return both together."""
        names = [one.name for one in fields(self)]
        return Yield(**{name: getattr(self, name) + getattr(other, name) for name in names})


Yields = dict[Touch, Yield]


def yields(connection: Connection, wanted: Range) -> Yields:
    """Return what every kind of touch that was made in the range has brought until now."""
    found: Yields = {}
    for part in (_messages(connection, wanted), _tasks(connection, wanted), _after(connection, wanted)):
        for touch, brought in part.items():
            found[touch] = found.get(touch, Yield()) + brought
    return found


def _messages(connection: Connection, wanted: Range) -> Yields:
    table = t.messages
    group = [*(table.c[name] for name in ("sequence", "stage", "channel", "template", "variant"))]
    signs = [func.count(table.c[f"{name}_at"]) for name in ("opened", "clicked", "replied", "bounced", "complained")]
    query = (
        select(*group, func.count(), *signs)
        # A confirmation answers a stop: what it brings is not its own.
        .where(wanted.holds(table.c.accepted_at), table.c.purpose != Purpose.CONFIRMATION)
        .group_by(*group)
    )
    found: Yields = {}
    for row in connection.execute(query):
        *what, count, opened, clicked, replied, bounced, complained = tuple(row)
        touch = _touch(*what)
        is_email = touch.channel == Channel.EMAIL  # what is told of a text's links is a share of nothing
        found[touch] = Yield(
            made=count,
            sent=count,
            emails=count if is_email else 0,
            opened=opened if is_email else 0,
            clicked=clicked if is_email else 0,
            replied=replied,
            bounced=bounced,
            complained=complained,
        )
    return found


def _tasks(connection: Connection, wanted: Range) -> Yields:
    table = t.tasks
    group = [table.c[name] for name in ("sequence", "stage", "kind", "script")]
    query = (
        select(*group, func.count())
        .where(wanted.holds(table.c.ended_at), table.c.state == TaskState.DONE, table.c.kind.in_(BY_HAND))
        .group_by(*group)
    )
    return {
        _touch(sequence, stage, kind, script, None): Yield(made=count)
        for sequence, stage, kind, script, count in map(tuple, connection.execute(query))
    }


def _after(connection: Connection, wanted: Range) -> Yields:
    """Return the stops and the sales that followed touches of the range."""
    late = Range(start=wanted.start, end=wanted.end + FOLLOWS_WITHIN)
    found: Yields = {}
    for happened in (_stops(late), _sales(late)):
        rows = _followed(connection, happened, wanted)
        names = ("sequence", "stage", "channel", "template", "variant", "what")
        query = select(*(rows.c[name] for name in names), func.count()).group_by(*(rows.c[name] for name in names))
        for row in connection.execute(query):
            *place, what, count = tuple(row)
            touch = _touch(*place)
            found[touch] = found.get(touch, Yield()) + Yield(**{what: count})
    return found


def _stops(wanted: Range) -> Subquery:
    """Return who said stop and when; one word that ends several channels is one stop."""
    table = t.consent_facts
    query = select(table.c.lead_id, literal("stopped").label("what"), func.min(table.c.at).label("at"))
    told = table.c.kind == FactKind.WITHDRAWN, table.c.source.not_in(NO_REACTION)
    return query.where(*told, wanted.holds(table.c.at)).group_by(table.c.lead_id, table.c.recorded_at).subquery()


def _sales(wanted: Range) -> Subquery:
    """Return who booked or became a customer and when, each once however often they did."""
    table = t.happenings
    what = case((table.c.name == BOOKED, "booked"), else_="customers")
    query = select(table.c.lead_id, what.label("what"), func.min(table.c.at).label("at"))
    is_sale = table.c.name.in_((BOOKED, CUSTOMER))
    return query.where(is_sale, wanted.holds(table.c.at)).group_by(table.c.lead_id, table.c.name).subquery()


def _followed(connection: Connection, happened: Subquery, wanted: Range) -> Subquery:
    """Return the last touch before each thing that *happened*, where it is one of the range; two stops after one are one.

    All touches of those leads are ranked at once: to look each up by itself made PostgreSQL read whole tables.
    """
    message, task = t.messages, t.tasks
    sent = _before(happened, message, message.c.accepted_at, {"template": message.c.template})
    sent = sent.where(message.c.purpose != Purpose.CONFIRMATION)
    by_hand = {"channel": task.c.kind, "template": task.c.script, "variant": null()}
    done = _before(happened, task, task.c.ended_at, by_hand)
    done = done.where(task.c.state == TaskState.DONE, task.c.kind.in_(BY_HAND))
    touched = union_all(sent, done).subquery()
    one = [touched.c.lead_id, touched.c.what, touched.c.at]
    # A call that ended in a booking at the same instant as a message left is what brought it.
    order = [touched.c.touch_at.desc(), touched.c.is_task.desc(), touched.c.touch_id.desc()]
    ranked = select(touched, func.row_number().over(partition_by=one, order_by=order).label("place")).subquery()
    names = ("touch_id", "what", "sequence", "stage", "channel", "template", "variant")
    query = select(*(ranked.c[name] for name in names)).where(
        ranked.c.place == 1,
        wanted.holds(ranked.c.touch_at),
        seconds_between(connection, ranked.c.touch_at, ranked.c.at) <= FOLLOWS_WITHIN.total_seconds(),
    )
    return query.distinct().subquery()


def _before(happened: Subquery, table: Table, touch_at: ColumnElement[Any], named: dict[str, Any]) -> Select[Any]:
    """Return every row of *table* that is a touch before what *happened*; *named* are the columns of other names."""
    columns = {
        name: named[name] if name in named else table.c[name]
        for name in ("sequence", "stage", "channel", "template", "variant")
    }
    chosen: list[ColumnElement[Any]] = [
        happened.c.lead_id,
        happened.c.what,
        happened.c.at,
        table.c.id.label("touch_id"),
        literal(int(table is t.tasks)).label("is_task"),
        touch_at.label("touch_at"),
        *(column.label(name) for name, column in columns.items()),
    ]
    return (
        select(*chosen)
        .select_from(happened.join(table, table.c.lead_id == happened.c.lead_id))
        .where(touch_at <= happened.c.at)
    )


def _touch(sequence: str, stage: str, channel: str, template: str, variant: str | None) -> Touch:
    return Touch(sequence=sequence, stage=stage, channel=channel, template=template, variant=variant or "")
