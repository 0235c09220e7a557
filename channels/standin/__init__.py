"""The stand-in: SendGrid, Twilio and an SMTP relay on this machine, as their wires look, for tests and for trying.

It knows nothing of our adapters and shares no code with them but vocabulary: what it took is judged by its own account
alone. Nothing it is told to post or fetch ever leaves the loopback address.
"""

from channels.standin.account import Accepted, Account, Provider, read_account, read_notes
from channels.standin.faults import Fault, FaultKind
from channels.standin.leads import Deed, Does, does, usual
from channels.standin.posts import Posted, Trick
from channels.standin.standin import StandIn

__all__ = [
    "Accepted",
    "Account",
    "Deed",
    "Does",
    "Fault",
    "FaultKind",
    "Posted",
    "Provider",
    "StandIn",
    "Trick",
    "does",
    "read_account",
    "read_notes",
    "usual",
]
