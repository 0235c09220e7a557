"""Findings that an author lets stand, with the reason; and acceptances that accept nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.content.checking.catalogue import KINDS, finding
from engine.content.codes import Code, Severity
from engine.content.problems import Problem, did_you_mean


def accept(
    problems: Iterable[Problem], reasons: Mapping[str, str], *, file: str, line: int | None = None
) -> tuple[Problem, ...]:
    """Return *problems* with the reason on those that *reasons* accept by code, and a finding for each that accepts none.

    Notes need no acceptance but may have one. What keeps a file from being used is never accepted.
    """
    usable = {code: reason for code, reason in reasons.items() if code in _ACCEPTABLE}
    found = tuple(dict.fromkeys(problems))
    settled = tuple(replace(one, accepted=usable[one.code]) if one.code in usable else one for one in found)
    needed = {one.code for one in settled if one.accepted}
    return (*settled, *_wrong_acceptances(reasons, needed, file, line, is_whole=not _is_broken(found)))


_ACCEPTABLE = frozenset(code for code, kind in KINDS.items() if not kind.binds)
_BY_LEADS = frozenset({Code.MANY_HELD, Code.FEW_TEXT_CONSENTS})
"""What depends on the leads there are; where none are asked, the acceptance may be needed all the same."""


def _wrong_acceptances(
    reasons: Mapping[str, str], needed: Iterable[str], file: str, line: int | None, *, is_whole: bool
) -> Iterable[Problem]:
    for code in sorted(set(reasons) - set(needed)):
        if code in _ACCEPTABLE:
            # In a file that can't be read through, what is accepted may stand further down.
            if is_whole and code not in _BY_LEADS:
                message = f"'{code}' is accepted, and nothing of the kind is found."
                yield finding(Code.UNNEEDED_ACCEPTANCE, file, line, message)
        elif code in KINDS:
            message = f"'{code}' can't be accepted: nothing could be sent."
            yield finding(Code.UNKNOWN_ACCEPTANCE, file, line, message, KINDS[Code(code)].remedy)
        else:
            message = f"There is no finding called '{code[:60]}'."
            yield finding(Code.UNKNOWN_ACCEPTANCE, file, line, message, did_you_mean(code, _ACCEPTABLE))


def _is_broken(problems: Iterable[Problem]) -> bool:
    return any(KINDS[one.code].binds and one.severity is Severity.ERROR for one in problems)
