"""A message: one thing to say to one address by machine, and the states it may take."""

from enum import StrEnum


class MessageState(StrEnum):
    """Our side: how far we got. The provider's side is `Delivery`."""

    SCHEDULED = "scheduled"  # waits for its time, then for a worker
    HELD = "held"  # the gate, a window, a pause or a missing value says later; a reason, and a time unless a person decides
    CLAIMED = "claimed"  # a worker has it under lease; nothing has left
    SENDING = "sending"  # an attempt is on record; the call may have started
    ACCEPTED = "accepted"  # the provider took it
    FAILED = "failed"  # tried and refused for good
    UNKNOWN = "unknown"  # it left and no evidence tells whether it arrived; never resent blindly
    SKIPPED = "skipped"  # it was never tried, for one reason
    CANCELLED = "cancelled"  # overtaken: the lead stopped, left or answered before it was sent


OPEN_STATES = frozenset({MessageState.SCHEDULED, MessageState.HELD, MessageState.CLAIMED, MessageState.SENDING})
"""A run is finished when none of its messages is in one of these."""

CLAIMABLE_STATES = frozenset({MessageState.SCHEDULED, MessageState.HELD, MessageState.CLAIMED})
"""A claimed message whose lease is over is claimed again: nothing of it has left."""

WITHDRAWABLE_STATES = CLAIMABLE_STATES
"""What a stop cancels; a sending one is waited for instead."""

LEGAL_MOVES: dict[MessageState, frozenset[MessageState]] = {
    # From here to accepted only where an operator let it go again, and evidence of the first try came before it left.
    MessageState.SCHEDULED: frozenset(
        {MessageState.CLAIMED, MessageState.HELD, MessageState.ACCEPTED, MessageState.SKIPPED, MessageState.CANCELLED}
    ),
    MessageState.HELD: frozenset(
        {
            MessageState.SCHEDULED,
            MessageState.CLAIMED,
            MessageState.ACCEPTED,
            MessageState.SKIPPED,
            MessageState.CANCELLED,
        }
    ),
    MessageState.CLAIMED: frozenset(
        {
            MessageState.CLAIMED,
            MessageState.SCHEDULED,
            MessageState.HELD,
            MessageState.SENDING,
            MessageState.ACCEPTED,
            MessageState.SKIPPED,
            MessageState.CANCELLED,
        }
    ),
    # Back to scheduled only on proof that no byte left, or that the provider refused it.
    MessageState.SENDING: frozenset(
        {
            MessageState.SCHEDULED,
            MessageState.ACCEPTED,
            MessageState.FAILED,
            MessageState.UNKNOWN,
            MessageState.CANCELLED,
        }
    ),
    MessageState.ACCEPTED: frozenset(),
    MessageState.FAILED: frozenset({MessageState.SCHEDULED}),  # an operator replays what is retryable
    # Evidence, or an operator; failed only where its provider's refusal came late.
    MessageState.UNKNOWN: frozenset({MessageState.ACCEPTED, MessageState.SCHEDULED, MessageState.FAILED}),
    MessageState.SKIPPED: frozenset(),
    MessageState.CANCELLED: frozenset(),
}


class Delivery(StrEnum):
    """The provider's side: what became of an accepted message. Listed weakest first; see `delivery.absorb`."""

    NONE = "none"  # nothing heard yet
    DEFERRED = "deferred"  # the far side asked for patience
    UNDELIVERED = "undelivered"  # it did not arrive; the address may be good
    DELIVERED = "delivered"  # it arrived
    BOUNCED = "bounced"  # the address is dead, whatever was said before
