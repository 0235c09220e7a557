"""Small simulated worlds, and an account of them that the engine had no part in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from channels.address import Channel
from channels.events import EventKind
from consent.replies import Label, classify
from consent.replies.keywords import command
from engine.bootstrap import prepare
from engine.domain.task import TaskKind, TaskOutcome
from engine.flows.absorb import event_from_json
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.simulation.run import virtual_world
from engine.simulation.simulate import Plan, simulate
from engine.simulation.summary import Summary
from engine.store import tables as t

EVERY_CHANNEL = frozenset(Channel)
AUTOMATED_PHONE = frozenset({Channel.SMS, Channel.VOICEMAIL})
KIN = {
    Channel.EMAIL: frozenset({Channel.EMAIL}),
    Channel.SMS: AUTOMATED_PHONE,
    Channel.VOICEMAIL: AUTOMATED_PHONE,
    Channel.CALL: frozenset({Channel.CALL, Channel.VOICEMAIL}),
}


@contextmanager
def lived(url: str, plan: Plan) -> Iterator[tuple[Kit, Summary]]:
    """Run *plan* in the database at *url*; give the kit and the summary."""
    world = virtual_world(plan.seed, plan.start)
    kit = prepare(Settings(database_url=url, secret_key="only for tests", _env_file=None), world)
    try:
        yield kit, simulate(kit, world, plan)
    finally:
        kit.database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What the table *What stops what* says that something a lead did ended, for whom, and when."""

    address: str
    channels: frozenset[Channel]
    at: datetime


def stops(connection: Connection) -> list[Stopped]:
    """Return every stop, read from what the sandbox told and what our people noted, never from the ledger."""
    told = connection.execute(select(t.sandbox_events.c.event).where(t.sandbox_events.c.told_at.is_not(None)))
    found = [one for event in told.scalars() for one in _of_event(event)]
    query = select(t.tasks.c.outcome, t.tasks.c.ended_at, t.leads.c.email, t.leads.c.phone)
    called = connection.execute(
        query.join(t.leads, t.leads.c.id == t.tasks.c.lead_id).where(
            t.tasks.c.outcome.in_((TaskOutcome.NO, TaskOutcome.WRONG_NUMBER))
        )
    )
    for outcome, at, email, phone in called:
        addresses = (phone,) if outcome == TaskOutcome.WRONG_NUMBER else (email, phone)
        found += [Stopped(address=one, channels=EVERY_CHANNEL, at=at) for one in addresses if one]
    return found


def _of_event(value: dict[str, object]) -> list[Stopped]:
    event = event_from_json(value)
    channels: frozenset[Channel] = frozenset()
    match event.kind:
        case EventKind.BOUNCED | EventKind.COMPLAINED:
            channels = EVERY_CHANNEL
        case EventKind.UNSUBSCRIBED:
            channels = KIN[event.channel]
        case EventKind.REPLIED:
            channels = _of_reply(event.text or "", event.channel, event.at)
    assert event.address is not None
    return [Stopped(address=event.address, channels=channels, at=event.at)] if channels else []


def _of_reply(text: str, channel: Channel, at: datetime) -> frozenset[Channel]:
    reading = classify(text, at)
    if reading.label is Label.WRONG_NUMBER:
        return EVERY_CHANNEL
    if reading.label is not Label.OPT_OUT:
        return frozenset()
    if command(text) is not None and channel is not Channel.EMAIL:
        return KIN[channel]
    named = frozenset(kin for one in reading.channels for kin in KIN.get(one, {one}))
    return named or EVERY_CHANNEL


def touches_after_a_stop(connection: Connection) -> list[str]:
    """Return what the sandbox got, or our people dialled, at an address after a stop that covers it."""
    ended = stops(connection)
    account = t.sandbox_messages
    made = [(row.to, Channel(row.channel), row.at) for row in connection.execute(select(account))]
    dialled = select(t.leads.c.phone, t.tasks.c.ended_at).join(t.leads, t.leads.c.id == t.tasks.c.lead_id)
    calls = connection.execute(dialled.where(t.tasks.c.kind == TaskKind.CALL, t.tasks.c.state == "done"))
    made += [(phone, Channel.CALL, at) for phone, at in calls]
    return [
        f"{channel} to {to} at {at} after {stop.at}"
        for to, channel, at in made
        for stop in ended
        if stop.address == to and channel in stop.channels and at > stop.at
    ]
