"""The dispute file can be checked without us, and tells of an erased person what is left."""

from sqlalchemy import update

from channels.address import Address
from engine.flows.dispute import dossier
from engine.flows.seal import seal_facts
from engine.store import dossiers, leads
from engine.store import tables as t
from tests.cli.test_consent import recomputed
from tests.flows.story import ANN, BOB, Story

EMAIL = Address.email("ann@example.com")


def test_every_seal_leads_to_its_head_by_what_the_file_holds(story: Story) -> None:
    ann = story.arrives(ANN)
    story.arrives(BOB)
    story.run()
    while seal_facts(story.kit, 3):
        pass

    with story.kit.database.read() as connection:
        told = dossier(story.kit, connection, [ann], [EMAIL])

    assert [recomputed(seal) for seal in told["seals"]] == [seal["head"] for seal in told["seals"]]
    assert {fact["fact"] for seal in told["seals"] for fact in seal["facts"]} - {None} == {
        fact["id"] for fact in told["facts"]
    }
    assert {one["template"] for one in told["messages"]} == {"hello"}
    assert all(one["body_sha256"] for one in told["messages"] if one["state"] == "accepted")
    assert {one["outcome"] for one in told["decisions"]} == {"allow"}


def test_of_an_erased_person_the_address_finds_what_is_left(story: Story) -> None:
    ann = story.arrives(ANN)
    with story.kit.database.write() as connection:
        leads.change(connection, ann, {"email": None, "first_name": ""})
        connection.execute(update(t.consent_facts).values(personal={}))

    with story.kit.database.read() as connection:
        key = story.kit.address_key.key_of(EMAIL.kind, EMAIL.value)
        found = dossiers.leads_by_key(connection, EMAIL.kind, key)
        told = dossier(story.kit, connection, found, [EMAIL])

    assert found == [ann]
    assert [fact["personal"] for fact in told["facts"]] == [{}] * len(ANN.grants)
