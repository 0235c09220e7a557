"""Whether anything left after the lead had said stop: counted from the ledger and the attempts, not from the gate."""

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from channels.address import Channel
from consent.facts import Basis, FactKind, Purpose, SuppressionReason
from engine.store import tables as t

KIN = (Channel.SMS, Channel.VOICEMAIL)
"""Who stops one of these has stopped the other: every automated phone channel."""


def sent_after_opt_out(connection: Connection) -> int:
    """Return how many attempts were begun although a stop that covers them was on record: always 0.

    A stop is a withdrawal of that lead for the channel (or its kin) and purpose, unless the lead granted it anew
    between the stop and the attempt; or a suppression of the address for the channel (or, for an opt-out, its kin),
    which nothing lifts. Confirmations are aside: they answer the stop. An attempt counts whatever came of it.
    """
    query = (
        select(func.count())
        .select_from(t.attempts.join(t.messages, t.messages.c.id == t.attempts.c.message_id))
        .where(t.messages.c.purpose != Purpose.CONFIRMATION, or_(_was_withdrawn(), _was_suppressed()))
    )
    return connection.execute(query).scalar_one()


def opt_out_count(connection: Connection) -> int:
    """Return how many leads have withdrawn permission, for one channel or for all, at any time."""
    table = t.consent_facts
    query = select(func.count(table.c.lead_id.distinct())).where(table.c.kind == FactKind.WITHDRAWN)
    return connection.execute(query).scalar_one()


def _was_withdrawn() -> ColumnElement[bool]:
    stop, again = t.consent_facts.alias(), t.consent_facts.alias()
    messages, attempts = t.messages, t.attempts
    granted_since = exists().where(
        again.c.lead_id == stop.c.lead_id,
        again.c.kind == FactKind.GRANTED,
        again.c.basis != Basis.NONE,
        again.c.channel == messages.c.channel,
        # Who allows offers also allows what they asked for.
        or_(again.c.purpose.is_(None), again.c.purpose.in_((messages.c.purpose, Purpose.MARKETING.value))),
        again.c.at > stop.c.at,
        again.c.recorded_at <= attempts.c.started_at,
    )
    covered = exists().where(
        # Of a lead that was joined with a double, each was written to by what that one had said.
        stop.c.lead_id == func.coalesce(messages.c.sent_as, messages.c.lead_id),
        stop.c.kind == FactKind.WITHDRAWN,
        _is_same_or_kin(stop.c.channel),
        or_(stop.c.purpose.is_(None), stop.c.purpose == messages.c.purpose),
        or_(stop.c.topic.is_(None), stop.c.topic == messages.c.topic),
        stop.c.recorded_at < attempts.c.started_at,
        ~granted_since.correlate(stop, messages, attempts),
    )
    return covered.correlate(messages, attempts)


def _was_suppressed() -> ColumnElement[bool]:
    suppression, address = t.suppressions, t.addresses
    covered = exists().where(
        address.c.id == t.messages.c.address_id,
        suppression.c.kind == address.c.kind,
        suppression.c.key == address.c.key,
        or_(
            suppression.c.channel.in_(("", t.messages.c.channel)),
            and_(suppression.c.reason == SuppressionReason.OPTED_OUT, _is_same_or_kin(suppression.c.channel)),
        ),
        suppression.c.at < t.attempts.c.started_at,
    )
    return covered.correlate(t.messages, t.attempts)


def _is_same_or_kin(stopped: ColumnElement[str]) -> ColumnElement[bool]:
    asked = t.messages.c.channel
    return or_(stopped == asked, and_(stopped.in_(KIN), asked.in_(KIN)))
