"""A program that kept the id of a double is led to the lead it became part of, to read and to write."""

from fastapi.testclient import TestClient

from engine.flows.kit import Kit
from engine.flows.merging import merge
from engine.store import tables as t
from tests.web.api.conftest import ANN, LEADS
from tests.web.scenes import rows_of


def test_the_old_id_leads_to_the_lead_it_became_part_of(program: TestClient, kit: Kit) -> None:
    survivor = program.post(LEADS, json=ANN).json()["id"]
    double = program.post(LEADS, json={**ANN, "email": "anne@example.com", "first_name": "Anne"}).json()["id"]
    merge(kit, survivor, double, by="test")

    moved = program.get(f"{LEADS}/{double}", follow_redirects=False)
    written = program.post(f"{LEADS}/{double}/notes", json={"body": "Wants a quote"})

    assert (moved.status_code, moved.headers["Location"]) == (308, f"{LEADS}/{survivor}")
    assert program.get(f"{LEADS}/{double}").json()["id"] == survivor
    assert written.is_success
    assert [row["lead_id"] for row in rows_of(kit, t.notes)] == [survivor]
