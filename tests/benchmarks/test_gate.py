"""What the gate costs in a batch of two hundred leads, with what it is told and without, beside a floor of the same run.

The floor of loading is the cheapest that four queries can be: the same ids, one row of one column each.
"""

import sys
from collections.abc import Callable
from time import perf_counter

import pytest
from sqlalchemy import select

from channels.address import Channel
from consent.facts import Purpose, Request
from consent.gate import decide
from engine.flows.asking import request_for
from engine.flows.kit import Kit
from engine.store import consents, leads
from engine.store import tables as t
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.store.statements import IDS
from tests.benchmarks.town import MACHINE_CHANNELS, Witness, open_town, settle
from tests.servers import DatabaseServer

pytestmark = pytest.mark.benchmark

LEADS = 200
ROUNDS = 15


def best(work: Callable[[], object]) -> float:
    """Return the microseconds a lead of the fastest of some rounds: what disturbed the others was not ours."""
    took = []
    for _ in range(ROUNDS):
        began = perf_counter()
        work()
        took.append(perf_counter() - began)
    return min(took) / LEADS * 1e6


def test_a_decision_with_what_it_is_told(database_server: DatabaseServer) -> None:
    url = database_server.create_database()
    with open_town(url, [Witness(channel) for channel in MACHINE_CHANNELS]) as kit:
        lead_ids = settle(kit, LEADS)
        with kit.database.read() as connection:
            stored = list(leads.load(connection, lead_ids).values())
            now = kit.database.now(connection)
            facts = consents.load_gate_facts(connection, stored, now)

            loading = best(lambda: consents.load_gate_facts(connection, stored, now))
            floor = best(lambda: _four_queries(connection, lead_ids))
            reading = best(lambda: [_question(one) for one in stored])
            questions = [(_question(one), facts[one.lead.id]) for one in stored]
            deciding = best(lambda: [decide(asked, known, kit.rulebook, now) for asked, known in questions])
            together = best(lambda: _all_of_it(kit, connection, stored))

    sys.stderr.write(
        f"\n{database_server.kind}: a decision {deciding:.0f} us, its question {reading:.1f} us, what it is told {loading:.0f} us"
        f" ({loading / floor:.1f} x four bare queries), all of it {together:.0f} us ({together / floor:.1f} x)"
    )
    assert together < 3_000  # a mistake of an order of magnitude shows, a slow machine doesn't fail


def _question(stored: StoredLead) -> Request:
    return request_for(stored, channel=Channel.SMS, purpose=Purpose.MARKETING, planned_at=None, sequence="plan")


def _all_of_it(kit: Kit, connection: Connection, stored: list[StoredLead]) -> None:
    now = kit.database.now(connection)
    facts = consents.load_gate_facts(connection, stored, now)
    for one in stored:
        decide(_question(one), facts[one.lead.id], kit.rulebook, now)


_BARE = select(t.leads.c.id).where(t.leads.c.id.in_(IDS))


def _four_queries(connection: Connection, lead_ids: list[str]) -> None:
    for _ in range(4):
        connection.execute(_BARE, {"ids": lead_ids}).all()
