"""Tell the closed lists of words that logs, filters and answers use, each with its meaning as it stands in the code."""

import inspect
from enum import StrEnum

from channels.address import Channel
from channels.events import CallOutcome, EventKind
from channels.message import Fault, ReceiptKind
from consent.facts import Basis, FactKind, Purpose, SuppressionReason
from consent.reasons import GateReason
from consent.replies import Label
from engine.domain.decision import Reason
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.entry import EntryReason
from engine.domain.lead import LeadStatus
from engine.domain.message import Delivery, MessageState
from engine.domain.task import TaskKind, TaskOutcome, TaskState

LISTS: tuple[type[StrEnum], ...] = (
    Channel, LeadStatus, EnrollmentStatus, EntryReason, Reason, GateReason, MessageState, Delivery, ReceiptKind, Fault,
    EventKind, CallOutcome, Purpose, FactKind, Basis, SuppressionReason, Label, TaskKind, TaskState, TaskOutcome,
)  # fmt: skip


def words_page() -> str:
    """Return every list with the meaning of each word."""
    return "\n".join([
        "# Words and reasons",
        "",
        "The closed lists behind `log`, `why`, `gate explain` and their filters.",
        *(line for each in LISTS for line in _list(each)),
    ])  # fmt: skip


def _list(each: type[StrEnum]) -> list[str]:
    meanings = meanings_of(each)
    rows = [f"| `{member.value}` | {meanings[member.name]} |" for member in each]
    return [
        "",
        f"## {each.__name__}",
        "",
        (each.__doc__ or "").split("\n")[0],
        "",
        "| word | meaning |",
        "|---|---|",
        *rows,
    ]


def meanings_of(each: type[StrEnum]) -> dict[str, str]:
    """Return the comment beside each member; a member without one is a mistake."""
    found = {}
    for line in inspect.getsource(each).splitlines():
        name, equals, rest = line.strip().partition(" = ")
        if equals and name.isupper():
            found[name] = rest.partition("#")[2].strip().replace("|", "\\|")
    return found
