"""A small library of messages, and a quick way to publish a sequence in the middle of a test."""

from pathlib import Path

from engine.content.library import Library
from engine.content.sequences import parse_sequence
from engine.flows.kit import Kit
from engine.store import contents
from tests.content.builders import email, library

FILES = {
    "email/hello.md": email("Hello {{ lead.first_name or 'there' }}."),
    "email/news.md": email("News."),
    "email/about.md": email("You asked about {{ lead.interest_name }}."),
    "email/confirm-subscription.md": email("Please confirm: {{ links.confirm }}.", purpose="confirmation"),
    "sms/confirm-number.txt": "---\npurpose: confirmation\n---\n{{ brand.name }}: reply YES to confirm, STOP to end.",
    "sms/hi.txt": "Hi, this is {{ brand.name }}. Reply STOP to end.",
    "sms/missed-call.txt": "---\npurpose: service\n---\nThis is {{ brand.name }}, we missed you. Reply STOP to end.",
    "sms/stop-confirmed.txt": "{{ brand.name }}: got your STOP.",
    "sms/start-confirmed.txt": "{{ brand.name }}: welcome back. Reply STOP to end.",
    "sms/help-answer.txt": "{{ brand.name }} here. Reply STOP to end.",
    "voicemail/tip.md": (
        "---\nhuman: Hello, this is {{ brand.name }}, {{ brand.phone }}.\n---\n"
        "Hello, this is {{ brand.name }}. Ring {{ brand.phone }}. To end our calls, ring {{ brand.opt_out_phone }}."
    ),
    "calls/ring.md": "---\ntitle: Ring {{ lead.first_name or 'the lead' }}\n---\n> Hello.",
}

START = """\
name: start
enter: {when: lead.created, if: "lead.source == 'web-form'", again: after 90 days}
stages:
  - {id: hello, email: hello}
  - {id: text, sms: hi, after: 1 day}
  - {id: tip, voicemail: tip, after: 1 day}
  - {id: ring, call: ring, after: 1 day, patience: 2 days, outcomes: {reached: news}}
  - {id: news, email: news, after: 1 day}
"""


def small_library(folder: Path) -> Library:
    """Return the library that the databases of these tests are prepared with."""
    return library(folder, {**FILES, "sequences/start.yaml": START})


def publish_plan(kit: Kit, text: str) -> str:
    """Make *text* the current revision of its sequence, as publishing does; return the sequence's name."""
    sequence = parse_sequence(text, file="sequences/test.yaml")
    row = {"revision": sequence.revision, "kind": contents.SEQUENCE, "name": sequence.name, "locale": ""}
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        contents.publish(connection, [{**row, "source": text, "compiled": None}], now)
        contents.publish_sequence(
            connection, name=sequence.name, revision=sequence.revision, purpose=sequence.purpose, now=now
        )
    return sequence.name
