"""The Idempotency-Key: the same request is carried out once, however often and however much at a time it is sent."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from engine.bootstrap import open_kit
from engine.clock import SystemClock, VirtualClock
from engine.flows.erasing import erase
from engine.flows.keys import make_key
from engine.flows.kit import Kit
from engine.flows.once import CLAIM, KEPT_FOR, Answered, Asked, UnderWay, carry_out, forget_old_requests
from engine.settings import Settings
from engine.store import tables as t
from engine.web.app import create_app
from tests.web.api.conftest import ANN, LEADS
from tests.web.conftest import world
from tests.web.scenes import rows_of

ONCE = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}


def test_the_same_request_again_is_answered_as_before(program: TestClient, kit: Kit) -> None:
    first = program.post(LEADS, json=ANN, headers=ONCE)
    again = program.post(LEADS, json=dict(reversed(ANN.items())), headers=ONCE)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(rows_of(kit, t.happenings)) == 1


def test_the_draft_puts_the_key_in_quotes(program: TestClient, kit: Kit) -> None:
    program.post(LEADS, json=ANN, headers=ONCE)

    again = program.post(LEADS, json=ANN, headers={"Idempotency-Key": f'"{ONCE["Idempotency-Key"]}"'})

    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body"),
    [(LEADS, {**ANN, "first_name": "Bob"}), (f"{LEADS}/ID/events", {"name": "visited"})],
    ids=["another body", "another path"],
)
def test_the_same_key_for_another_request_is_refused(program: TestClient, kit: Kit, path: str, body: Any) -> None:
    lead_id = program.post(LEADS, json=ANN, headers=ONCE).json()["id"]

    refused = program.post(path.replace("ID", lead_id), json=body, headers=ONCE)

    assert (refused.status_code, refused.json()["type"]) == (422, "/api/v1/problems/key-reused")
    assert len(rows_of(kit, t.happenings)) == 1


def test_an_answer_about_somebody_who_was_erased_is_not_given_again(program: TestClient, kit: Kit) -> None:
    lead_id = program.post(LEADS, json=ANN, headers=ONCE).json()["id"]
    program.post(LEADS, json={"email": "bob@example.com"}, headers={"Idempotency-Key": "another"})

    erase(kit, lead_id, by="maren")

    again = program.post(LEADS, json=ANN, headers=ONCE)
    assert (again.status_code, again.json()["type"]) == (410, "/api/v1/problems/erased")
    with kit.database.read() as connection:
        bodies = connection.execute(select(t.idempotent_requests.c.body)).scalars().all()
    assert sorted(bool(body) for body in bodies) == [False, True]
    assert len(rows_of(kit, t.leads)) == 2


def test_two_programs_may_use_the_same_key(program: TestClient, kit: Kit) -> None:
    program.post(LEADS, json=ANN, headers=ONCE)
    other = {**ONCE, "Authorization": f"Bearer {make_key(kit, 'crm', by='test').secret}"}

    assert program.post(LEADS, json={"email": "bob@example.com"}, headers=other).status_code == 201


def test_a_request_that_was_refused_may_be_mended_and_sent_again(program: TestClient, kit: Kit) -> None:
    nobody = f"{LEADS}/019cb08b-38c0-7392-a827-ddada170b338/events"
    assert program.post(nobody, json={"name": "visited"}, headers=ONCE).status_code == 404

    assert program.post(LEADS, json=ANN, headers=ONCE).status_code == 201


@pytest.mark.parametrize("text", ["", " ", "x" * 201, "two words"], ids=["empty", "blank", "long", "space"])
def test_a_key_that_is_none_is_refused(program: TestClient, text: str) -> None:
    refused = program.post(LEADS, json=ANN, headers={"Idempotency-Key": text})

    assert refused.json()["errors"][0]["field"] == "header Idempotency-Key"


def test_a_key_may_be_used_anew_after_a_day(program: TestClient, kit: Kit, clock: VirtualClock) -> None:
    program.post(LEADS, json=ANN, headers=ONCE)
    clock.move_to(clock.now() + KEPT_FOR)

    assert program.post(LEADS, json={"email": "bob@example.com"}, headers=ONCE).status_code == 201


def test_old_answers_are_forgotten(program: TestClient, kit: Kit, clock: VirtualClock) -> None:
    program.post(LEADS, json=ANN, headers=ONCE)
    assert forget_old_requests(kit) == 0

    clock.move_to(clock.now() + KEPT_FOR + timedelta(seconds=1))

    assert forget_old_requests(kit) == 1


def _asked(kit: Kit) -> Asked:
    return Asked(api_key_id=make_key(kit, "crm", by="test").id, key="one", fingerprint="same")


def test_work_that_fails_leaves_nothing_and_may_be_done_again(kit: Kit) -> None:
    asked = _asked(kit)

    with pytest.raises(ZeroDivisionError):
        carry_out(kit, asked, lambda _connection, _now: Answered(status=1 // 0, body=b""))

    assert carry_out(kit, asked, lambda _connection, _now: Answered(status=201, body=b"done")).is_replay is False


def test_whoever_died_in_the_middle_is_succeeded(kit: Kit, clock: VirtualClock) -> None:
    """A claim that is too old is taken over; the first, if it wakes up after all, finds that its work is undone."""
    asked = _asked(kit)

    def overtaken(connection: Any, _now: Any) -> Answered:
        clock.move_to(clock.now() + CLAIM)
        connection.execute(t.idempotent_requests.update().values(created_at=clock.now()))
        return Answered(status=201, body=b"slow")

    with pytest.raises(UnderWay):
        carry_out(kit, asked, overtaken)

    assert carry_out(kit, asked, lambda _connection, _now: Answered(status=201, body=b"next")).body == b"next"


def test_a_claim_that_nobody_answered_is_taken_over_after_its_time(kit: Kit, clock: VirtualClock) -> None:
    asked = _asked(kit)
    with kit.database.write() as connection:
        row = {"api_key_id": asked.api_key_id, "key": asked.key, "fingerprint": asked.fingerprint}
        connection.execute(t.idempotent_requests.insert().values(**row, created_at=clock.now()))

    with pytest.raises(UnderWay):
        carry_out(kit, asked, lambda _connection, _now: Answered(status=201, body=b"early"))

    clock.move_to(clock.now() + CLAIM)
    assert carry_out(kit, asked, lambda _connection, _now: Answered(status=201, body=b"late")).body == b"late"


@pytest.fixture
def many(settings: Settings) -> Iterator[Kit]:
    """Return a kit in real time, which runs by itself while many write."""
    kit = open_kit(settings, world(SystemClock()))
    yield kit
    kit.database.close()


def test_the_same_request_from_many_at_once_makes_one_lead(many: Kit, settings: Settings) -> None:
    secret = make_key(many, "website", by="test").secret
    headers = {**ONCE, "Authorization": f"Bearer {secret}"}
    program = TestClient(create_app(many, settings), headers=headers)
    together = Barrier(8)

    def send(_number: int) -> tuple[int, str]:
        together.wait()
        answer = program.post(LEADS, json=ANN)
        return answer.status_code, answer.json().get("id", answer.json().get("type"))

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(send, range(8)))

    [lead] = rows_of(many, t.leads)
    assert (201, lead["id"]) in answers
    assert answers <= {(201, lead["id"]), (409, "/api/v1/problems/under-way")}
    assert len(rows_of(many, t.happenings, lead_id=lead["id"])) == 1
    assert len(rows_of(many, t.enrollments)) == 1


@pytest.mark.parametrize("database_server", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_request_beside_itself_is_told_to_wait(many: Kit) -> None:
    asked = _asked(many)
    begun, may_end = Event(), Event()

    def slow(_connection: Any, _now: Any) -> Answered:
        begun.set()
        assert may_end.wait(10)
        return Answered(status=201, body=b"done")

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(carry_out, many, asked, slow)
        assert begun.wait(10)

        with pytest.raises(UnderWay):
            carry_out(many, asked, slow)

        may_end.set()
        assert first.result().body == b"done"
    assert carry_out(many, asked, slow) == Answered(status=201, body=b"done", is_replay=True)
