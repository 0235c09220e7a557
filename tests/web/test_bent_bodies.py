"""Bodies bent in every way, posted to the doors that anybody may knock at: an answer in words, never an error of ours."""

import gc
import json
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from engine.flows.keys import make_key
from engine.flows.kit import Kit
from tests.fuzz.bending import bent
from tests.web.embedded import settings

__all__ = ["settings"]

FORM = b"first_name=Ann&email=ann%40example.com&phone=%28503%29+555-0123&note=How+much%3F&consent_texts=yes&_shown=1&_page=x"
PARTS = b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\nann@example.com\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nx\r\n--b--\r\n'
LEAD: dict[str, Any] = {
    "email": "ann@example.com", "phone": "(503) 555-0123", "country": "US", "first_name": "Ann", "source": "web-form",
    "consent": [{"channel": "email", "wording": "I agree", "at": "2026-03-02T12:00:00Z"}], "score": 1,
}  # fmt: skip
LEADS = json.dumps(LEAD).encode()
ENCODINGS = {
    FORM: "application/x-www-form-urlencoded",
    PARTS: "multipart/form-data; boundary=b",
    LEADS: "application/json",
}
patiently = tries(deadline=10_000, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@patiently
@given(st.sampled_from(list(ENCODINGS)), st.data())
def test_any_form_is_answered(app: FastAPI, good: bytes, data: st.DataObject) -> None:
    visitor = TestClient(app, client=("198.51.100.4", 50_000), follow_redirects=False)
    body = data.draw(bent([good]))

    answer = visitor.post("/forms/contact", content=body, headers={"Content-Type": ENCODINGS[good]})

    assert answer.status_code < 500


@patiently
@given(bent([LEADS]), st.sampled_from(["application/json", "text/plain", "application/x-www-form-urlencoded"]))
def test_any_body_is_answered_by_the_api(app: FastAPI, kit: Kit, body: bytes, media_type: str) -> None:
    headers = {"Authorization": f"Bearer {make_key(kit, 'site', by='test').secret}", "Content-Type": media_type}
    program = TestClient(app, base_url="https://hello.example.com", client=("203.0.113.9", 40_000), headers=headers)

    answer = program.post("/api/v1/leads", content=body)

    assert answer.status_code < 500
    assert answer.headers["content-type"].startswith("application/")
    json.loads(answer.content)


def test_a_form_that_breaks_off_in_a_file_is_answered_and_nothing_stays_open(app: FastAPI) -> None:
    body = PARTS.partition(b"\r\n\r\nx\r\n")[0] + b"\r\n\r\nx"

    answer = TestClient(app).post("/forms/contact", content=body, headers={"Content-Type": ENCODINGS[PARTS]})
    gc.collect()  # what was left open is told here

    assert answer.status_code == 400
