"""Watch what becomes of each live sender's messages, and hold the one of which too many bounce or are called spam."""

import structlog

from channels.address import mask
from engine.domain.incident import IncidentKind
from engine.domain.reputation import BOUNCES_MIN, COMPLAINTS_MIN, WINDOW, Crossed, limit_crossed
from engine.domain.task import TaskKind
from engine.flows.incidents import raise_incident
from engine.flows.kit import Kit
from engine.store import audit, reputations, senders, tasks
from engine.store.database import Connection
from engine.store.reputations import Troubled

log = structlog.get_logger(__name__)

ALARM = "sender.disliked"

TOLD = {
    Crossed.BOUNCES: "of {sent} messages of one day {bounced} came back from dead addresses",
    Crossed.COMPLAINTS: "of {sent} messages of one day {complained} were called spam",
}
TO_DO = {
    Crossed.BOUNCES: "Look where these addresses came from and take the list out",
    Crossed.COMPLAINTS: "Look whom this was sent to, and whether they asked for it",
}


def watch(kit: Kit) -> int:
    """Hold every live sender that crossed a limit, and ask the operator; return how many. It goes on by hand only."""
    with kit.database.read() as connection:
        suspects = [one.id for one, _ in _crossed(kit, connection)]
    return sum(_hold(kit, one) for one in suspects)


def _crossed(kit: Kit, connection: Connection) -> list[tuple[Troubled, Crossed]]:
    since = kit.database.now(connection) - WINDOW
    minimums = {"bounces_min": BOUNCES_MIN, "complaints_min": COMPLAINTS_MIN}
    troubled = reputations.troubled(connection, since, **minimums, alarm=ALARM)
    judged = [(one, limit_crossed(one.account)) for one in troubled]
    return [(one, crossed) for one, crossed in judged if crossed is not None]


def _hold(kit: Kit, sender_id: str) -> bool:
    with kit.database.write() as connection:
        if senders.lock(connection, sender_id, wait=True) is None:
            return False
        found = [each for each in _crossed(kit, connection) if each[0].id == sender_id]
        if not found:
            return False  # somebody else has held it meanwhile
        [(one, crossed)] = found
        senders.pause(connection, [one.id], reason=crossed)
        _put_on_record(kit, connection, one, crossed)
        detail = f"{one.provider} rests: {TOLD[crossed].format(**_counts(one))}"
        raise_incident(kit, connection, IncidentKind.SENDER_PAUSED, one.id, detail)
    log.error(ALARM, sender=mask(one.address), provider=one.provider, reason=crossed, **_counts(one))
    return True


def _put_on_record(kit: Kit, connection: Connection, one: Troubled, crossed: Crossed) -> None:
    row_id, now = kit.ids.new(), kit.database.now(connection)
    told = {"reason": crossed, **_counts(one)}
    audit.note(connection, row_id=row_id, at=now, actor="fifthtouch", action=ALARM, subject=one.id, after=told)
    task = tasks.new_row(
        task_id=kit.ids.new(),
        intent_key=f"{row_id}:disliked",
        lead_id=reputations.leads_lost(connection, one)[0],
        kind=TaskKind.REVIEW,
        owner="",
        title=f"{one.address} rests: {TOLD[crossed].format(**_counts(one))}",
        body=(
            f"One of them went to this lead. {TO_DO[crossed]}: mailbox providers refuse everything from senders who go "
            "on. Then let it go on with `fifthtouch sender resume`."
        ),
        now=now,
        due_at=now,
    )
    tasks.insert(connection, [task])


def _counts(one: Troubled) -> dict[str, int]:
    account = one.account
    return {"sent": account.sent, "bounced": account.bounced, "complained": account.complained}
