"""`consent verify` and `consent anchor`: is the ledger whole, and what to write down so that nobody can cut it."""

from dataclasses import asdict
from typing import Annotated

import typer

from consent.chain import Anchor, Fault, Finding, anchor_from
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts, say, warn
from engine.flows import proving

SAYINGS = {
    Fault.ALTERED: "its facts don't lead to its head: one was changed, moved, added or taken out",
    Fault.MISSING: "a sealed fact is gone",
    Fault.PERSONAL: "the personal data are not those the fact was made with",
    Fault.GAP: "a seal is gone, or has another number",
    Fault.FORKED: "it doesn't follow the seal before it",
    Fault.MOVED: "its facts are not numbered 0, 1, 2 ...",
    Fault.UNREADABLE: "a fact holds what no fact can hold",
    Fault.CUT: "the ledger ends before this anchor: its end was cut off",
    Fault.ANCHOR: "the anchor names another head: the ledger was rewritten, or the anchor is another ledger's",
}
SHOWN_MAX = 10


def verify(
    *,
    anchor: Annotated[
        list[str] | None, typer.Option(metavar="HEAD@NUMBER", help="A head that was written down; may be given often.")
    ] = None,
    json: Json = False,
) -> None:
    """Recompute the whole ledger, and say whether anything was changed, dropped, slipped in or cut off."""
    anchors = [_read(text) for text in anchor or ()]
    with opened_kit() as kit:
        verdict = proving.verify(kit, anchors)
    if json:
        emit({"whole": verdict.is_whole, **asdict(verdict), "first_broken": _first(verdict.findings)})
    else:
        facts(
            [
                ("seals", verdict.seals),
                ("sealed facts", verdict.sealed),
                ("not sealed yet", verdict.unsealed),
                ("erased", verdict.erased),
                ("head", f"{verdict.head}@{verdict.number}"),
            ]
        )
        if verdict.late:
            warn(f"{len(verdict.late)} facts were written an hour or more after they say, the first {verdict.late[0]}.")
        for finding in verdict.findings[:SHOWN_MAX]:
            say(f"BROKEN at {_where(finding)}: {SAYINGS[finding.fault]}.")
        if verdict.broken > SHOWN_MAX:
            say(f"... and {verdict.broken - SHOWN_MAX} more places")
        say("The ledger is whole." if verdict.is_whole else _remedy())
    if not verdict.is_whole:
        raise typer.Exit(1)


def anchor(
    *,
    by: Annotated[str, typer.Option(help="Who asks; kept in the audit log.")] = "command-line",
    json: Json = False,
) -> None:
    """Tell the ledger's head, to be kept outside: on paper, in a mail, in a repository."""
    with opened_kit() as kit:
        told = proving.anchor(kit, by=by)
    if json:
        emit({**asdict(told), "anchor": told.text})
        return
    facts([("anchor", told.text), ("at", told.at)])
    if told.unsealed:
        warn(f"{told.unsealed} facts are not sealed yet, and so not covered: the running engine seals every second.")


def _read(text: str) -> Anchor:
    found = anchor_from(text)
    if found is None:
        raise Complaint(f"{text[:80]!r} is no anchor: write HEAD@NUMBER as `fifthtouch consent anchor` printed it")
    return found


def _first(findings: tuple[Finding, ...]) -> dict[str, object] | None:
    return asdict(findings[0]) if findings else None


def _where(finding: Finding) -> str:
    seal = "a fact without seal" if finding.number is None else f"seal {finding.number}"
    return f"{seal}, fact {finding.fact_id}" if finding.fact_id else seal


def _remedy() -> str:
    return "Keep this database as it is, compare it with your latest backup, and find out who could write to it."
