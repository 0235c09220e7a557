"""What the engine counts while it works, in the form Prometheus collects.

Counts of this process since it started, for graphs and alarms. Facts about leads and messages come from the database.
"""

from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST

MESSAGES = Counter("fifthtouch_messages", "Messages that entered a state.", ["channel", "state"])
DECISIONS = Counter(
    "fifthtouch_gate_decisions", "Answers of the consent gate, and the rule behind each.", ["outcome", "rule"]
)
EVENTS = Counter("fifthtouch_provider_events", "Events providers reported, by kind.", ["provider", "kind"])
TICKS = Counter("fifthtouch_ticks", "Passes of the ticker.", ["outcome"])

# From "at once" to "the deadline passed": a call must begin within 2 s and may take up to its time-out of 30 s.
RECEIPT_SECONDS = Histogram(
    "fifthtouch_receipt_seconds",
    "Time from a committed attempt to its receipt.",
    ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
)

# A lead should hear from us within seconds of asking; five minutes is where the chance to reach them drops.
FIRST_TOUCH_SECONDS = Histogram(
    "fifthtouch_first_touch_seconds",
    "Time from a lead's arrival to the first touch that a provider accepted.",
    ["channel"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)


def count_messages(channel: str, states: Mapping[str, int]) -> None:
    """Add how many messages of *channel* entered each of *states*."""
    for state, count in states.items():
        MESSAGES.labels(channel, state).inc(count)


def exposition(registry: CollectorRegistry = REGISTRY) -> bytes:
    """Return everything counted, as the text Prometheus reads."""
    return generate_latest(registry)
