"""Post callbacks as the providers do: signed with keys of our own."""

import base64
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import httpx2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi.testclient import TestClient
from twilio.request_validator import RequestValidator

from channels.webhooks.sendgrid_signature import SIGNATURE_HEADER, TIMESTAMP_HEADER
from channels.webhooks.twilio_signature import SIGNATURE_HEADER as TWILIO_SIGNATURE
from engine.flows.kit import Kit

PUBLIC = "https://hello.example.com"
TOKEN, OLD_TOKEN = "a token for tests", "the token before"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=xYzZY"


@cache
def key_of(name: str) -> EllipticCurvePrivateKey:
    """Return the private key called *name*, made when first asked for."""
    return generate_private_key(SECP256R1())


def public_key(name: str) -> str:
    """Return the public half of *name* as SendGrid's console shows it."""
    der = key_of(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def sendgrid_headers(body: bytes, at: datetime, *, key: str) -> dict[str, str]:
    """Return the headers with which SendGrid posts *body* at *at*."""
    timestamp = str(int(at.timestamp()))
    signature = key_of(key).sign(timestamp.encode() + body, ECDSA(SHA256()))
    return {SIGNATURE_HEADER: base64.b64encode(signature).decode(), TIMESTAMP_HEADER: timestamp}


def twilio_signature(target: str, fields: Mapping[str, Any], *, token: str = TOKEN, base: str = PUBLIC) -> str:
    """Return Twilio's signature of *fields* posted to *target*, path and query."""
    signature: str = RequestValidator(token).compute_signature(base + target, dict(fields))
    return signature


def post_twilio(
    browser: TestClient, target: str, fields: Mapping[str, Any], *, token: str = TOKEN, **headers: str
) -> httpx2.Response:
    """Post *fields* to *target* as Twilio does."""
    signed = {TWILIO_SIGNATURE: twilio_signature(target, fields, token=token), "Content-Type": FORM, **headers}
    return browser.post(target, content=urlencode(fields), headers=signed)


def post_sendgrid(
    browser: TestClient, kit: Kit, body: bytes, *, key: str = "events", at: datetime | None = None, **headers: str
) -> httpx2.Response:
    """Post a batch of events as SendGrid does."""
    signed = sendgrid_headers(body, at or kit.clock.now(), key=key)
    told = {"Content-Type": "application/json", **signed, **headers}
    return browser.post("/webhooks/sendgrid/events", content=body, headers=told)


def post_mail(
    browser: TestClient,
    kit: Kit,
    body: bytes,
    *,
    content_type: str = MULTIPART,
    key: str = "inbound",
    at: datetime | None = None,
) -> httpx2.Response:
    """Post a mail as SendGrid's inbound parse does."""
    signed = sendgrid_headers(body, at or kit.clock.now(), key=key)
    return browser.post("/webhooks/sendgrid/inbound", content=body, headers={"Content-Type": content_type, **signed})


def mail_form(end: bytes = b"--xYzZY--\r\n", /, **fields: str) -> bytes:
    """Return a mail taken apart into *fields*; `from_` stands for from."""
    parts = b""
    for name, value in fields.items():
        field = name.rstrip("_").replace("__", "-")
        parts += f'--xYzZY\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
    return parts + end
