"""Do everything that is due now, in this thread: for tests, virtual time and one-off commands."""

from engine.flows.absorb import absorb
from engine.flows.advance import advance
from engine.flows.claiming import LANES
from engine.flows.deliver import deliver
from engine.flows.kit import Kit
from engine.flows.reconcile import reconcile


def run_due(kit: Kit) -> int:
    """Advance, deliver, absorb and reconcile until nothing is due; return how many things were done."""
    total = 0
    while done := _round(kit):
        total += done
    return total


def _round(kit: Kit) -> int:
    walked = advance(kit)
    sent = sum(deliver(kit, lane) for lane in LANES)
    return walked + sent + absorb(kit) + reconcile(kit)
