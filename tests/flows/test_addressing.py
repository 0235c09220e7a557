"""On its way out an email says who writes it and where answers go, and what is on record is what was sent."""

import json
import zlib
from dataclasses import replace
from pathlib import Path

from channels.message import EmailContent, MessageId, Outbound
from engine.flows.outgoing import Outgoing
from engine.flows.publish import publish
from engine.store import tables as t
from tests.content.builders import BRAND, email, library
from tests.flows.content import FILES, START
from tests.flows.story import Story

PLAN = "name: plan\nenter: {when: manual}\nstages:\n  - {id: hello, email: hello}\n  - {id: text, sms: hi, after: 0 minutes}"
OUR_SENDER = "senders: {email: {address: hello@fern.example.com, reply_to: desk@fern.example.com}}\n"


def sent(story: Story) -> dict[str, Outbound]:
    """Walk a lead through an email and a text; return both by their channels."""
    story.enters(story.arrives(source="fair"), story.plan(PLAN))
    story.run()
    story.run()
    return {message.channel: message for message in story.provider.taken}


def publish_files(story: Story, folder: Path, **changes: str) -> None:
    files = {
        **FILES,
        "sequences/start.yaml": START,
        **{name.replace("__", "/"): text for name, text in changes.items()},
    }
    publish(story.kit, library(folder, dict(files)))


def leaving_by(story: Story, outgoing: Outgoing) -> Story:
    return replace(story, kit=replace(story.kit, outgoing=outgoing))


def test_an_email_shows_the_name_its_template_gives(story: Story, tmp_path: Path) -> None:
    hello = email("Hello.", from_name='"{{ owner.first_name }} at {{ brand.name }}"')
    publish_files(story, tmp_path, **{"email/hello.md": hello})

    assert sent(story)["email"].sender_name == "Ann at Fern & Co"


def test_an_email_that_names_nobody_shows_its_senders_name(story: Story) -> None:
    [sender] = story.rows(t.senders, channel="email")

    assert sent(story)["email"].sender_name == sender["name"]


def test_a_name_that_cannot_be_said_holds_the_email(story: Story, tmp_path: Path) -> None:
    hello = email("Hello.", from_name='"{{ lead.interest_name }} at {{ brand.name }}"')
    publish_files(story, tmp_path, **{"email/hello.md": hello})

    assert "email" not in sent(story)
    assert {message["reason"] for message in story.messages(state="held")} == {"missing_value"}


def test_answers_come_back_with_their_message_where_we_receive_mail(story: Story) -> None:
    story = leaving_by(story, Outgoing(reply_to=lambda message_id: f"reply+{message_id}@in.fern.example.com"))

    email_sent, text = sent(story)["email"], sent(story)["sms"]

    assert email_sent.reply_to == f"reply+{email_sent.id}@in.fern.example.com"
    assert text.reply_to is None


def test_answers_go_where_the_brand_wants_them_elsewhere(story: Story, tmp_path: Path) -> None:
    publish_files(story, tmp_path, **{"brand.yaml": BRAND + OUR_SENDER})

    assert sent(story)["email"].reply_to == "desk@fern.example.com"


def test_a_sender_that_reads_its_own_answers_needs_no_reply_address(story: Story) -> None:
    assert sent(story)["email"].reply_to is None


def test_what_is_on_record_is_what_was_sent(story: Story) -> None:
    def track(message_id: MessageId, content: EmailContent) -> EmailContent:
        return replace(content, html=f"{content.html}<!-- {message_id} -->")

    story = leaving_by(story, Outgoing(track=track))

    message = sent(story)["email"]

    assert isinstance(message.content, EmailContent)
    assert message.content.html.endswith(f"<!-- {message.id} -->")
    [row] = story.rows(t.message_bodies, message_id=message.id)
    assert json.loads(zlib.decompress(row["body"]))["html"] == message.content.html
