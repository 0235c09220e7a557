"""Looks over one message, for every lead it must read well for."""

from collections.abc import Iterator

from channels.message import Content, EmailContent, TextContent, VoicemailContent
from engine.content.checking.acceptance import accept
from engine.content.checking.access import check_access
from engine.content.checking.catalogue import KINDS, finding
from engine.content.checking.emails import check_email
from engine.content.checking.links import check_links
from engine.content.checking.page import Page, read_page
from engine.content.checking.sample import TYPICAL, Sample, samples
from engine.content.checking.spam import check_spam
from engine.content.checking.texts import check_text
from engine.content.checking.voicemails import check_voicemail
from engine.content.checking.wording import check_hidden_characters, check_wording
from engine.content.codes import Code
from engine.content.compile import compile_message
from engine.content.compiled import Compiled
from engine.content.law_checks import law_problems
from engine.content.library import Library
from engine.content.problems import ContentErrors, Problem
from engine.content.render import Rendered, Script
from engine.content.sandbox import MissingValue
from engine.content.source import ACCEPT, Source

_ONCE = frozenset({
    Code.SEVERAL_QUESTIONS, Code.HARD_TO_READ, Code.TOO_LONG, Code.MANY_SEGMENTS, Code.VOICEMAIL_LONG,
    Code.VOICEMAIL_SHORT, Code.SUBJECT_LONG, Code.EMAIL_LARGE, Code.COSTLY_FOR_SOME, Code.EXCLAMATION_MARKS,
})  # fmt: skip
"""What is said once for a message, though the figures differ from lead to lead."""


def look_over(library: Library, source: Source) -> tuple[Problem, ...]:
    """Return everything found in one message, what its author accepted among it."""
    try:
        compiled = compile_message(library, source)
        problems = tuple(_once(_problems(library, source, compiled)))
    except ContentErrors as error:
        problems = error.problems
    return accept(problems, source.accept, file=source.file, line=source.lines.get(ACCEPT))


def _once(problems: Iterator[Problem]) -> Iterator[Problem]:
    said = set()
    for problem in problems:
        key = (problem.code, problem.file, problem.line if problem.code is Code.EXCLAMATION_MARKS else None)
        if problem.code in _ONCE and key in said:
            continue
        said.add(key)
        yield problem


def _problems(library: Library, source: Source, compiled: Compiled) -> Iterator[Problem]:
    is_wrong = False
    seen: list[Rendered] = []
    subjects: set[str] = set()
    for sample in samples(library, source, compiled):
        if isinstance(sample, MissingValue):
            message = f"{sample.name} is empty for some leads, and would hold the message."
            yield finding(Code.NO_FALLBACK, sample.template, sample.line, message, sample.remedy)
        elif isinstance(sample, ContentErrors):
            yield from sample.problems
        elif sample.content not in seen:
            seen.append(sample.content)
            for problem in _problems_of(sample):
                is_wrong = is_wrong or KINDS[problem.code].binds
                yield problem
            # What the marketer must mend anyway is said once, in the words of these checks.
            if not is_wrong and not isinstance(sample.content, Script) and _is_new(sample.content, subjects):
                yield from law_problems(source, compiled, sample.content, sample.lead)


def _is_new(content: Content, subjects: set[str]) -> bool:
    """Return whether the law has more to ask: of emails it looks at the subject, and at a layout that is always the same."""
    if not isinstance(content, EmailContent):
        return True
    is_new = content.subject not in subjects
    subjects.add(content.subject)
    return is_new


def _problems_of(sample: Sample) -> Iterator[Problem]:
    content = sample.content
    page: Page | None = None
    if isinstance(content, EmailContent | Script) and sample.is_typical:
        # The layout is the same for everybody; what is particular to an interest stands in the author's own part.
        page = read_page(content.html if sample.case == TYPICAL else sample.html)
    match content:
        case EmailContent():
            yield from check_email(sample, content)
        case TextContent():
            yield from check_text(sample, content)
        case VoicemailContent():
            yield from check_voicemail(sample, content)
        case Script():
            pass
    if sample.is_typical:
        yield from check_links(sample, page)
        yield from check_wording(sample)
        yield from check_hidden_characters(sample)
        yield from check_spam(sample, page if isinstance(content, EmailContent) else None)
        if isinstance(content, EmailContent) and page is not None and sample.case == TYPICAL:
            yield from check_access(sample, page)
