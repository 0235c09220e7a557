"""Who is followed up and who is forgotten, told from rows: the product's first promise, made countable."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select, union_all

from consent.facts import FactKind, Purpose
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.lead import OPEN_STATUSES
from engine.domain.message import OPEN_STATES, MessageState
from engine.domain.task import TaskState
from engine.store import tables as t
from engine.store.enrollments import IS_OPEN as ENROLLMENT_IS_OPEN
from engine.store.history import MACHINE_CHANNELS

OVERDUE_AFTER = timedelta(minutes=10)
"""A running engine looks at what is due within seconds; so late means that nobody is looking."""

A_MOMENT = timedelta(microseconds=1)

LEFT = "left: %"
"""How the reason of an enrollment begins that a leave rule ended: booked, opted out, or what the sequence names."""

CAME_BACK = "came_back"
BOOKED = ("booked", "customer")

IS_OPEN = t.leads.c.status.in_(sorted(OPEN_STATUSES))


class FollowUp(StrEnum):
    """What an open lead can count on; of several, the first listed."""

    NEXT_STEP = "next_step"  # the engine will act, at a time that is on record
    TASK = "task"  # a person whose name is on record has something to do
    ENDED = "ended"  # it came to an end that says why
    FORGOTTEN = "forgotten"  # none of these


def audit(connection: Connection, now: datetime) -> dict[str, Any]:
    """Count the leads, and the open ones by what they can count on: at every instant `forgotten` must be 0.

    An open lead (new, working or qualified) is forgotten when all of this is true of its rows:

    - No next step with a time: no open enrollment with a `due_at`, and no message that is scheduled, held or on its way
      with one. A held message without a time doesn't count, since it waits for a person; nor does a confirmation,
      which answers a stop and follows nobody up, nor what is on its way as a sequence has ended: nothing comes after it.
    - No task with an owner: no open task that has a name on it; one without falls to the lead's owner, if there is one.
    - No end with a reason: the lead has not stopped every machine channel; and no leave rule ended an enrollment, nor
      was an appointment or a sale noted, unless the lead came back, or entered a sequence, later than that.

    So a plan that merely ran out is no end, and neither is a task that somebody closed without saying what comes next.
    *overdue* counts open leads whose next step should have been looked at by *now*: the engine is not running.
    """
    counts = dict.fromkeys(FollowUp, 0)
    standing = follow_up()
    rows = connection.execute(select(standing, func.count()).select_from(t.leads).where(IS_OPEN).group_by(standing))
    counts |= {FollowUp(row[0]): row[1] for row in rows}
    late = exists().where(_mine(t.enrollments), ENROLLMENT_IS_OPEN, t.enrollments.c.due_at < now - OVERDUE_AFTER)
    return {
        "leads": connection.execute(select(func.count()).select_from(t.leads)).scalar_one(),
        "open": sum(counts.values()),
        **{str(standing): count for standing, count in counts.items()},
        "overdue": connection.execute(
            select(func.count()).select_from(t.leads).where(IS_OPEN, late.correlate(t.leads))
        ).scalar_one(),
        "as_of": now.isoformat(),
    }


def count_forgotten(connection: Connection, now: datetime) -> dict[str, int]:
    """Count the open leads, the forgotten among them, and those that are overdue, as `audit` does; quick over many leads.

    What `audit` tells besides, which promise holds for each, takes a look at every lead; this only looks for none.
    """
    nothing = (
        ~_walks_on(), ~_message_is_coming(), ~_is_on_a_list(), ~_stopped_everything(), ~_left(), ~_was_booked(),
    )  # fmt: skip
    leads, walks = select(func.count()).select_from(t.leads).where(IS_OPEN), t.enrollments
    late = (
        select(func.count(walks.c.lead_id.distinct()))
        .join(t.leads, t.leads.c.id == walks.c.lead_id)
        .where(walks.c.due_at < now - OVERDUE_AFTER, ENROLLMENT_IS_OPEN, IS_OPEN)
    )
    asked = {"open": leads, "forgotten": leads.where(*nothing), "overdue": late}
    query = select(*(one.scalar_subquery().label(name) for name, one in asked.items()))
    return dict(connection.execute(query).mappings().one())


def who_of(connection: Connection, lead_ids: Collection[str]) -> set[str]:
    """Return those of *lead_ids* that are open and can count on nothing; see `audit`."""
    of_these = t.leads.c.id.in_(sorted(set(lead_ids)))
    query = select(t.leads.c.id).where(of_these, IS_OPEN, follow_up() == FollowUp.FORGOTTEN.value)
    return set(connection.execute(query).scalars())


def after_all_that_turned(connection: Connection, lead_ids: Collection[str], now: datetime) -> dict[str, datetime]:
    """Return, for each of *lead_ids*, the instant of what turns them at *now*: later than all that turned them before.

    The latest word counts, also on a clock that went back: who books after they came back must not seem to have booked
    before. What turns a lead: they were booked, became a customer or came back, or entered or ended a sequence.
    """
    ids = sorted(set(lead_ids))
    happened, walk = t.happenings, t.enrollments
    turning = happened.c.name.in_((*BOOKED, CAME_BACK))
    turned = union_all(
        select(happened.c.lead_id, happened.c.at.label("at")).where(happened.c.lead_id.in_(ids), turning),
        select(walk.c.lead_id, walk.c.started_at).where(walk.c.lead_id.in_(ids)),
        select(walk.c.lead_id, walk.c.ended_at).where(walk.c.lead_id.in_(ids), walk.c.ended_at.is_not(None)),
    ).subquery()
    latest = connection.execute(select(turned.c.lead_id, func.max(turned.c.at)).group_by(turned.c.lead_id)).all()
    return dict.fromkeys(ids, now) | {row[0]: max(now, row[1] + A_MOMENT) for row in latest}


@cache  # it never changes, and building it costs more than asking it
def follow_up() -> ColumnElement[str]:
    """Return the expression that tells what an open lead can count on; see `audit`."""
    ends: Mapping[FollowUp, ColumnElement[bool]] = {
        FollowUp.NEXT_STEP: or_(_walks_on(), _message_is_coming()),
        FollowUp.TASK: _is_on_a_list(),
        FollowUp.ENDED: or_(_stopped_everything(), _left(), _was_booked()),
    }
    return case(*((condition, name.value) for name, condition in ends.items()), else_=FollowUp.FORGOTTEN.value)


def _mine(table: Any) -> ColumnElement[bool]:
    own: ColumnElement[bool] = table.c.lead_id == t.leads.c.id
    return own


def _walks_on() -> ColumnElement[bool]:
    dated = t.enrollments.c.due_at.is_not(None)
    return exists().where(_mine(t.enrollments), ENROLLMENT_IS_OPEN, dated).correlate(t.leads)


def _message_is_coming() -> ColumnElement[bool]:
    table, walk = t.messages, t.enrollments.alias()
    is_the_last = exists().where(walk.c.id == table.c.enrollment_id, walk.c.ended_at.is_not(None))
    coming = exists().where(
        _mine(table),
        table.c.state.in_(sorted(OPEN_STATES)),
        table.c.due_at.is_not(None),
        table.c.purpose != Purpose.CONFIRMATION,
        or_(table.c.state != MessageState.SENDING, ~is_the_last.correlate(table)),
    )
    return coming.correlate(t.leads)


def _is_on_a_list() -> ColumnElement[bool]:
    somebody = or_(t.tasks.c.owner != "", t.leads.c.owner != "")
    return exists().where(_mine(t.tasks), t.tasks.c.state == TaskState.OPEN, somebody).correlate(t.leads)


def _stopped_everything() -> ColumnElement[bool]:
    return and_(*(_stopped(channel) for channel in sorted(MACHINE_CHANNELS)))


def _stopped(channel: str) -> ColumnElement[bool]:
    """Return whether the latest fact of *channel* is a withdrawal; of two at one instant, the withdrawal counts."""
    stop, grant = t.consent_facts.alias(), t.consent_facts.alias()
    came_back = exists().where(
        grant.c.lead_id == stop.c.lead_id,
        grant.c.channel == channel,
        grant.c.kind == FactKind.GRANTED,
        grant.c.at > stop.c.at,
    )
    stopped = exists().where(
        _mine(stop),
        stop.c.channel == channel,
        stop.c.kind == FactKind.WITHDRAWN,
        stop.c.topic.is_(None),
        ~came_back.correlate(stop),
    )
    return stopped.correlate(t.leads)


def _left() -> ColumnElement[bool]:
    left = t.enrollments.alias()
    ended = exists().where(
        _mine(left),
        left.c.status == EnrollmentStatus.STOPPED,
        left.c.reason.like(LEFT),
        _nothing_since(left.c.ended_at, left),
    )
    return ended.correlate(t.leads)


def _was_booked() -> ColumnElement[bool]:
    booking = t.happenings.alias()
    noted = exists().where(_mine(booking), booking.c.name.in_(BOOKED), _nothing_since(booking.c.at, booking))
    return noted.correlate(t.leads)


def _nothing_since(instant: ColumnElement[datetime], told_by: Any) -> ColumnElement[bool]:
    """Return whether the lead neither walks any sequence, nor entered one or came back after *instant*."""
    walk, back = t.enrollments.alias(), t.happenings.alias()
    walks = exists().where(_mine(walk), or_(walk.c.ended_at.is_(None), walk.c.started_at > instant))
    returned = exists().where(_mine(back), back.c.name == CAME_BACK, back.c.at > instant)
    return and_(~walks.correlate(t.leads, told_by), ~returned.correlate(t.leads, told_by))
