"""The leads whom checks of content ask about: who is still followed up, and who may be texted."""

from dataclasses import replace

from channels.address import Channel
from engine.domain.lead import LeadStatus
from engine.flows.readers import readers
from engine.store import leads
from tests.flows.story import ANN, BOB, Story, grants


def test_the_open_leads_are_asked_about_with_their_last_word_on_texts(story: Story) -> None:
    story.arrives(ANN)
    story.arrives(replace(BOB, grants=grants(Channel.EMAIL)))
    stopped = story.arrives(replace(ANN, email="eva@example.com", phone="+12125550103", first_name="Eva"))
    story.stops(stopped)
    customer = story.arrives(replace(ANN, email="cy@example.com", phone="+12125550104", first_name="Cy"))
    with story.kit.database.write() as connection:
        leads.set_status(connection, [customer], LeadStatus.CUSTOMER)

    with story.kit.database.read() as connection:
        found = readers(connection)

    assert {one.lead.first_name: one.may_text for one in found} == {
        "Ann": True, "Bob": False, "Eva": False,
    }  # fmt: skip


def test_whoever_was_erased_reads_nothing(story: Story) -> None:
    lead_id = story.arrives(ANN)
    with story.kit.database.write() as connection:
        leads.change(connection, lead_id, {"erased_at": story.now()})

    with story.kit.database.read() as connection:
        assert readers(connection) == ()
