"""Something that staff must know of: opened once however often it shows, told once, closed when it is over."""

from enum import StrEnum


class IncidentKind(StrEnum):
    """What went wrong, in the words of the delivery log."""

    SENDER_FAILING = "sender_failing"  # its breaker is open: the provider refuses or can't be reached
    SENDER_PAUSED = "sender_paused"  # bounces or complaints crossed their limit
    SENDER_SILENT = "sender_silent"  # the provider has not called back for too long
    OUTCOME_UNKNOWN = "outcome_unknown"  # a message may or may not have arrived; a person must say
    EVENT_POISONED = "event_poisoned"  # an event could not be absorbed and was set aside
    CONTENT_HELD = "content_held"  # messages wait because a template fails a rule or misses a value
    LEADS_FORGOTTEN = "leads_forgotten"  # open leads with no next step, no task and no end
    LEDGER_BROKEN = "ledger_broken"  # the chain of the consent ledger does not hold
