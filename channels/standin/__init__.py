"""The stand-in: SendGrid, Twilio and an SMTP relay on this machine, as their wires look, for tests and for trying.

It knows nothing of our adapters and shares no code with them but vocabulary: what it took is judged by its own account
alone. Nothing it is told to post or fetch ever leaves the loopback address.
"""

from channels.standin.account import Accepted, Account, Provider
from channels.standin.faults import Fault, FaultKind
from channels.standin.standin import StandIn

__all__ = ["Accepted", "Account", "Fault", "FaultKind", "Provider", "StandIn"]
