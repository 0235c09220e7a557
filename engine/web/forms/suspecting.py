"""Forms that a program seems to have sent: kept for a person, while whoever sent it is asked to press the button again.

Nothing real is lost: a person's words stay in their browser, and here until somebody has looked.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

import structlog

from engine.content.forms import Form
from engine.domain.arriving import SuspectState
from engine.flows.draft import Draft
from engine.flows.intake import Arrival, take_in_and_start
from engine.flows.shelf import Missing
from engine.store import audit, suspects
from engine.store.database import Connection
from engine.web.edge import Edge
from engine.web.forms.posted import REVISION, SHOWN, TRAP, Posted
from engine.web.forms.taking import Visit, read_draft

log = structlog.get_logger(__name__)

WINDOW = timedelta(minutes=10)
SENDER_POSTS_MAX = 20  # of one form from one address in ten minutes: an office may share one
FORM_POSTS_MAX = 600  # of one form by everybody: more is no campaign but a flood
HELD_MAX = 5_000  # beyond, a flood would only fill the disk


class Suspicion(StrEnum):
    """Why a program is suspected."""

    TRAP = "trap"  # the field that no person sees was filled in
    QUICK = "quick"  # nobody reads and fills in a form so fast


@dataclass(frozen=True, slots=True, kw_only=True)
class TooOften:
    """A form was sent too often: from one address, or by everybody; and how long until it may be again."""

    is_everybody: bool
    seconds: int


def count(edge: Edge, form: Form, ip: str) -> TooOften | None:
    """Count one more post of *form*; return what to say where that is too often.

    An address that is not public may be a proxy's, behind which everybody stands: it is not counted by itself.
    """
    now = edge.kit.clock.now()
    start = datetime.fromtimestamp(now.timestamp() // WINDOW.total_seconds() * WINDOW.total_seconds(), UTC)
    with edge.kit.database.write() as connection:
        everybody = suspects.count_post(connection, form.name, "", start)
        sender = suspects.count_post(connection, form.name, _sender(edge, ip), start) if _is_public(ip) else 0
    if sender <= SENDER_POSTS_MAX and everybody <= FORM_POSTS_MAX:
        return None
    log.warning("form.too_often", form=form.name, everybody=everybody, sender=sender)
    return TooOften(
        is_everybody=sender <= SENDER_POSTS_MAX, seconds=max(1, round((start + WINDOW - now).total_seconds()))
    )


def hold(edge: Edge, form: Form, posted: Posted, visit: Visit, reason: Suspicion) -> None:
    """Keep what was sent until a person has looked, if it tells of somebody who could be answered."""
    if not isinstance(read_draft(form, posted, visit), Draft):
        return
    now = edge.kit.clock.now()
    values = {name: value for name, value in posted.values.items() if name != SHOWN} | {REVISION: form.revision}
    with edge.kit.database.write() as connection:
        if suspects.count_held(connection, HELD_MAX) >= HELD_MAX:
            log.warning("form.not_held", form=form.name, reason=reason)
            return
        row = {
            "id": edge.kit.ids.new(), "at": now, "form": form.name, "reason": reason, "page": visit.page,
            "sender": _sender(edge, visit.ip), "fingerprint": fingerprint(edge, form, posted), "values": values,
            "visit": asdict(visit), "state": SuspectState.HELD, "decided_at": None, "decided_by": "", "lead_id": None,
        }  # fmt: skip
        suspects.hold(connection, row)


def came(edge: Edge, connection: Connection, form: Form, posted: Posted, arrival: Arrival, now: datetime) -> None:
    """Note that what was held, if it was, has come by its sender's second press of the button."""
    suspects.came(connection, fingerprint(edge, form, posted), arrival.lead_id, now)


def take_as_real(edge: Edge, suspect_id: str, *, by: str) -> str | None:
    """Take a held form in as if it had just come, with consent as of then; return the lead's id.

    None where somebody has decided it already, or its form is gone.
    """
    kit = edge.kit
    with kit.database.write() as connection:
        row = suspects.lock(connection, suspect_id)
        if row is None:
            return None
        form = _form(edge, connection, row["values"])
        draft = read_draft(form, Posted(values=row["values"]), Visit(**row["visit"])) if form else None
        if not isinstance(draft, Draft) or form is None:
            return None
        now = kit.database.now(connection)
        then = replace(draft, grants=tuple(replace(one, at=row["at"]) for one in draft.grants))
        [arrival] = take_in_and_start(kit, connection, [then], now, recorded_by=f"form:{form.name}")
        suspects.decide(connection, suspect_id, SuspectState.REAL, now, by=by, lead_id=arrival.lead_id)
        _note(edge, connection, suspect_id, SuspectState.REAL, now, by=by)
    return arrival.lead_id


def throw_away(edge: Edge, suspect_id: str, *, by: str) -> bool:
    """Say that a held form is spam, and drop its words; return False where somebody has decided it already."""
    with edge.kit.database.write() as connection:
        row = suspects.lock(connection, suspect_id)
        if row is not None:
            now = edge.kit.database.now(connection)
            suspects.decide(connection, suspect_id, SuspectState.SPAM, now, by=by)
            _note(edge, connection, suspect_id, SuspectState.SPAM, now, by=by)
    return row is not None


def _note(edge: Edge, connection: Connection, suspect_id: str, state: SuspectState, now: datetime, *, by: str) -> None:
    """Keep who decided, without a word of the form, beyond the time that it is kept."""
    audit.note(
        connection, row_id=edge.kit.ids.new(), at=now, actor=by, action="form.decided", subject=suspect_id,
        before={"state": SuspectState.HELD}, after={"state": state},
    )  # fmt: skip


def fingerprint(edge: Edge, form: Form, posted: Posted) -> str:
    """Return what the same words sent again are known by."""
    said = {name: value for name, value in posted.values.items() if name not in {SHOWN, REVISION, TRAP} and value}
    return _keyed(edge, "form said", f"{form.name}:{json.dumps(said, sort_keys=True)}")


def _form(edge: Edge, connection: Connection, values: Mapping[str, Any]) -> Form | None:
    try:
        return edge.kit.shelf.form(connection, values.get(REVISION, ""))
    except Missing:
        return None


def _sender(edge: Edge, ip: str) -> str:
    return _keyed(edge, "form sender", ip)


def _keyed(edge: Edge, purpose: str, text: str) -> str:
    return hmac.new(edge.link_secrets[0], f"{purpose}:{text}".encode(), sha256).hexdigest()


def _is_public(ip: str) -> bool:
    try:
        return ip_address(ip).is_global
    except ValueError:
        return False
