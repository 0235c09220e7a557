"""What a rehearsal with many leads comes to: tables for people, one JSON object for machines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from engine.cli.output import emit, facts, say, table
from engine.simulation.trial import Trial
from engine.simulation.volume import Day

ROWS_MAX = 200  # of the calendar on a terminal; --json has every touch


def emit_trial(trial: Trial, *, sequence: str, behaviour: str, cents: float) -> None:
    """Write *trial* as one JSON object; *cents* is the price of a segment."""
    summary = trial.summary
    emit(
        {
            "sequence": sequence,
            "behaviour": behaviour,
            "from": summary.start,
            "to": summary.start + timedelta(days=summary.days),
            "touches": [asdict(one) for one in trial.touches],
            "held": [asdict(one) for one in trial.held],
            "holds": [asdict(one) for one in trial.holds],
            "volume": [asdict(one) for one in trial.volume],
            "texts": {**asdict(trial.texts), "cost_cents": trial.texts.cost_cents(cents)},
            "untexted": [asdict(one) for one in trial.untexted],
            "refused": [{"lead_id": one.lead_id, "reason": one.answer.reason} for one in trial.refused],
            "answered": trial.answered,
            "stopped": summary.opt_outs,
            "summary": summary.to_json(),
        }
    )


def tell_trial(trial: Trial, *, behaviour: str, cents: float) -> None:
    """Write *trial* as tables: the calendar, then what was held, the volume, the texts and who got none."""
    _tell_calendar(trial)
    _tell_stages(trial)
    _tell_held(trial)
    _tell_volume(trial.volume)
    _tell_untexted(trial)
    say()
    summary = trial.summary
    pairs: list[tuple[str, Any]] = [
        ("leads", summary.leads),
        ("not let in", len(trial.refused)),
        *((f"{name} sent" if name != "call" else "calls made", count) for name, count in summary.touches.items()),
        ("segments", f"{trial.texts.segments}, {trial.texts.cost_cents(cents) / 100:.2f} at {cents:g} cents each"),
        ("wrote back", trial.answered),
        ("stopped", summary.opt_outs),
    ]
    facts(pairs)
    say(f"Supposed: {summary.days} days of leads who behave as {behaviour}. Nothing was sent, and nothing kept.")


def _tell_calendar(trial: Trial) -> None:
    rows = [
        (
            one.at,
            one.name or one.to,
            one.channel,
            f"{one.sequence}/{one.stage}",
            one.template,
            one.state,
            _words(one.reason),
        )
        for one in trial.touches[:ROWS_MAX]
    ]
    table(["when", "lead", "channel", "stage", "message", "state", "why"], rows, empty="Nothing would be said.")
    if len(trial.touches) > ROWS_MAX:
        say(f"... and {len(trial.touches) - ROWS_MAX} more; --json shows all")


def _tell_stages(trial: Trial) -> None:
    counted = Counter((one.sequence, one.stage, one.channel, one.state) for one in trial.touches)
    if counted:
        say()
        table(["sequence", "stage", "channel", "state", "touches"], [(*of, n) for of, n in counted.items()], empty="")


def _tell_held(trial: Trial) -> None:
    if trial.holds:
        why = {(one.reason, one.rule): one.why for one in trial.held}
        rows = [(_words(one.reason), one.rule, one.touches, why.get((one.reason, one.rule))) for one in trial.holds]
        say()
        table(["held for", "rule", "touches", "because of"], rows, empty="")


def _tell_volume(volume: Sequence[Day]) -> None:
    if volume:
        say()
        rows = [(one.day, one.channel, one.sender, one.sent, one.tokens, _limit(one)) for one in volume]
        table(["day", "channel", "sender", "sent", "counted", "limit"], rows, empty="")


def _tell_untexted(trial: Trial) -> None:
    counted = Counter((one.reason, one.rule, one.why) for one in trial.untexted)
    if counted:
        say()
        rows = [(_words(reason), rule, count, why) for (reason, rule, why), count in counted.most_common()]
        table(["never texted", "rule", "leads", "because of"], rows, empty="")


def _limit(one: Day) -> str:
    if one.limit is None:
        return "none"
    return f"{one.limit}, reached" if one.tokens >= one.limit else str(one.limit)


def _words(reason: str) -> str:
    return reason.replace("_", " ")
