"""What the engine counts can be collected."""

from prometheus_client import REGISTRY

from engine import metrics


def _value(outcome: str) -> float:
    labels = {"channel": "sms", "outcome": outcome}
    return REGISTRY.get_sample_value("fifthtouch_receipts_total", labels) or 0


def test_receipts_are_counted_by_channel_and_outcome() -> None:
    before = _value("accepted")

    metrics.RECEIPTS.labels("sms", "accepted").inc(3)

    assert _value("accepted") == before + 3


def test_everything_counted_is_exposed_with_its_meaning() -> None:
    text = metrics.exposition().decode()

    assert "# HELP fifthtouch_gate_decisions_total Answers of the consent gate" in text
    assert "# TYPE fifthtouch_first_touch_seconds histogram" in text
