"""What the engine counts can be collected."""

from prometheus_client import REGISTRY

from engine import metrics


def _value(state: str) -> float:
    return REGISTRY.get_sample_value("fifthtouch_messages_total", {"channel": "sms", "state": state}) or 0


def test_messages_are_counted_by_channel_and_state() -> None:
    before = _value("accepted"), _value("held")

    metrics.count_messages("sms", {"accepted": 3, "held": 2})

    assert (_value("accepted"), _value("held")) == (before[0] + 3, before[1] + 2)


def test_everything_counted_is_exposed_with_its_meaning() -> None:
    text = metrics.exposition().decode()

    assert "# HELP fifthtouch_gate_decisions_total Answers of the consent gate" in text
    assert "# TYPE fifthtouch_receipt_seconds histogram" in text
