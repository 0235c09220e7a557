"""Tell every packaged rule, by jurisdiction, and what has to be looked at again."""

from consent.rule import EVERYWHERE, Rule
from consent.rulebook import load_rulebook
from consent.telling import asks_of, in_force

HEADER = ("| rule | channels | kind | asks | source | in force | note |", "|---|---|---|---|---|---|---|")


def rules_page() -> str:
    """Return the rulebook as tables."""
    book = load_rulebook()
    places = sorted({_place(rule) for rule in book.rules}, key=lambda place: (place != EVERYWHERE, place))
    return "\n".join([
        "# Rules",
        "",
        f"Engineering material, not legal advice. This is rulebook `{book.version}`: {len(book.rules)} rules that come",
        "with Fifth Touch. *Unverified* means that nobody saw a source for it; have counsel look before you rely on any.",
        "Dates are those of the law; hours are the lead's own. Your own rules come on top: see",
        "[how to tighten, loosen and attest](../how-to/own-rules.md).",
        *(line for place in places for line in _section(place, [rule for rule in book.rules if _place(rule) == place])),
        "",
        "## To look at again",
        "",
        "| rule | by | what may have changed |",
        "|---|---|---|",
        *_watched(list(book.rules)),
    ])  # fmt: skip


def _place(rule: Rule) -> str:
    return ", ".join(sorted(rule.jurisdictions))


def _section(place: str, rules: list[Rule]) -> list[str]:
    heading = {EVERYWHERE: "Everywhere", "unknown": "Where nothing is known"}.get(place, place)
    return ["", f"## {heading}", "", *HEADER, *(_row(rule) for rule in rules)]


def _row(rule: Rule) -> str:
    source = rule.citation if rule.verified else f"{rule.citation} (unverified)"
    asks = f"{asks_of(rule)} [{', '.join(sorted(rule.purposes))}]" if len(rule.purposes) > 1 else asks_of(rule)
    cells = (f"`{rule.id}`", ", ".join(sorted(rule.channels)), rule.kind, asks, source, in_force(rule), rule.note)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _watched(rules: list[Rule]) -> list[str]:
    watched = sorted((rule for rule in rules if rule.watch), key=lambda rule: (str(rule.look_again or "~"), rule.id))
    return [f"| `{rule.id}` | {rule.look_again or 'no date known'} | {rule.watch} |" for rule in watched]
