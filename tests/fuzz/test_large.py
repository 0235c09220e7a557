"""What is large, or built to be slow, takes seconds and a bounded multiple of its size in memory."""

import json
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from channels.inbound.raw_mail import read_mail
from channels.webhooks import sendgrid_events, sendgrid_inbound, twilio_sms
from channels.webhooks.mail_events import read_mail_event
from engine.content.problems import ContentErrors
from engine.content.sequences import parse_sequence
from engine.content.source import parse_source
from engine.leadfile.reading import read
from tests.channels.webhooks.forms import NOW, form
from tests.fuzz import seeds

MEMORY_TIMES: dict[str, int] = {"open quote": 300, "columns": 100, "events": 20}
"""Where the objects made cost more than their text, and how much; 12 times elsewhere. The callers bound the size."""

SECONDS_MAX = 30.0  # with tracing, which makes everything several times slower
SIZE = 2_000_000
FILE_SIZE = 200_000  # of leads, whose every row costs some microseconds, and a message where it is none

HEAD = b"From: ann@example.com\r\nMessage-ID: <1@x>\r\nSubject: Re: x\r\n"
NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n" % (n, n) for n in range(3_000))
REPORT = seeds.MAILS[0].replace(b"Action: failed", b"Action: failed\nX-More: " + b"a b@c " * (SIZE // 6))
PART = b'--B\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n'


def _mail(raw: bytes) -> object:
    return read_mail_event(read_mail(raw), provider="imap", received_at=NOW)


def _posted(body: bytes) -> object:
    return sendgrid_inbound.parse("multipart/form-data; boundary=B", body)


def _sequence(text: bytes) -> object:
    try:
        return parse_sequence(text.decode(), file="sequences/x.yaml")
    except ContentErrors as refused:
        return refused


def _message(text: bytes) -> object:
    try:
        return parse_source("email/x.md", text.decode())
    except ContentErrors as refused:
        return refused


LARGE: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "words": (_mail, HEAD + b"\r\n" + b"stop it now\r\n" * (SIZE // 13)),
    "one line": (_mail, HEAD + b"\r\n" + b"a" * SIZE),
    "html": (_mail, HEAD + b"Content-Type: text/html\r\n\r\n" + b"<p>a<blockquote>" * (SIZE // 16)),
    "open tags": (_mail, HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * SIZE),
    "quotations": (_mail, HEAD + b"\r\n" + b"On 3 May, Ann wrote:\r\n> a\r\n" * (SIZE // 28)),
    "header": (_mail, HEAD + b"X-A: b\r\n" * (SIZE // 8) + b"\r\nhi"),
    "references": (_mail, HEAD + b"References: " + b"<a@b> " * (SIZE // 6) + b"\r\n\r\nhi"),
    "encoded words": (_mail, HEAD + b"To: " + b"=?utf-8?q?a?= " * (SIZE // 14) + b"\r\n\r\nhi"),
    "mailboxes": (_mail, HEAD + b"To: " + b'"a" <a@b.c>, ' * (SIZE // 13) + b"\r\n\r\nhi"),
    "nested": (_mail, HEAD + NESTED),
    "base64": (_mail, HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * (SIZE // 4)),
    "report": (_mail, REPORT),
    "bounce in words": (_mail, seeds.MAILS[0][:200] + b"\n\n" + b"warning message a@b 5.1.1 --- " * (SIZE // 30)),
    "form of many parts": (_posted, PART * (SIZE // len(PART)) + b"--B--\r\n"),
    "form of dashes": (_posted, b"--B\r\n" + b"\r\n--" * (SIZE // 4)),
    "events": (
        lambda body: sendgrid_events.parse(body, received_at=NOW),
        json.dumps(json.loads(seeds.EVENTS[0]) * (SIZE // len(seeds.EVENTS[0]))).encode(),
    ),
    "deep JSON": (lambda body: sendgrid_events.parse(body, received_at=NOW), b"[" * SIZE),
    "text": (lambda body: twilio_sms.parse(body, received_at=NOW), form({"Body": "x" * SIZE})),
    "fields": (lambda body: twilio_sms.parse(body, received_at=NOW), b"a=b&" * (SIZE // 4)),
    "open quote": (read, b'Email,Name\na@example.com,"' + b"x\n" * (FILE_SIZE // 2)),
    "columns": (read, b"Email" + b",x" * (FILE_SIZE // 2)),
    "deep YAML": (_sequence, b"[" * 20_000),
    "YAML laughs": (
        _sequence,
        b"a: &a [x]\n" + b"".join(b"b%d: &b%d [*%s, *%s]\n" % (n, n, p, p) for n in range(30) for p in [b"a" if n == 0 else b"b%d" % (n - 1)]),
    ),
    "stages": (_sequence, b"name: x\nstages:\n" + b"  - {id: a, email: b}\n" * 3_000),
    "front matter": (_message, b"---\n" + b"a: b\n" * 20_000 + b"---\nhi"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(LARGE))
def test_it_takes_seconds_and_a_bounded_multiple_of_its_size(name: str) -> None:
    read_it, raw = LARGE[name]
    times = MEMORY_TIMES.get(name, 12)
    began = time.monotonic()
    tracemalloc.start()
    try:
        read_it(raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert time.monotonic() - began < SECONDS_MAX
    assert peak < times * len(raw) + 20_000_000
