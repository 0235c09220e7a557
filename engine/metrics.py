"""What the engine counts while it works, in the form Prometheus collects.

Counts of this process since it started, for graphs and alarms. Facts about leads and messages come from the database.
"""

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST

RECEIPTS = Counter("fifthtouch_receipts", "What providers said at once, by channel.", ["channel", "outcome"])
DECISIONS = Counter(
    "fifthtouch_gate_decisions", "Answers of the consent gate, and the rule behind each.", ["outcome", "rule"]
)
EVENTS = Counter("fifthtouch_provider_events", "Events providers reported, by kind.", ["provider", "kind"])
CALLBACKS = Counter(
    "fifthtouch_callbacks", "Requests to our webhooks, by what became of them.", ["provider", "callback", "outcome"]
)
INCIDENTS = Gauge("fifthtouch_incidents_open", "Incidents that staff should know of, by kind.", ["kind"])
TICKS = Counter("fifthtouch_ticks", "Passes of the ticker.", ["outcome"])

# A lead should hear from us within seconds of asking; five minutes is where the chance to reach them drops.
FIRST_TOUCH_SECONDS = Histogram(
    "fifthtouch_first_touch_seconds",
    "Time from a lead's arrival to the first touch.",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)


def exposition(registry: CollectorRegistry = REGISTRY) -> bytes:
    """Return everything counted, as the text Prometheus reads."""
    return generate_latest(registry)
