"""Let go of what has been kept long enough: large old rows, and proofs that no law wants any longer."""

import structlog

from engine.domain.retention import BODIES, DECISIONS, FORM_RATES, IMPORTS, PAYLOADS, SUSPECTS, WEBHOOKS
from engine.flows.erasing import drop_overdue_proofs
from engine.flows.kit import Kit
from engine.store import imports, message_words, partitions, suspects, webhooks
from engine.store import tables as t

log = structlog.get_logger(__name__)

PERIODS = (
    (t.message_bodies, BODIES),
    (t.decisions, DECISIONS),
    (t.provider_payloads, PAYLOADS),
)

OLD_ROWS = (
    (message_words.drop_older, BODIES),
    (webhooks.drop_older, WEBHOOKS),
    (imports.empty_refused_rows, IMPORTS),
    (suspects.drop_suspects, SUSPECTS),
    (suspects.drop_rates, FORM_RATES),
)
DROPPED_MAX = 5_000

PASSES_MAX = 100
"""So that a first pass over years of rows leaves room for the ticker's other duties; the rest goes at the next one."""


def retain(kit: Kit) -> int:
    """Remove what is older than its period; return how many months, rows and proofs went."""
    gone = drop_overdue_proofs(kit)
    for table, period in PERIODS:
        for _ in range(PASSES_MAX):
            with kit.database.write() as connection:
                dropped = partitions.drop_expired(connection, kit.database.now(connection), period, tables=(table,))
            gone += dropped
            if not dropped:
                break
    for drop, period in OLD_ROWS:
        for _ in range(PASSES_MAX):
            with kit.database.write() as connection:
                dropped = drop(connection, kit.database.now(connection) - period, DROPPED_MAX)
            gone += dropped
            if not dropped:
                break
    if gone:
        log.info("retention.dropped", count=gone)
    return gone
