"""Faults of the product that the simulation found and that are still to be mended: told apart, never hidden.

An entry leaves with the change that mends it.
"""

from tests.dst.run import Outcome

KNOWN: dict[str, str] = {}


def is_known(outcome: Outcome) -> bool:
    """Return whether what broke is waiting to be mended."""
    return any(sign in (outcome.broken or "") for sign in KNOWN)
