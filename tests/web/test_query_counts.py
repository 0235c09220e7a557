"""No page and no list of the API asks more of the database for many rows than for few: every one, read off the app itself."""

import json
import zlib
from collections.abc import Mapping, Sequence
from itertools import count

from fastapi.testclient import TestClient
from sqlalchemy import event, insert

from engine.bootstrap import World, open_kit
from engine.clock import VirtualClock
from engine.flows.keys import make_key
from engine.flows.kit import Kit
from engine.ids import SystemIds
from engine.journal import MemoryJournal
from engine.store import tables as t
from engine.web.app import create_app
from tests.benchmarks.million import NOW, fill, id_of
from tests.browser.places import DOORS, filled, pages_of
from tests.databases import START
from tests.servers import DatabaseServer
from tests.store import rows
from tests.web.conftest import settings_for
from tests.web.signing import CHEAP, signed_in_to

FEW, MANY = 3, 30
LEAD, MESSAGE = id_of(3, 0), id_of(5, 0)
BODY = zlib.compress(json.dumps({"subject": "Hello", "text": "Hello there"}).encode())


def much_about_one_lead(kit: Kit, number: int) -> None:
    """Let *number* of everything be on record about one lead, and about one message."""
    with kit.database.write() as connection:
        for place in range(number):
            message_id = rows.add(connection, t.messages, rows.message(LEAD, state="held", reason="quiet_hours"))
            connection.execute(insert(t.message_bodies).values(message_id=message_id, created_at=START, body=BODY))
            refused = {"number": place + 1, "outcome": "refused", "fault": "transient", "ended_at": START}
            rows.add(connection, t.attempts, rows.attempt(MESSAGE, **refused))
            for about in (MESSAGE, message_id):
                told = {"event_id": f"{about}{place}", "message_id": about, "lead_id": LEAD, "applied_at": START}
                rows.add(connection, t.provider_events, rows.event(**told))
            rows.add(connection, t.consent_facts, rows.fact(LEAD))
            ended = {"status": "finished", "ended_at": START, "due_at": None, "is_exclusive": False}
            revision = connection.exec_driver_sql("SELECT revision FROM enrollments LIMIT 1").scalar_one()
            walk = rows.enrollment(LEAD, revision=revision, **ended)
            rows.add(connection, t.enrollments, walk)
            at = {"id": rows.ids.new(), "lead_id": LEAD, "at": START}
            rows.add(connection, t.notes, at | {"author": "ann", "body": "Has a dog."})
            rows.add(connection, t.happenings, at | {"name": "visited", "detail": {}})
            said = {"message_id": message_id, "channel": "email", "body": "Yes", "label": "interested", "reading": {}}
            rows.add(connection, t.replies, at | said)
            changed = {"actor": "ann", "action": "lead.edited", "subject": LEAD, "before": {"company": ""}, "after": {}}
            rows.add(connection, t.audit_log, {"id": at["id"], "at": START, **changed})
            texts = dict.fromkeys(("sequence", "stage", "owner", "script", "body", "note"), "")
            task = {"intent_key": at["id"], "occurrence": 0, "kind": "call", "state": "open", "title": "Call back"}
            when = {"created_at": START, "due_at": NOW}
            rows.add(connection, t.tasks, {"id": at["id"], "lead_id": LEAD, **texts, **task, **when})


def samples_of(kit: Kit) -> Mapping[str, Sequence[str]]:
    """Return what stands in the addresses of pages, by the parameters' names."""
    links = kit.links(LEAD)
    tokens = {
        name: [str(getattr(links, name)).rpartition("/")[2]] for name in ("preferences", "unsubscribe", "confirm")
    }
    return {
        "lead_id": [LEAD], "message_id": [MESSAGE], "task_id": [id_of(9, 0)], "enrollment_id": [id_of(4, 0)],
        "import_id": [id_of(16, 0)], "endpoint_id": [id_of(14, 1)], "webhook_id": [id_of(14, 1)], "number": ["1"],
        "table": ["weeks", "leads", "sources"], "name": ["contact"], "/p/{token}": tokens["preferences"],
        "/u/{token}": tokens["unsubscribe"], "/confirm/{token}": tokens["confirm"], "/console/welcome/{token}": [],
    }  # fmt: skip


def questions(server: DatabaseServer, template: str, number: int) -> dict[str, int]:
    """Return how many statements each page takes where there are *number* rows of everything."""
    url = server.create_database(template)
    # Nobody waits for a minute to pass between two requests of a program.
    settings = settings_for(url, api_requests_per_minute=0)
    world = World(clock=VirtualClock(NOW), ids=SystemIds(), journal=MemoryJournal(), journals=None)
    kit = open_kit(settings, world)
    fill(kit.database, leads=number, messages=10 * number)
    much_about_one_lead(kit, number)
    app = create_app(kit, settings, passwords=CHEAP)
    browser = signed_in_to(app)
    program = TestClient(app, headers={"Authorization": f"Bearer {make_key(kit, 'program', by='test').secret}"})
    browser.get("/console/content")  # the shelf keeps what it read once
    paths = sorted(set(pages_of(app.routes, doors=(*DOORS, "/api/"))))
    asked, found, samples = count(), {}, samples_of(kit)
    event.listen(kit.database.engine, "before_cursor_execute", lambda *_: next(asked))
    for path in paths:
        for place, address in enumerate(filled(path, samples)):
            begin = next(asked)
            answer = (program if address.startswith("/api/") else browser).get(address)
            assert answer.status_code < 500, address
            found[f"{path} {place}"] = next(asked) - begin
    kit.database.close()
    server.drop_database(url)
    return found


def test_no_page_asks_more_questions_of_many_rows_than_of_few(
    database_server: DatabaseServer, published_template: str
) -> None:
    few = questions(database_server, published_template, FEW)
    many = questions(database_server, published_template, MANY)

    assert len(few) > 65
    assert {path: (few.get(path), asked) for path, asked in many.items() if asked > few.get(path, asked)} == {}
