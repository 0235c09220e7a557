"""A batch counts as SendGrid's only with a signature of one of our keys, in time; everything else is refused quietly."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from channels.webhooks.sendgrid_signature import REPLAY_WINDOW, SIGNATURE_HEADER, TIMESTAMP_HEADER, verify
from tests.shared import shared_file

BODY = b'[{"event":"open"}]\r\n\xff\x00'  # inbound mail is signed too, and is no UTF-8
SIGNED_AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
PRIVATE = ec.derive_private_key(7, ec.SECP256R1())
OTHER = ec.derive_private_key(8, ec.SECP256R1())


def _public(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def _headers(body: bytes = BODY, at: datetime = SIGNED_AT) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = PRIVATE.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    return {SIGNATURE_HEADER: base64.b64encode(signature).decode(), TIMESTAMP_HEADER: timestamp}


def test_every_published_vector_verifies_as_it_says() -> None:
    vectors: list[dict[str, Any]] = json.loads(shared_file("vectors/sendgrid_event_signature_vectors.json").read_text())

    for vector in vectors:
        timestamp = vector["timestamp"]
        signed_at = datetime.fromtimestamp(int(timestamp) if timestamp.isdigit() else 0, UTC)
        headers = {SIGNATURE_HEADER: vector["signature"], TIMESTAMP_HEADER: timestamp}

        found = verify(headers, vector["payload"].encode(), [vector["public_key"]], now=signed_at)

        assert vector["expect_valid"] == found, vector["name"]


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([_public(PRIVATE)], id="the key"),
        pytest.param([_public(OTHER), _public(PRIVATE)], id="the old key beside the new one"),
        pytest.param(["", "garbage", "AAAA", _public(PRIVATE)], id="beside settings that are no keys"),
        pytest.param(
            [f"-----BEGIN PUBLIC KEY-----\n{_public(PRIVATE)}\n-----END PUBLIC KEY-----\n"], id="with its PEM lines"
        ),
    ],
)
def test_any_of_the_keys_will_do(keys: list[str]) -> None:
    assert verify(_headers(), BODY, keys, now=SIGNED_AT)


def test_headers_are_found_in_any_case() -> None:
    headers = {name.lower(): value for name, value in _headers().items()}

    assert verify(headers, BODY, [_public(PRIVATE)], now=SIGNED_AT)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([], id="none"),
        pytest.param([""], id="empty"),
        pytest.param([_public(OTHER)], id="another's"),
        pytest.param([_public(rsa.generate_private_key(65537, 2048))], id="of another kind"),
        pytest.param(["é" * 40], id="no base64"),
    ],
)
def test_without_the_right_key_nothing_verifies(keys: list[str]) -> None:
    assert not verify(_headers(), BODY, keys, now=SIGNED_AT)


@pytest.mark.parametrize("missing", [SIGNATURE_HEADER, TIMESTAMP_HEADER])
@pytest.mark.parametrize("value", [None, "", "  ", "é", "-1", "1e9", "٣", "9" * 400, "====", "AAAA", "\0"])
def test_a_missing_or_garbled_header_fails(missing: str, value: str | None) -> None:
    headers = _headers()
    del headers[missing]
    if value is not None:
        headers[missing] = value

    assert not verify(headers, BODY, [_public(PRIVATE)], now=SIGNED_AT)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(), True),
        (REPLAY_WINDOW, True),
        (REPLAY_WINDOW + timedelta(seconds=1), False),
        (-timedelta(minutes=5), True),
        (-timedelta(minutes=5, seconds=1), False),
    ],
)
def test_a_batch_is_taken_only_inside_the_window(age: timedelta, *, expected: bool) -> None:
    assert expected == verify(_headers(), BODY, [_public(PRIVATE)], now=SIGNED_AT + age)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_changed_byte_is_noticed(place: int, by: int) -> None:
    forged = bytearray(BODY)
    forged[place] ^= by

    assert not verify(_headers(), bytes(forged), [_public(PRIVATE)], now=SIGNED_AT)


@given(st.dictionaries(st.sampled_from([SIGNATURE_HEADER, TIMESTAMP_HEADER]), st.text()), st.binary(), st.text())
def test_nothing_posted_raises(headers: dict[str, str], body: bytes, key: str) -> None:
    assert not verify(headers, body, [key, _public(PRIVATE)], now=SIGNED_AT)
