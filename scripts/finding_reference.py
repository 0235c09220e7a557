"""Tell every finding of the checks by its code: how much it matters, why, and what to do."""

from engine.content.checking.catalogue import CHAPTERS
from engine.content.checking.kinds import Chapter, Kind
from engine.content.codes import Code


def findings_page() -> str:
    """Return what `template check` and `sequence check` can find, by subject."""
    return "\n".join([
        "# Findings",
        "",
        "What `fifthtouch template check` and `fifthtouch sequence check` can find. Each finding is told with its file and",
        "line, what is wrong, what to do, and its code. An *error* keeps content from being published, a *warning* asks",
        "for a look, a *note* is worth knowing.",
        "",
        "Where a finding is meant to stand, accept it with the reason, in the front matter of the message or the head of",
        "the sequence:",
        "",
        "```yaml",
        "accept:",
        "  several-questions: The second question is an example of what people ask.",
        "```",
        "",
        "An accepted finding is no longer told (`--all` tells it, with the reason) and keeps nothing from being published.",
        "One marked *binding* can't be accepted: nothing could be sent. Both commands end with 0 where no error is left",
        "and with 1 where one is. With `--json` each finding is one line: `code`, `severity`, `file`, `line`, `message`,",
        "`remedy`, `accepted` (the reason) and `trades` (those that have it, where others don't).",
        "",
        "Where a database is ready, the leads in it are asked about, too (`--no-audience` leaves them out).",
        *(line for title, chapter in CHAPTERS.items() for line in _section(title, chapter)),
    ])  # fmt: skip


def _section(title: str, chapter: Chapter) -> list[str]:
    rows = [_row(code, kind) for code, kind in chapter.items()]
    return ["", f"## {title}", "", "| code | severity | why it matters | what to do |", "|---|---|---|---|", *rows]


def _row(code: Code, kind: Kind) -> str:
    severity = f"{kind.severity}, binding" if kind.binds else str(kind.severity)
    return f"| `{code}` | {severity} | {_cell(kind.why)} | {_cell(kind.remedy)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
