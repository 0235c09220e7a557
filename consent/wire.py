"""The gate's answer as JSON: for the command line, the log and whoever asks why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from consent.answer import Answer, RuleAnswer


def to_json(answer: Answer) -> dict[str, Any]:
    """Return *answer* in plain JSON values; instants as ISO 8601 in UTC."""
    return {
        "outcome": answer.outcome.value,
        "until": _plain(answer.until),
        "reason": answer.reason,
        "rule": answer.rule,
        "rules": [_rule(rule) for rule in answer.rules],
        "evidence": [{"value": sign.value, "source": sign.source} for sign in answer.evidence],
        "rulebook": answer.rulebook,
    }


def _rule(answer: RuleAnswer) -> dict[str, Any]:
    return {
        "id": answer.id,
        "answer": answer.outcome.value,
        "reason": answer.reason,
        "until": _plain(answer.until),
        "inputs": _plain(answer.inputs),
        "citation": answer.citation,
    }


def _plain(value: Any) -> Any:
    # The commonest first: every touch keeps the trace of some twenty rules.
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value]
