"""What `doctor` finds: one thing looked at, whether it is well, and what to do where it is not."""

from collections.abc import Callable
from dataclasses import dataclass

from channels.reachability import Said
from engine.cli.complaints import complaint_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; *remedy* says what to do where it is not *ok*."""

    check: str
    ok: bool
    detail: str
    remedy: str = ""


def well(check: str, detail: str) -> Finding:
    """Return what is as it should be."""
    return Finding(check=check, ok=True, detail=detail)


def wrong(check: str, detail: str, remedy: str = "") -> Finding:
    """Return what needs somebody."""
    return Finding(check=check, ok=False, detail=detail, remedy=remedy)


def told(check: str, said: Said) -> Finding:
    """Return what was *said*; what could not be asked is not wrong, and says so."""
    if said.is_well is None:
        return well(check, f"could not ask: {said.detail}")
    return Finding(check=check, ok=said.is_well, detail=said.detail, remedy="" if said.is_well else said.remedy)


def asked(check: str, look: Callable[[], tuple[bool, str, str]]) -> Finding:
    """Return what *look* says; an error is a finding too."""
    try:
        ok, detail, remedy = look()
    except Exception as error:
        complaint = complaint_of(error)
        if complaint is None:
            raise
        return wrong(check, complaint)
    return Finding(check=check, ok=ok, detail=detail, remedy="" if ok else remedy)
