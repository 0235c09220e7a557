"""The facts the planner reads about a batch of enrollments, in four queries however large the batch."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, select

from channels.address import Channel
from channels.events import CallOutcome
from consent.facts import FactKind
from engine.domain.enrollment import Enrollment
from engine.domain.history import Facts, Happening, MessageFact, TaskFact
from engine.domain.message import Delivery, MessageState
from engine.domain.sequence import StageId
from engine.domain.task import TaskKind, TaskOutcome, TaskState
from engine.store import leads
from engine.store import tables as t
from engine.store.statements import IDS

MACHINE_CHANNELS = frozenset({Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL})


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHistory:
    """A lead's whole history; `facts_for` cuts it to one enrollment's view."""

    stored: leads.StoredLead
    messages: tuple[tuple[str | None, MessageFact], ...]
    tasks: tuple[tuple[str | None, TaskFact], ...]
    happenings: tuple[Happening, ...]
    withdrawn: frozenset[Channel]

    def facts_about_lead(self) -> Facts:
        """Return what is known of the lead before any enrollment."""
        return Facts(
            lead=self.stored.lead,
            earlier=tuple(fact for _, fact in self.messages),
            happenings=self.happenings,
            opted_out=self.withdrawn >= MACHINE_CHANNELS,
            withdrawn=self.withdrawn,
        )

    def facts_for(self, enrollment: Enrollment) -> Facts:
        """Return what the planner may know about *enrollment*."""
        return Facts(
            lead=self.stored.lead,
            messages=tuple(fact for owner, fact in self.messages if owner == enrollment.id),
            tasks=tuple(fact for owner, fact in self.tasks if owner == enrollment.id),
            earlier=tuple(fact for owner, fact in self.messages if owner != enrollment.id),
            happenings=self.happenings,
            opted_out=self.withdrawn >= MACHINE_CHANNELS,
            withdrawn=self.withdrawn,
        )


def load(connection: Connection, lead_ids: Collection[str]) -> dict[str, LeadHistory]:
    """Return the history of each lead named."""
    ids = sorted(set(lead_ids))
    stored = leads.load(connection, ids)
    messages, tasks = _messages(connection, ids), _tasks(connection, ids)
    happenings, withdrawn = _happenings(connection, ids), _withdrawn(connection, ids)
    return {
        lead_id: LeadHistory(
            stored=one,
            messages=tuple(messages[lead_id]),
            tasks=tuple(tasks[lead_id]),
            happenings=tuple(happenings[lead_id]),
            withdrawn=frozenset(withdrawn[lead_id]),
        )
        for lead_id, one in stored.items()
    }


def _messages(connection: Connection, ids: Sequence[str]) -> dict[str, list[tuple[str | None, MessageFact]]]:
    found: dict[str, list[tuple[str | None, MessageFact]]] = defaultdict(list)
    for row in connection.execute(_MESSAGES_OF, {"ids": ids}).mappings():
        found[row["lead_id"]].append((row["enrollment_id"], _message_fact(row)))
    return found


def _message_fact(row: RowMapping) -> MessageFact:
    return MessageFact(
        stage=StageId(row["stage"]),
        occurrence=row["occurrence"],
        channel=Channel(row["channel"]),
        template=row["template"],
        state=MessageState(row["state"]),
        reason=row["reason"],
        ended_at=row["ended_at"],
        delivery=Delivery(row["delivery"]),
        opened_at=row["opened_at"],
        clicked_at=row["clicked_at"],
        replied_at=row["replied_at"],
        outcome=CallOutcome(row["outcome"]) if row["outcome"] else None,
    )


def _tasks(connection: Connection, ids: Sequence[str]) -> dict[str, list[tuple[str | None, TaskFact]]]:
    found: dict[str, list[tuple[str | None, TaskFact]]] = defaultdict(list)
    for row in connection.execute(_TASKS_OF, {"ids": ids}).mappings():
        fact = TaskFact(
            stage=StageId(row["stage"]),
            occurrence=row["occurrence"],
            kind=TaskKind(row["kind"]),
            state=TaskState(row["state"]),
            outcome=TaskOutcome(row["outcome"]) if row["outcome"] else None,
            created_at=row["created_at"],
            due_at=row["due_at"],
            ended_at=row["ended_at"],
        )
        found[row["lead_id"]].append((row["enrollment_id"], fact))
    return found


def _happenings(connection: Connection, ids: Sequence[str]) -> dict[str, list[Happening]]:
    found: dict[str, list[Happening]] = defaultdict(list)
    for row in connection.execute(_HAPPENINGS_OF, {"ids": ids}):
        found[row.lead_id].append(Happening(name=row.name, at=row.at))
    return found


def _withdrawn(connection: Connection, ids: Sequence[str]) -> dict[str, set[Channel]]:
    """Return the channels whose latest fact is a withdrawal; of two at one instant, the withdrawal counts."""
    latest: dict[tuple[str, str], FactKind] = {}
    for row in connection.execute(_PERMISSION_OF, {"ids": ids}):
        latest[row.lead_id, row.channel] = FactKind(row.kind)
    found: dict[str, set[Channel]] = defaultdict(set)
    for (lead_id, channel), kind in latest.items():
        if kind is FactKind.WITHDRAWN:
            found[lead_id].add(Channel(channel))
    return found


def _of_leads(table: Table, names: str, *order: str) -> Select[Any]:
    """Return the statement for the columns *names* of the rows about some leads."""
    columns: list[Any] = [table.c[name] for name in names.split()]
    return select(*columns).where(table.c.lead_id.in_(IDS)).order_by(*(table.c[name] for name in order))


_MESSAGES_OF = _of_leads(
    t.messages,
    "lead_id enrollment_id stage occurrence channel template state reason ended_at delivery opened_at clicked_at "
    "replied_at outcome",
    "created_at",
    "id",
)
_TASKS_OF = _of_leads(
    t.tasks,
    "lead_id enrollment_id stage occurrence kind state outcome created_at due_at ended_at",
    "created_at",
    "id",
)
_HAPPENINGS_OF = _of_leads(t.happenings, "lead_id name at", "at", "id")
_PERMISSION_OF = _of_leads(t.consent_facts, "lead_id channel kind", "at", "kind", "id").where(
    t.consent_facts.c.kind.in_((FactKind.GRANTED, FactKind.WITHDRAWN)), t.consent_facts.c.topic.is_(None)
)
