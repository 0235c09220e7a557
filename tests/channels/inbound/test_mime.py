"""A raw mail gives its words, its attachments' names and its reports, however it is built."""

import base64
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.inbound.mime import read_raw


def _built() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ann <ann@example.com>"
    message["Subject"] = "Grüße"
    message.set_content("Schöne Grüße", charset="iso-8859-1", cte="quoted-printable")
    message.add_alternative("<p>Schöne Grüße</p>", subtype="html")
    message.add_attachment(b"1234567890", maintype="image", subtype="png", filename="plan.png")
    return message


def test_words_and_attachments_are_found() -> None:
    found = read_raw(_built().as_bytes())

    assert found.texts == ["Schöne Grüße\n"]
    assert found.htmls == ["<p>Schöne Grüße</p>\n"]
    assert [(one.name, one.content_type) for one in found.attachments] == [("plan.png", "image/png")]
    assert found.problems == []


def test_a_text_that_is_attached_is_no_word_of_the_mail() -> None:
    message = _built()
    message.add_attachment("Stop", filename="notes.txt")

    found = read_raw(message.as_bytes())

    assert found.texts == ["Schöne Grüße\n"]
    assert [one.name for one in found.attachments] == ["plan.png", "notes.txt"]


def test_a_mail_inside_the_mail_keeps_its_words_to_itself() -> None:
    message = _built()
    message.add_attachment(_built())

    found = read_raw(message.as_bytes())

    assert found.texts == ["Schöne Grüße\n"]
    assert [one.name for one in found.attachments] == ["plan.png", "message.eml"]


def test_a_bounce_is_opened_for_its_report() -> None:
    raw = (
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        b"--B\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        b"--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        b"Final-Recipient: rfc822; a@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--B\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <x@y>\r\n\r\nHi\r\n--B--\r\n"
    )

    found = read_raw(raw)

    assert found.texts == ["Sorry."]
    assert [part.content_type for part in found.reports] == ["message/delivery-status", "message/rfc822"]
    assert "Status: 5.1.1" in found.reports[0].text
    assert "Message-ID: <x@y>" in found.reports[1].text


def test_broken_encodings_give_what_can_be_read() -> None:
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"

    assert read_raw(head + base64.b64encode(b"Stop please")[:-1]).texts == ["Stop please"]
    assert read_raw(head + b"U3RvcA").texts == ["Stop"]
    assert read_raw(b"Content-Type: text/plain; charset=wrong\r\n\r\nSt\xf6p").texts == ["Stöp"]


LEVELS = b"".join(b"--B%d\r\nContent-Type: multipart/mixed; boundary=B%d\r\n\r\n" % (at, at + 1) for at in range(90))
HEAD = b"From: a@example.com\r\nContent-Type: multipart/mixed; boundary=B0\r\n"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        pytest.param(HEAD + b"\r\n" + LEVELS + b"x\r\n" * 200_000, "too many lines", id="many lines, deep down"),
        pytest.param(b"A: b\r\n\r\n" + b"\r" * 1_500_000, "too many lines", id="lines that end in bare returns"),
        pytest.param(HEAD + b"\r\n" + LEVELS * 30, "too many parts", id="levels"),
        pytest.param(HEAD + b"X: y\r\n" * 200_000, "too long", id="fields"),
        pytest.param(HEAD + b"X:" + b" y\r\n" * 200_000, "too long", id="one folded field"),
        pytest.param(HEAD + b"\r\n--B0\rContent-Type: a/b;" + b'";' * 9_000, "too long", id="parameters"),
        pytest.param(b"Content-Type: a/b;" + b'";' * 9_000 + b"\r\n\r\n", "too long", id="parameters at the top"),
        pytest.param(HEAD + b"\r\n--B0\nContent-Type: a/b" + b"; a\n " * 9_000, "too long", id="folded parameters"),
    ],
)
def test_what_is_built_to_keep_us_busy_is_not_read_to_its_end(raw: bytes, problem: str) -> None:
    """Each of these, at the 30 MB a mail may have, keeps the standard library busy for minutes or more."""
    [found] = read_raw(raw).problems

    assert problem in found


def test_the_words_before_too_many_lines_are_kept() -> None:
    found = read_raw(HEAD + b"\r\n--B0\r\n\r\nStop\r\n--B0\r\nContent-Type: a/b\r\n\r\n" + b"\n" * 2_000_000)

    assert found.texts == ["Stop"]


def test_a_long_line_of_words_is_no_field() -> None:
    assert read_raw(b"A: b\r\n\r\nThe content-type: " + b"x" * 9_000).problems == []


def test_a_charset_in_a_part_is_not_trusted() -> None:
    assert read_raw(b"Content-Type: text/plain; charset=punycode\r\n\r\nSt\xf6p a-b").texts == ["Stöp a-b"]


@given(st.binary(max_size=400))
def test_no_bytes_raise(raw: bytes) -> None:
    read_raw(raw)


LINES = st.sampled_from(
    [
        *("Content-Type: multipart/mixed; boundary=B", "Content-Type: message/rfc822", "Content-Type: text/html"),
        *("Content-Type: message/delivery-status", "Content-Type: text/plain; charset=x", "Content-Type: ;;="),
        *(
            "Content-Disposition: attachment; filename*0*=utf-8''%ff",
            "Content-Disposition: ;filename*=x",
            "MIME-Version:",
        ),
        *(
            "Content-Transfer-Encoding: base64",
            "Content-Transfer-Encoding: x-uuencode",
            "=A",
            "begin 644 x",
            "--B",
            "--B--",
        ),
        *("", "", "text é", "Content-Type: multipart/report; boundary*0=B; boundary*x=B", "Content-ID: <\ud800>"),
    ]
)


@given(st.lists(LINES, max_size=25))
def test_no_bent_mail_raises(lines: list[str]) -> None:
    found = read_raw("\r\n".join(lines).encode("utf-8", "surrogatepass"))

    for text in [*found.texts, *found.htmls, *(part.text for part in found.reports)]:
        text.encode()
