"""What is bent: one good input of each kind, or a few."""

import json

from tests.channels.inbound import shapes
from tests.channels.webhooks.forms import LEAD, US, form

MAILS: tuple[bytes, ...] = (
    *(one for name, one in vars(shapes).items() if name.isupper() and isinstance(one, bytes)),
    (
        b"From: =?utf-8?q?Ann_L=C3=A9e?= <ann@example.com>\r\nTo: reply+0193f1a0@mail.example.com\r\nSubject: Re: x\r\n"
        b'Message-ID: <1@x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nSt=C3=B6p\r\n"
        b"> On Monday Bob wrote:\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Stop<blockquote>x</blockquote>\r\n--b--\r\n"
    ),
)

EVENTS: tuple[bytes, ...] = (
    json.dumps(
        [
            {"event": "bounce", "email": "ann@example.com", "timestamp": 1_790_000_000, "sg_event_id": "e1", "status": "5.1.1",
             "sg_message_id": "abc.filter1", "reason": "550 no such user", "type": "bounce", "message_id": "0193f1a0"},
            {"event": "click", "email": "ann@example.com", "timestamp": 1_790_000_001, "sg_event_id": "e2",
             "url": "https://x.example/a", "useragent": "Mozilla", "ip": "192.0.2.1"},
            {"event": "spamreport", "email": "ann@example.com", "timestamp": 1_790_000_002, "sg_event_id": "e3"},
        ]
    ).encode(),
)  # fmt: skip

BOUNDARY = "xYzZY"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def _posted(**fields: str | bytes) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + (value if isinstance(value, bytes) else value.encode())
        for name, value in fields.items()
    ]
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


PARSED: tuple[bytes, ...] = (
    _posted(**{"from": "Ann <ann@example.com>", "to": "reply+0193f1a0@mail.example.com", "subject": "Re: x", "text": "Stop",
               "charsets": '{"text":"utf-8"}', "envelope": '{"to":["reply+0193f1a0@mail.example.com"],"from":"a@b.c"}',
               "headers": "Message-ID: <1@x>\nIn-Reply-To: <2@y>", "attachment-info": '{"a":{"filename":"x"}}'}),
    _posted(email=MAILS[-1], envelope='{"to":["a@b.c"],"from":"a@b.c"}'),
)  # fmt: skip

TEXTS: tuple[bytes, ...] = (
    form({"MessageSid": "SM" + "1" * 32, "From": LEAD, "To": US, "Body": "STOP please", "NumMedia": "1", "MediaUrl0": "https://x"}),
    form({"MessageSid": "SM" + "1" * 32, "MessageStatus": "undelivered", "ErrorCode": "30003", "To": LEAD, "From": US}),
)  # fmt: skip

CALLS: tuple[bytes, ...] = (
    form({"CallSid": "CA" + "1" * 32, "CallStatus": "completed", "From": US, "To": LEAD, "Direction": "outbound-api",
          "AnsweredBy": "machine_end_beep", "Digits": "9", "DialCallStatus": "no-answer", "Timestamp": "Mon, 02 Mar 2026 09:00:00 +0000"}),
)  # fmt: skip

LEADS: tuple[bytes, ...] = (
    (
        b"First name,Email,Phone,Country,Consent email,Unsubscribed\r\nAnn,ann@example.com,(503) 555-0123,US,yes,\r\n"
        b'"Lee, Bo",bo@example.com,+12125550101,US,,yes\r\n'
    ),
    b"sep=;\nE-Mail;Telefon;Land\nann@example.de;030 123456;DE\n",
    "Name\tEmail\nÉva\teva@example.hu\n".encode("utf-16"),
)

SEQUENCES: tuple[bytes, ...] = (
    (
        b"name: plan\npurpose: marketing\nenter: {when: lead.created, if: \"lead.source in ['web-form']\", again: after 90 days}\n"
        b'leave: [booked, opted_out]\nwindow: {days: weekdays, hours: "09:00-18:00"}\nstages:\n'
        b"  - {id: a, email: hello, after: 0 minutes, window: any}\n  - {id: b, call: first-call, due: 5 minutes, wait: no}\n"
        b"  - id: c\n    after: 1 business day\n    split: {a: {email: hello}, b: {sms: hi}}\n"
        b"  - {id: d, if: \"lead.clicked('hello')\", then: a, else: e}\n  - {id: e, enroll: other}\n"
    ),
)

MESSAGES: tuple[bytes, ...] = (
    (
        b"---\nsubject: For {{ lead.first_name or 'you' }}\nlayout: personal\npurpose: marketing\n---\nHi {{ lead.first_name }},\n\n"
        b"{% if lead.interest %}about **{{ lead.interest }}**{% endif %}\n\n[Book]({{ brand.booking_url }})\n"
    ),
)
