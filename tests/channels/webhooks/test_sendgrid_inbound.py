"""A mail that SendGrid posts is read whatever its form, and nothing in it raises."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.inbound.mail import InboundMail
from channels.inbound.recognise import MailKind, recognise
from channels.webhooks.sendgrid_inbound import parse
from channels.webhooks.unreadable import Unreadable
from tests.shared import shared_file

CONTENT_TYPE = "multipart/form-data; boundary=xYzZY"


def _form(files: bytes = b"", end: bytes = b"--xYzZY--\r\n", /, **fields: str | bytes) -> bytes:
    parts = b""
    for name, value in fields.items():
        content = value.encode() if isinstance(value, str) else value
        parts += f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content + b"\r\n"
    return parts + files + end


def _file(name: str, content_type: str, content: bytes) -> bytes:
    head = f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.bin"\r\n'
    return f"{head}Content-Type: {content_type}\r\n\r\n".encode() + content + b"\r\n"


def _read(body: bytes) -> InboundMail:
    found = parse(CONTENT_TYPE, body)
    assert isinstance(found, InboundMail), found
    return found


def _told(found: InboundMail) -> dict[str, Any]:
    """Return what the expectations name, as they name it."""
    names = [one.name for one in found.attachments]
    return {
        "from_email": found.author.address,
        "from_name": found.author.name,
        "from_": f"{found.author.name} <{found.author.address}>",
        "to": [one.address for one in found.to],
        "to_name": found.to[0].name,
        "subject": found.subject,
        "text": found.text,
        "html": found.html,
        "spf": found.spf,
        "dkim": found.dkim,
        "sender_ip": found.sender_ip,
        "spam_score": str(found.spam_score),
        "attachments_n": len(names),
        "second": names[1] if len(names) > 1 else "",
        "inline_content_id": next((one.content_id for one in found.attachments if one.content_id), ""),
    }


def test_every_published_body_reads_as_expected() -> None:
    cases: list[dict[str, Any]] = json.loads(shared_file("vectors/inbound_parse_expected.json").read_text())
    assert cases

    for case in cases:
        expected = {name: value for name, value in case["expected"].items() if name != "note"}
        found = parse(case["content_type"], shared_file(f"vectors/{case['file']}").read_bytes())
        assert isinstance(found, InboundMail), case["file"]
        attachments = expected.pop("attachments", None)
        included = expected.pop("attachments_include", [])
        opening = expected.pop("text_startswith", "")
        message_id = expected.pop("message_id_contains", "")
        score = expected.pop("spam_score_ge", float("-inf"))
        names = [one.name for one in found.attachments]

        assert expected == {name: _told(found)[name] for name in expected}, case["file"]
        assert attachments in (None, names, len(names)), case["file"]
        assert set(included) <= set(names), case["file"]
        assert found.text.casefold().startswith(opening.casefold()), case["file"]
        assert message_id in found.message_id, case["file"]
        assert score == float("-inf") or (found.spam_score or 0) >= score, case["file"]
        assert found.problems == (), case["file"]
        assert recognise(found).kind is MailKind.PERSON, case["file"]


def test_an_html_mail_is_read_as_text() -> None:
    assert _read(_form(**{"from": "a@example.com", "html": "<p>Please <i>stop</i></p>"})).text == "Please stop"
    assert _read(_form(**{"from": "a@example.com", "text": " \n", "html": "<p>Stop</p>"})).text == "Stop"


def test_the_thread_is_read_from_the_header() -> None:
    headers = (
        "Message-ID: <new@example.com>\r\nIn-Reply-To:\r\n <one@mail.example.com>\r\n"
        "References: <zero@mail.example.com>\r\n <one@mail.example.com>\r\nAuto-Submitted: auto-replied"
    )

    found = _read(_form(**{"from": "a@example.com", "headers": headers, "text": "Hi"}))

    assert found.message_id == "new@example.com"
    assert found.in_reply_to == ("one@mail.example.com",)
    assert found.references == ("zero@mail.example.com", "one@mail.example.com")
    assert found.auto_submitted == "auto-replied"


def test_the_envelope_says_where_it_went() -> None:
    envelope = json.dumps({"to": ["reply+abc@mail.example.com", 7], "from": ""})

    found = _read(_form(**{"from": "a@example.com", "envelope": envelope}))

    assert (found.envelope_to, found.envelope_from) == (("reply+abc@mail.example.com",), "")


def test_attachments_are_counted_and_reports_are_read() -> None:
    files = _file("attachment1", "application/pdf", b"%PDF" * 500_000) + _file(
        "attachment2", "message/delivery-status", b"Action: failed\r\nStatus: 5.1.1\r\n"
    )

    found = _read(_form(files, **{"from": "mailer-daemon@example.net", "text": "Sorry"}))

    first, _ = found.attachments
    assert (first.content_type, first.size_bytes) == ("application/pdf", 2_000_000)
    assert [part.content_type for part in found.reports] == ["message/delivery-status"]
    assert recognise(found).kind is MailKind.BOUNCE


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(b"", id="cut off after a field"),
        pytest.param(b'--xYzZY\r\nContent-Disposition: form-data; name="spf', id="cut off in a header"),
        pytest.param(b"--xYzZY\r\nno header\r\n\r\n", id="a part without a header"),
        pytest.param(_file("a", "image/png", b"\r\n--xYzZ" * 1000)[:-9], id="cut off in a file"),
    ],
)
def test_what_came_before_a_fault_is_read(end: bytes) -> None:
    found = _read(_form(b"", end, **{"from": "a@example.com", "text": "Stop"}))

    assert (found.author.address, found.text) == ("a@example.com", "Stop")
    assert found.problems


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b""),
        ("text/plain", b"hello"),
        ("multipart/form-data", _form(text="x")),
        ("multipart/form-data; boundary=other", _form(text="x")),
        (f"multipart/form-data; boundary={'x' * 2000}", _form(text="x")),
        (CONTENT_TYPE, b""),
        (CONTENT_TYPE, b"\x00" * 100),
        (CONTENT_TYPE, _form(attachments="0")),
        (CONTENT_TYPE, b" " * 45_000_001),
    ],
)
def test_what_holds_no_mail_is_said_to_be_unreadable(content_type: str, body: bytes) -> None:
    found = parse(content_type, body)

    assert isinstance(found, Unreadable)
    assert found.problem


def test_more_parts_than_any_mail_has_are_not_read() -> None:
    found = _read(_form(**{"from": "a@example.com"} | {f"field{number}": "x" for number in range(400)}))

    assert found.problems == ("The form is broken: too many parts",)


@pytest.mark.parametrize("charsets", ['{"text":"punycode"}', '{"text":7}', "[]", "nonsense", "[" * 5000])
def test_a_strange_claim_about_charsets_is_overlooked(charsets: str) -> None:
    assert _read(_form(**{"from": "a@example.com", "text": "caf\u00e9", "charsets": charsets})).text == "café"


FIELDS = [
    "from",
    "to",
    "subject",
    "text",
    "html",
    "headers",
    "envelope",
    "charsets",
    "email",
    "attachment-info",
    "spam_score",
]


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.binary(max_size=200) | st.text(max_size=80), max_size=8), st.binary()
)
def test_no_form_raises(fields: dict[str, Any], tail: bytes) -> None:
    found = parse(CONTENT_TYPE, _form(tail, **fields))

    if isinstance(found, InboundMail):
        "".join([found.text, found.subject, found.html, found.author.name, *found.envelope_to]).encode()


@given(st.text(max_size=80) | st.just(CONTENT_TYPE), st.binary(max_size=300))
def test_no_bytes_raise(content_type: str, body: bytes) -> None:
    parse(content_type, body)
