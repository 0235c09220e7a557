"""Every kind of finding by its code, and the one way to make a finding of it."""

from collections.abc import Mapping

from engine.content.checking import message_kinds as messages
from engine.content.checking import sequence_kinds as plans
from engine.content.checking.kinds import Chapter, Kind
from engine.content.codes import Code, Severity
from engine.content.problems import Problem

CHAPTERS: Mapping[str, Chapter] = {
    "Files and templates": messages.FILES,
    "What leads lack": messages.LEADS,
    "The law": messages.LAW,
    "Links and recordings": messages.LINKS,
    "What looks like spam": messages.SPAM,
    "How it reads": messages.READING,
    "Texts and voicemails": messages.PHONE,
    "Emails that everybody can read": messages.ACCESS,
    "Sequences": plans.SEQUENCES,
    "Acceptances": plans.ACCEPTANCES,
}
"""Every kind of finding, by the heading it stands under."""

KINDS: Mapping[Code, Kind] = {code: kind for chapter in CHAPTERS.values() for code, kind in chapter.items()}


def finding(
    code: Code, file: str, line: int | None, message: str, remedy: str = "", *, severity: Severity | None = None
) -> Problem:
    """Return a problem of the kind *code*; without a remedy or severity of its own it has those of its kind."""
    kind = KINDS[code]
    return Problem(
        code=code,
        file=file,
        line=line,
        message=message,
        remedy=remedy or kind.remedy,
        severity=severity or kind.severity,
    )
