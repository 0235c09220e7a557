"""Chain new consent facts to those before them, a batch at a time, so that a stop never waits for the chain."""

from consent.ledger import GENESIS, seal
from engine.flows.kit import Kit
from engine.store import seals

BATCH_MAX = 1_000


def seal_facts(kit: Kit, limit: int = BATCH_MAX) -> int:
    """Seal up to *limit* facts that are not in the chain yet; return how many were."""
    with kit.database.write() as connection:
        facts = seals.unsealed(connection, limit)
        if not facts:
            return 0
        number, head = seals.last(connection) or (0, GENESIS)
        now = kit.database.now(connection)
        row = {"number": number + 1, "previous_head": head, "head": seal(head, facts), "at": now}
        seals.add(connection, row, [str(fact["id"]) for fact in facts])
    return len(facts)
