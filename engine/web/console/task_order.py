"""The tasks that wait now, in the order in which they are worth doing; each call among them asked of the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.address import Channel
from consent.answer import Answer, Outcome
from consent.facts import Purpose
from engine.domain.lead import LeadStatus
from engine.domain.next_task import Doable, Place, Waiting, in_order
from engine.domain.task import TaskKind
from engine.flows.asking import ask
from engine.flows.kit import Kit
from engine.store import consents, leads, task_list
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.store.pages import Row

CONSIDERED = 60  # of the latest, and as many of the most overdue: each call among them is asked of the gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Tasks by id, what the gate says of each call, who the leads are, and where each task stands."""

    rows: Mapping[str, Row]
    calls: Mapping[str, Answer]
    stored: Mapping[Any, StoredLead]
    places: Sequence[Place]


def what_waits(
    kit: Kit,
    connection: Connection,
    now: datetime,
    *,
    kind: str | None = None,
    owner: str | None = None,
    also: Row | None = None,
    considered: int = CONSIDERED,
) -> Order:
    """Return what waits now, and *also*, a task that somebody asked for by name: nine queries, however much waits."""
    rows = {row["id"]: row for row in task_list.due_tasks(connection, now, kind=kind, owner=owner, rows=considered)}
    if also is not None:
        rows.setdefault(also["id"], also)
    everyone = list(rows.values())
    stored = leads.load(connection, [row["lead_id"] for row in everyone])
    calls = _ask_gate(kit, connection, everyone, stored, now)
    return Order(rows=rows, calls=calls, stored=stored, places=_placed(connection, everyone, calls, now))


def _placed(connection: Connection, rows: Sequence[Row], calls: Mapping[str, Answer], now: datetime) -> list[Place]:
    """Return the places of the due tasks, the first to do first."""
    signals = task_list.signals(connection, [row["lead_id"] for row in rows])
    waiting = [
        Waiting(
            id=row["id"],
            due_at=row["due_at"],
            lead_since=row["lead_created_at"],
            status=LeadStatus(row["lead_status"]),
            interest=row["lead_interest"],
            worth=_worth(row),
            replied_at=signals[row["lead_id"]].replied_at,
            clicked_at=signals[row["lead_id"]].clicked_at,
            doable=_doable(calls.get(row["id"])),
            opens_at=calls[row["id"]].until if row["id"] in calls else None,
        )
        for row in rows
    ]
    return in_order(waiting, now)


_DOABLE = {Outcome.ALLOW: Doable.NOW, Outcome.HOLD: Doable.LATER, Outcome.BLOCK: Doable.NOT}


def _doable(answer: Answer | None) -> Doable:
    return Doable.NOW if answer is None else _DOABLE[answer.outcome]


def _worth(row: Row) -> float:
    """Return what the lead is worth: the value somebody gave it, else what it cost."""
    try:
        value = float((row["lead_custom"] or {}).get("value", ""))
    except (TypeError, ValueError):
        value = 0.0
    return value if 0 < value < float("inf") else row["lead_cost_cents"] / 100


def _ask_gate(
    kit: Kit, connection: Connection, rows: Sequence[Row], stored: Mapping[Any, StoredLead], now: datetime
) -> dict[str, Answer]:
    """Return the gate's answer for each call among *rows*, by task id: three queries for the whole page."""
    calls = [row for row in rows if row["kind"] == TaskKind.CALL]
    whom = {row["lead_id"]: stored[row["lead_id"]] for row in calls}
    facts = consents.load_gate_facts(connection, whom.values(), now)
    return {
        row["id"]: ask(
            whom[row["lead_id"]],
            facts[row["lead_id"]],
            kit.rulebook,
            now,
            channel=Channel.CALL,
            purpose=Purpose(row["purpose"] or Purpose.MARKETING),
            planned_at=now,
            sequence=row["sequence"],
        )
        for row in calls
    }
