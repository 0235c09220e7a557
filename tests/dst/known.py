"""Faults of the product that the simulation found and that are still to be mended: told apart, never hidden.

An entry leaves with the change that mends it.
"""

from tests.dst.run import Outcome

KNOWN = {
    "is unknown although the provider told us of it": (
        "An event that comes between the call and its receipt is absorbed while the message is still sending; a "
        "receipt without an answer then says unknown, and nobody looks at the event again."
    ),
    "a stop is answered only after": (
        "A stop waits in database time; where that clock goes back by an hour while a call is open, it waits an hour."
    ),
}


def is_known(outcome: Outcome) -> bool:
    """Return whether what broke is waiting to be mended."""
    return any(sign in (outcome.broken or "") for sign in KNOWN)
