"""`rulebook`: look whether a file of rules can be read, and list what binds the gate."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from consent.rule import Rule
from consent.rulebook import Rulebook, load_rulebook
from consent.telling import asks_of, in_force
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.gate import channel_named
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, facts, say, table
from engine.cli.rulebook_replay import replay

app = noun()
APPS = {"rulebook": app}

NOTICE = "Engineering material, not legal advice."


@app.callback()
def rulebook() -> None:
    """Check a file of rules, and list the rules that bind the gate."""


app.command()(replay)


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A file of rules; else the one of FIFTHTOUCH_RULEBOOK.")] = None,
    *,
    json: Json = False,
) -> None:
    """Read the packaged rules and a business's own, and say how many there are; a mistake is told with its place."""
    own = file or settings_now().rulebook
    book = load_rulebook(own)
    added = len(book.rules) - len(load_rulebook().rules)
    loosened = {rule.id: rule.waived_by for rule in book.rules if rule.waived_by}
    counted: dict[str, Any] = {
        "version": book.version,
        "file": None if own is None else str(own),
        "rules": len(book.rules),
        "added": added,
        "unverified": sum(not rule.verified for rule in book.rules),
        "jurisdictions": len(book.jurisdictions),
        "kinds": dict(Counter(rule.kind.value for rule in book.rules)),
        "loosened": loosened,
    }
    if json:
        emit(counted)
        return
    say(f"The rules can be read{'' if own is None else f', those of {own} too'}.")
    facts([(name, value) for name, value in counted.items() if name != "file"], indent=2)


@app.command()
def show(
    *,
    jurisdiction: Annotated[
        str | None, typer.Option(help="Only what binds there, such as US-FL; a country's rules and those of all count.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Only what binds this channel.")] = None,
    json: Json = False,
) -> None:
    """List the rules: what each asks, by which law, since when, and by which attestation it is lifted."""
    book = load_rulebook(settings_now().rulebook)
    chosen = list(book.rules)
    if jurisdiction is not None:
        places = _places(book, jurisdiction.strip())
        chosen = [rule for rule in chosen if not places.isdisjoint(rule.jurisdictions)]
    if channel is not None:
        way = channel_named(channel)
        chosen = [rule for rule in chosen if way in rule.channels]
    if json:
        for rule in chosen:
            emit(_row(rule))
        return
    headers = ["rule", "where", "channels", "kind", "asks", "in force", "lifted by", "source", "note"]
    table(headers, [tuple(_line(rule)) for rule in chosen], empty="No rule binds there.")
    say()
    say(f"Rulebook {book.version}. {NOTICE}")


def _places(book: Rulebook, text: str) -> frozenset[str]:
    """Return the jurisdictions whose rules hold in *text*; raises `Complaint` where there are no rules for it."""
    from consent.jurisdiction import jurisdictions_of
    from consent.rule import EVERYWHERE

    known = {place.upper(): place for place in book.jurisdictions}
    if text.upper() not in known and text.partition("-")[0].upper() not in known:
        raise Complaint(f"there are no rules for {text!r}: write a country such as US or a state such as US-FL")
    return frozenset(jurisdictions_of((known.get(text.upper(), text.upper()),), book.jurisdictions)) | {EVERYWHERE}


def _line(rule: Rule) -> list[str]:
    sure = "" if rule.verified else " (unverified)"
    places, ways = ", ".join(sorted(rule.jurisdictions)), ", ".join(sorted(rule.channels))
    return [
        rule.id, places, ways, rule.kind, asks_of(rule), in_force(rule), rule.waived_by, rule.citation + sure, rule.note,
    ]  # fmt: skip


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "jurisdictions": sorted(rule.jurisdictions),
        "channels": sorted(rule.channels),
        "purposes": sorted(rule.purposes),
        "kind": rule.kind.value,
        "asks": asks_of(rule),
        "verified": rule.verified,
        "in_force": in_force(rule),
        "citation": rule.citation,
        "note": rule.note,
        "watch": rule.watch,
        "look_again": rule.look_again,
        "loosened_by": rule.waived_by,
        "loosened_because": rule.waived_because,
    }
