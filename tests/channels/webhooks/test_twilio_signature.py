"""A callback counts as Twilio's only with its signature over the public URL and the whole body."""

import base64
import hmac
import json
from hashlib import sha1, sha256
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.webhooks.twilio_signature import SETTINGS_HEADER, SIGNATURE_HEADER, verify
from tests.shared import shared_file

OURS = "an-auth-token"
URL = "https://example.com/webhooks/twilio/sms?message=0192"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
JSON = {"Content-Type": "application/json"}
APOSTROPHE = "url with apostrophe"  # the official library encodes it otherwise than Twilio does


def _sign(content: str, token: str = OURS, digest: Any = sha1) -> str:
    return base64.b64encode(hmac.new(token.encode(), content.encode(), digest).digest()).decode()


def test_every_published_vector_verifies_as_it_says() -> None:
    vectors: list[dict[str, Any]] = json.loads(shared_file("vectors/twilio_signature_vectors.json").read_text())
    assert len(vectors) > 1

    for vector in vectors:
        if vector["name"] == APOSTROPHE:
            continue
        is_form = vector["raw_body"] is None
        body = urlencode([(name, value) for name, value in vector["form"]]) if is_form else vector["raw_body"]
        headers = {**(FORM if is_form else JSON), SIGNATURE_HEADER: vector["signature"]}

        found = verify(vector["url"], headers, body.encode(), [vector["auth_token"]])

        assert vector["expect_valid"] == found, vector["name"]


@pytest.mark.parametrize("tokens", [[OURS], ["the-next-one", OURS], ["", OURS]])
def test_any_of_the_tokens_will_do(tokens: list[str]) -> None:
    headers = {"x-twilio-signature": _sign(f"{URL}BodyStop please ✋From+1"), **FORM}

    assert verify(URL, headers, urlencode({"From": "+1", "Body": "Stop please ✋"}).encode(), tokens)


@pytest.mark.parametrize("tokens", [[], [""], ["another"]])
def test_without_the_right_token_nothing_verifies(tokens: list[str]) -> None:
    signed_by_nobody = _sign(f"{URL}Bodyx", token="")

    assert not verify(URL, {SIGNATURE_HEADER: signed_by_nobody, **FORM}, b"Body=x", tokens)
    assert not verify(URL, {SIGNATURE_HEADER: _sign(f"{URL}Bodyx"), **FORM}, b"Body=x", tokens)


@pytest.mark.parametrize("headers", [{}, {SIGNATURE_HEADER: ""}, {SIGNATURE_HEADER: "é"}, {SIGNATURE_HEADER: "\ud800"}])
def test_a_missing_or_garbled_signature_fails(headers: dict[str, str]) -> None:
    assert not verify(URL, {**FORM, **headers}, b"Body=x", [OURS])


def test_a_blank_field_counts_as_signed() -> None:
    headers = {SIGNATURE_HEADER: _sign(f"{URL}BodyFrom+1"), **FORM}

    assert verify(URL, headers, b"Body=&From=%2B1", [OURS])


def test_a_get_is_covered_by_its_url() -> None:
    assert verify(URL, {SIGNATURE_HEADER: _sign(URL)}, b"", [OURS])


def test_a_json_body_is_covered_by_its_hash_alone() -> None:
    body = b'{"a": "\xff"}'
    url = f"{URL}&bodySHA256={sha256(body).hexdigest()}"
    headers = {SIGNATURE_HEADER: _sign(url), **JSON}

    assert verify(url, headers, body, [OURS])
    assert not verify(url, headers, body + b" ", [OURS])


def test_a_body_that_nothing_covers_fails() -> None:
    headers = {SIGNATURE_HEADER: _sign(URL), **JSON}

    assert not verify(URL, headers, b'{"a": 1}', [OURS])


def test_the_shared_key_mode_is_taken_only_with_a_shared_key() -> None:
    settings = {SETTINGS_HEADER: "key=webhooks_1,algorithm=HMAC_SHA256", **FORM}
    by_key = {SIGNATURE_HEADER: _sign(f"{URL}Bodyx", "shared", sha256)}
    by_token = {SIGNATURE_HEADER: _sign(f"{URL}Bodyx", OURS, sha256)}

    assert verify(URL, settings | by_key, b"Body=x", [OURS], shared_keys=["shared"])
    assert not verify(URL, settings | by_key, b"Body=x", [OURS])
    assert not verify(URL, settings | by_token, b"Body=x", [OURS], shared_keys=["shared"])
    assert not verify(URL, FORM | by_key, b"Body=x", [OURS], shared_keys=["shared"])


def test_an_unknown_algorithm_fails() -> None:
    headers = {SETTINGS_HEADER: "algorithm=NONE", SIGNATURE_HEADER: _sign(f"{URL}Bodyx"), **FORM}

    assert not verify(URL, headers, b"Body=x", [OURS])


@given(
    st.text() | st.just("https://example.com:port/") | st.just("https://[::1/"),
    st.dictionaries(st.sampled_from([SIGNATURE_HEADER, SETTINGS_HEADER, "Content-Type"]), st.text()),
    st.binary() | st.just(b"a=1&" * 600),
)
def test_nothing_posted_raises(url: str, headers: dict[str, str], body: bytes) -> None:
    assert not verify(url, headers, body, [OURS])
